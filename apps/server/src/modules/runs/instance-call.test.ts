import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
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
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const call: InstanceCall = {
    id: 'one',
    serviceId: 'demo',
    endpoint: { host: '127.0.0.1', port: address.port },
    signal: AbortSignal.timeout(60_000),
    body: { input_data: [], parameters: {}, batch_id: 'one' },
    onAnswer: async () => {},
  }
  return { call, sentBytes: () => sent }
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
