import { expect, test } from 'vitest'
import { answerOfCall, endOf } from './gradio-call.ts'

const endIn = (stream: string) => {
  const end = endOf(Buffer.from(stream))
  return end && { event: end.event, data: end.data.toString() }
}

test('a stream that ends without an end has none', () => {
  expect(endIn('event: heartbeat\ndata: null\n\n')).toBeNull()
  expect(endIn('event: complete\ndata: [1]')).toEqual({ event: 'complete', data: '[1]' })
})

test.each(['\n', '\r\n', '\r'])('lines of a stream may end with %j', (end) => {
  const lines = ['event: generating', 'data: [0]', '', 'event:complete', 'data:[1]', '', ': comment', '']
  expect(endIn(lines.join(end))).toEqual({ event: 'complete', data: '[1]' })
})

test('a stream of millions of line ends and unknown fields is read to its end', () => {
  const stream = `${'\r'.repeat(16_000_000)}${'a:\n'.repeat(4_000_000)}\nevent: complete\ndata: [1]\n\n`
  expect(endIn(stream)).toEqual({ event: 'complete', data: '[1]' })
})

test('a result is not parsed before there is room for its values', async () => {
  const answered = (mime: string, text: string) => ({ status: 200, mime, body: Buffer.from(text) })
  const send = async () => answered('text/event-stream', 'event: complete\ndata: [1.0,  []]\n\n')
  const first = answered('application/json', '{"event_id":"e1"}')
  const answer = await answerOfCall(send, { path: '/call/f' }, first)
  expect(answer.body.toString()).toBe('{"data":[1.0,  []]}')
})
