import { createServer, type RequestListener } from 'node:http'
import type { ApiOperation, Json } from '@vitrine/contract'
import { expect, onTestFinished, test } from 'vitest'
import { testMemory } from '../../../lib/memory-budget.test-source.ts'
import { callOperation, type OperationCall } from './operation-call.ts'
import type { PredictEvent } from '../events/run-events.ts'

const operation: ApiOperation = {
  method: 'POST',
  path: '/count',
  body: 'json',
  fields: [
    { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } },
    { name: 'top', place: 'body', send: 'value', value: { from: 'parameter' } },
  ],
  answer: { kind: 'number', path: ['length'] },
}

/** Answers with the length of the text, refuses an empty one, and never answers `wait`. */
const counting: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { text, top } = JSON.parse(Buffer.concat(chunks).toString())
    if (text === 'wait') return
    response.writeHead(text === '' ? 422 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(text === '' ? { detail: 'no text' } : { length: text.length + (top ?? 0) }))
  })
}

async function port(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const callOf = (at: number, input_data: Json[], change: Partial<OperationCall> = {}): OperationCall => ({
  id: 'p',
  serviceId: 'demo',
  endpoint: { host: '127.0.0.1', port: at },
  signal: new AbortController().signal,
  body: { input_data, parameters: { top: 10 }, batch_id: 'b' },
  onAnswer: async () => {},
  operation,
  readMedia: () => Promise.reject(new Error('there are no media')),
  hold: testMemory().open('somebody', new AbortController().signal),
  files: { add: async ({ content }) => content.length },
  ...change,
})

async function eventsOf(call: OperationCall): Promise<PredictEvent[]> {
  const events: PredictEvent[] = []
  for await (const event of callOperation(call)) events.push(event)
  return events
}

test('each element is one request with the parameters, and if one is refused the others still succeed', async () => {
  const kept: boolean[] = []
  const call = callOf(await port(counting), ['ab', '', 'abc'], {
    onAnswer: async (isKept) => void kept.push(isKept),
  })
  const events = await eventsOf(call)
  expect(events.map(({ event }) => event)).toEqual(['start', 'progress', 'progress', 'completed'])
  expect(events.at(-1)?.data).toMatchObject({
    status: 'partial',
    error: null,
    predictions: [
      { status: 'succeeded', outputs: [{ kind: 'number', data: { value: 12 } }] },
      { status: 'failed', error: { code: 'algorithm.failed', message: '服务回答 HTTP 422：no text' } },
      { status: 'succeeded', outputs: [{ data: { value: 13 } }] },
    ],
  })
  // Such a run cannot be continued after a restart.
  expect(kept).toEqual([false])
})

test('a run whose elements all fail has failed, with the reason of the first element', async () => {
  const [last] = (await eventsOf(callOf(await port(counting), ['', '']))).slice(-1)
  expect(last?.data).toMatchObject({ status: 'failed', error: { message: '服务回答 HTTP 422：no text' } })
})

test('a run fails if its service no longer answers, and a cancelled run sends no more requests', async () => {
  await expect(eventsOf(callOf(1, ['a']))).rejects.toMatchObject({ code: 'run.instance_unreachable' })
  const cancel = new AbortController()
  const waiting = eventsOf(callOf(await port(counting), ['wait', 'ab'], { signal: cancel.signal }))
  cancel.abort('cancelled')
  await expect(waiting).rejects.toBe('cancelled')
})

/** A memory without a bound that counts how much of it is held. */
function counted() {
  const counts = { held: 0, most: 0 }
  const add = (bytes: number) => {
    counts.held += bytes
    counts.most = Math.max(counts.most, counts.held)
  }
  return { hold: { take: async (bytes: number) => add(bytes), give: (bytes: number) => add(-bytes) }, counts }
}

/** Answers with this many bytes of JSON, most of them spaces, or with a picture of this size. */
const large =
  (bytes: number, mime = 'application/json'): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': mime })
    response.end('{"length": 1}'.padEnd(bytes))
  }

