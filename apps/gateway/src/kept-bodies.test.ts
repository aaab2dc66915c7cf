import { expect, test } from 'vitest'
import { BodyKeeper } from './kept-bodies.ts'

/** What is kept of an answer with this type that arrives in these pieces. */
function answered(type: string, ...pieces: (string | Buffer)[]) {
  const keeper = new BodyKeeper({})
  keeper.answers(['X-Any', '1', 'Content-Type', type])
  for (const piece of pieces) keeper.response.add(Buffer.from(piece))
  return keeper.kept().response
}

test('a text is kept with its type and its size', () => {
  const type = 'application/json; charset=utf-8'
  expect(answered(type, '{"a":', '1}')).toEqual({
    type: 'application/json',
    bytes: 7,
    text: '{"a":1}',
    is_cut: false,
  })
})

test('the beginning of a long text is kept, without an incomplete character at its end', () => {
  const long = answered('text/plain', 'a'.repeat(16_383), '汉字', 'b'.repeat(100_000))
  expect(long).toEqual({ type: 'text/plain', bytes: 116_389, text: 'a'.repeat(16_383), is_cut: true })
})

test.each(['image/png', 'application/octet-stream', 'multipart/form-data', ''])('%j is not kept', (type) => {
  expect(answered(type, 'abc')).toMatchObject({ bytes: 3, text: null })
})

test('compressed bytes are not kept', () => {
  const keeper = new BodyKeeper({ 'content-type': 'text/plain', 'content-encoding': 'gzip' })
  keeper.request.add(Buffer.from('abc'))
  expect(keeper.kept().request.text).toBeNull()
})

test('a request that is sent again is kept once', () => {
  const keeper = new BodyKeeper({ 'content-type': 'text/plain' })
  for (let time = 0; time < 2; time++) keeper.request.set(Buffer.from('abc'))
  expect(keeper.kept().request).toMatchObject({ bytes: 3, text: 'abc' })
})

test('bytes are copied, because a connection uses its memory again', () => {
  const keeper = new BodyKeeper({ 'content-type': 'text/plain' })
  const memory = Buffer.from('abc')
  keeper.request.add(memory)
  memory.fill('x')
  expect(keeper.kept().request.text).toBe('abc')
})
