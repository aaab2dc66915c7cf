import { expect, test } from 'vitest'
import { isCrlf, withCrlf, withLf } from './line-ends.ts'

test.each([
  ['a\r\nb\r\n', true],
  ['a\r\nb', true],
  ['a\r\nb\n', false],
  ['a\rb\r\n', false],
  ['a\n', false],
  ['a', false],
])('a text has CRLF only if all its lines end so: %j', (text, is) => {
  expect(isCrlf(text)).toBe(is)
})

test('a text with CRLF is the same again after a field that knows LF alone', () => {
  expect(withLf('a\r\n\r\nb')).toBe('a\n\nb')
  expect(withCrlf(withLf('a\r\n\r\nb'))).toBe('a\r\n\r\nb')
  expect(withCrlf('a\r\nb\n')).toBe('a\r\nb\r\n')
})