test('a run holds the memory of one answer at a time, and of each result until its end', async () => {
  const { hold, counts } = counted()
  const bytes = 100_000
  await eventsOf(callOf(await port(large(bytes)), ['a', 'b', 'c'], { hold }))
  // Most of the answer is spaces, which are not part of any value.
  expect(counts.most).toBeGreaterThan(3 * bytes)
  expect(counts.most).toBeLessThan(4 * bytes)
  expect(counts.held).toBe(3 * (160 + 48 + 2 * 7))
})

test('files of answers are not held in memory until the end', async () => {
  const { hold, counts } = counted()
  const bytes = 100_000
  const kept: number[] = []
  const image = { ...operation, answer: { kind: 'image' as const, path: [] } }
  const files = {
    add: async ({ content }: { content: Buffer }) => kept.push(content.length) && content.length,
  }
  await eventsOf(
    callOf(await port(large(bytes, 'image/png')), ['a', 'b', 'c'], { hold, files, operation: image }),
  )
  expect(kept).toEqual([bytes, bytes, bytes])
  expect([counts.most, counts.held]).toEqual([3 * bytes, 0])
})

test('runs that find no free memory wait for others, and one that is cancelled meanwhile sends no request', async () => {
  const memory = testMemory(1)
  const never = new AbortController().signal
  const other = memory.open('other', never)
  await other.take(2)
  const at = await port(counting)
  const cancel = new AbortController()
  const cancelled = eventsOf(
    callOf(at, ['ab'], { hold: memory.open('a', cancel.signal), signal: cancel.signal }),
  )
  const waiting = eventsOf(callOf(at, ['abc'], { hold: memory.open('b', never) }))
  cancel.abort('cancelled')
  await expect(cancelled).rejects.toBe('cancelled')
  other.end()
  expect((await waiting).at(-1)?.data).toMatchObject({ status: 'succeeded' })
})

test('a run ends with a reason if its results together are larger than one answer may be', async () => {
  const elements = Array.from({ length: 5 }, () => 'a')
  await expect(eventsOf(callOf(await port(large(16 * 1024 * 1024)), elements))).rejects.toMatchObject({
    code: 'run.answer_too_large',
  })
})

test.each([
  ['of one answer', ['a'], 24_000_000],
  ['of all elements together', ['a', 'b', 'c'], 10_000_000],
])(
  'the values %s are bounded by the memory that they take, not by their text',
  async (_of, elements, bytes) => {
    const lists = Buffer.from(`{"length":1,"lists":[${'[],'.repeat(bytes / 3)}1]}`)
    const answering: RequestListener = (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json' }).end(lists)
    }
    const { hold, counts } = counted()
    await expect(eventsOf(callOf(await port(answering), elements, { hold }))).rejects.toMatchObject({
      code: 'run.answer_too_large',
      details: { part: 'values', limit_bytes: 256 * 1024 ** 2 },
    })
    expect(counts.most).toBeLessThan(1024 ** 3)
  },
)

test('while a service works, only the memory of the request is held', async () => {
  const { hold, counts } = counted()
  const bytes = 100_000
  const seen: number[] = []
  const file: ApiOperation = {
    ...operation,
    body: 'raw',
    fields: [{ name: 'file', place: 'whole', send: 'file', value: { from: 'input', kind: 'image' } }],
  }
  const readMedia: OperationCall['readMedia'] = async (_element, { take }) => {
    await take(5 * bytes)
    return { content: Buffer.alloc(bytes), mime: 'image/png', name: 'a.png' }
  }
  const answering: RequestListener = (request, response) => {
    seen.push(counts.held)
    large(100)(request, response)
  }
  await eventsOf(callOf(await port(answering), [{}], { hold, operation: file, readMedia }))
  expect([counts.most, seen]).toEqual([5 * bytes, [bytes]])
})
