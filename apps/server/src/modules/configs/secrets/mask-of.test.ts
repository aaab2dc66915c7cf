import { expect, test } from 'vitest'
import { maskBounds, maskOf } from './mask-of.ts'

test('a secret is hidden wherever it stands in a text, also as JSON and in an address', () => {
  const mask = maskOf(['s3cr"et value', 'abcd', 'abcd-efgh'])
  expect(mask('the key is s3cr"et value.')).toBe('the key is ••••.')
  expect(mask('{"key":"s3cr\\"et value"}')).toBe('{"key":"••••"}')
  expect(mask('GET /?key=s3cr%22et%20value')).toBe('GET /?key=••••')
  expect(mask('abcd-efgh and abcd')).toBe('•••• and ••••')
  expect(mask('abcabcd')).toBe('abc••••')
})

test('each line of a secret of several lines is hidden, and the whole of it', () => {
  const mask = maskOf(['-----BEGIN KEY-----\nMIIEowIB\nend\n'])
  expect(mask('MIIEowIB')).toBe('••••')
  expect(mask('-----BEGIN KEY-----\nMIIEowIB\nend\n')).toBe('••••')
  expect(maskOf(['abcd\n'])('an abcd')).toBe('an ••••')
  // A short line stands in ordinary words.
  expect(mask('the end')).toBe('the end')
})

test('a value that is too short to be told from words hides nothing', () => {
  expect(maskOf(['on', '', 12])('on 12 lines')).toBe('on 12 lines')
})

test('a value that no address can hold is hidden, too', () => {
  expect(maskOf(['half \ud800 pair'])('a half \ud800 pair')).toBe('a ••••')
})

const linesFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${1_000 + first + at}-line`)

test('of one secret only so many lines count, so that it does not take the place of the others', () => {
  const mask = maskOf([linesFrom(0, 10_000).join('\n'), 'the other one'])
  const [first, beyond] = [0, maskBounds.linesOfSecret].map((at) => linesFrom(at, 1)[0] ?? '')
  expect(mask(`${first} ${beyond} the other one`)).toBe(`•••• ${beyond} ••••`)
})

test('where the bound of forms ends, values that count now are hidden before earlier ones', () => {
  const past = linesFrom(0, maskBounds.forms + 10)
  const mask = maskOf(['the newest'], past)
  expect(mask(`the newest ${past[0]} ${past.at(-1)}`)).toBe(`•••• •••• ${past.at(-1)}`)
})

test('a value that is too long for what is left hides nothing, and shorter ones after it still do', () => {
  const long = 'x'.repeat(maskBounds.characters)
  expect(maskOf(['the first', long, 'the last'])('the first and the last')).toBe('•••• and ••••')
})

test('a text that is nearly secrets all over is hidden whole rather than compared for long', () => {
  const alike = Array.from({ length: 300 }, (_, at) => `${'a'.repeat(500 + at)}b`)
  expect(maskOf(alike)('a'.repeat(20_000))).toBe('••••')
})
