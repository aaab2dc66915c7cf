import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { testMemory } from '../../../lib/memory-budget.test-source.ts'
import { callInstance, type InstanceCall } from './instance-call.ts'

const mebibyte = 'x'.repeat(1024 ** 2)
let server: Server
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Starts an instance that begins its answer with `head` and repeats `more` as long as the client reads. */
async function instanceThatNeverEnds(type: string, head: string, more: string) {
  let sent = 0
  const goOn = (response: ServerResponse) => {
    while (!response.destroyed && response.write(more)) sent += more.length
  }
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': type }).write(head)
    response.on('drain', () => goOn(response))
    goOn(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { call: callAt(server), sentBytes: () => sent }
}

function callAt(instance: Server | TcpServer): InstanceCall {
  const address = instance.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    id: 'one',
    serviceId: 'demo',
    endpoint: { host: '127.0.0.1', port: address.port },
    hold: testMemory().open('somebody', AbortSignal.timeout(60_000)),
    signal: AbortSignal.timeout(60_000),
    body: { input_data: [], parameters: {}, batch_id: 'one' },
    onAnswer: async () => {},
  }
}

async function readAll(call: InstanceCall): Promise<unknown> {
  try {
    for await (const event of callInstance(call)) void event
    return null
  } catch (error) {
    return error
  }
}

test.each([
  ['an answer', 'application/json', '{"predictions": "'],
  ['an event of a stream', 'text/event-stream', 'event: output\ndata: '],
])('%s without an end is given up after 64 MB, in words', async (_what, type, head) => {
  const { call, sentBytes } = await instanceThatNeverEnds(type, head, mebibyte)
  expect(await readAll(call)).toMatchObject({
    code: 'run.answer_too_large',
    details: { service_id: 'demo', limit_bytes: 64 * 1024 ** 2 },
  })
  expect(sentBytes()).toBeLessThan(100 * 1024 ** 2)
})

test('an event stream is read only as fast as its events are taken', async () => {
  const event = `event: log\ndata: ${JSON.stringify({ stream: 'stdout', text: mebibyte })}\n\n`
  const { call, sentBytes } = await instanceThatNeverEnds('text/event-stream', event, event)
  const events = callInstance(call)
  expect((await events.next()).done).toBe(false)
  const before = process.memoryUsage().arrayBuffers
  // Enough turns for an instance to send gigabytes if nothing stops it. It stops once the buffers are full.
  for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(sentBytes()).toBeLessThan(50 * 1024 ** 2)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 ** 2)
  await events.return(undefined)
})

/** Starts an instance that gives this answer. */
async function instanceWith(type: string, answer: string) {
  server = createServer((_request, response) => response.writeHead(200, { 'content-type': type }).end(answer))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return callAt(server)
}
const stream = (data: string) => `event: completed\ndata: ${data}\n\n`
const lists = (count: number) =>
  `{"status":"succeeded","predictions":[],"metrics":{"a":[${'[],'.repeat(count)}1]}}`
const numbers = (count: number) => `{"status":"succeeded","predictions":[${'1,'.repeat(count)}1]}`

test.each([
  ['an answer', 'application/json', lists(6_000_000)],
  ['an event', 'text/event-stream', stream(lists(6_000_000))],
])(
  '%s whose values take more memory than they may is refused before they are read',
  async (_what, type, text) => {
    expect(await readAll(await instanceWith(type, text))).toMatchObject({
      code: 'run.answer_too_large',
      details: { limit_bytes: 256 * 1024 ** 2, part: 'values' },
    })
  },
)

test.each([
  ['an answer', 'application/json', numbers(3_000_000)],
  ['an event', 'text/event-stream', stream(numbers(3_000_000))],
])('%s of millions of wrong parts is refused without a note of each', async (_what, type, text) => {
  const error = await readAll(await instanceWith(type, text))
  expect(error).toMatchObject({ code: 'run.answer_not_understood' })
  expect(error).toMatchObject({ cause: { message: expect.stringContaining('more than 10000 predictions') } })
})

test('an event that is not JSON is reported as an answer that was not understood, not as a failure of the platform', async () => {
  expect(await readAll(await instanceWith('text/event-stream', stream('{')))).toMatchObject({
    code: 'run.answer_not_understood',
  })
})

test('the memory of a stream’s bytes is held until the next event is taken', async () => {
  const bytes = 100_000
  const event = `event: output\ndata: ${JSON.stringify({ index: 0, outputs: [{ kind: 'text', data: 'x'.repeat(bytes) }] })}\n\n`
  const call = await instanceWith('text/event-stream', event.repeat(5) + stream(lists(0)))
  let [held, most] = [0, 0]
  const add = (more: number) => {
    held += more
    most = Math.max(most, held)
  }
  const error = await readAll({
    ...call,
    hold: { take: async (taken) => add(taken), give: (given) => add(-given) },
  })
  expect(error).toBeNull()
  expect(most).toBeGreaterThan(2 * bytes)
  expect(most).toBeLessThan(12 * bytes)
  // The piece with the last event, of 64 KiB at most, is held until the call ends.
  expect(held).toBeLessThan(4 * bytes)
})

const json = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const events = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'
test.each<[string, string, (socket: Socket) => void]>([
  ['before its answer', '', (socket) => socket.end()],
  ['before its answer, with a reset', '', (socket) => socket.resetAndDestroy()],
  ['in the head of its answer', 'HTTP/1.1 200 OK\r\ncontent-', (socket) => socket.end()],
  ['in an answer of a known length', `${json}content-length: 100\r\n\r\n{`, (socket) => socket.end()],
  ['in an answer of a known length, with a reset', `${json}content-length: 100\r\n\r\n{`, reset],
  ['in a chunk', `${json}transfer-encoding: chunked\r\n\r\n9\r\n{`, (socket) => socket.end()],
  ['between chunks', `${json}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`, (socket) => socket.end()],
  ['in a stream', `${events}transfer-encoding: chunked\r\n\r\n6\r\nevent:\r\n`, (socket) => socket.end()],
  ['in a stream, with a reset', `${events}transfer-encoding: chunked\r\n\r\n6\r\nevent:\r\n`, reset],
  ['in a stream without chunks', `${events}connection: close\r\n\r\nevent:`, (socket) => socket.end()],
])(
  'an instance that ends %s is one that is gone, and no failure of the platform',
  async (_when, said, end) => {
    const instance = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.write(said, () => end(socket)))
    }).listen(0, '127.0.0.1')
    await once(instance, 'listening')
    onTestFinished(() => void instance.close())
    expect(await readAll(callAt(instance))).toMatchObject({ code: 'run.instance_unreachable' })
  },
)

/** Ends a connection as a process does that is killed before it has read everything, once what it said was read. */
function reset(socket: Socket): void {
  setImmediate(() => socket.resetAndDestroy())
}
