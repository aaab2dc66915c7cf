import { expect, test } from 'vitest'
import { maskBounds, maskOf } from './mask-of.ts'

test('a secret is hidden anywhere in a text, also as JSON and in an address', () => {
  const mask = maskOf(['s3cr"et value', 'abcd', 'abcd-efgh'])
  expect(mask('the key is s3cr"et value.')).toBe('the key is ••••.')
  expect(mask('{"key":"s3cr\\"et value"}')).toBe('{"key":"••••"}')
  expect(mask('GET /?key=s3cr%22et%20value')).toBe('GET /?key=••••')
  expect(mask('abcd-efgh and abcd')).toBe('•••• and ••••')
  expect(mask('abcabcd')).toBe('abc••••')
})

test('a secret of several lines is hidden as a whole and line by line', () => {
  const mask = maskOf(['-----BEGIN KEY-----\nMIIEowIB\nend\n'])
  expect(mask('MIIEowIB')).toBe('••••')
  expect(mask('-----BEGIN KEY-----\nMIIEowIB\nend\n')).toBe('••••')
  expect(maskOf(['abcd\n'])('an abcd')).toBe('an ••••')
  // A short line also occurs in ordinary words.
  expect(mask('the end')).toBe('the end')
})

test('a value that is so short that it occurs in ordinary words is not hidden', () => {
  expect(maskOf(['on', '', 12])('on 12 lines')).toBe('on 12 lines')
})

test('a value that cannot be encoded in an address is hidden too', () => {
  expect(maskOf(['half \ud800 pair'])('a half \ud800 pair')).toBe('a ••••')
})

const linesFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${1_000 + first + at}-line`)

test('only a limited number of lines of one secret are hidden, so that there is room for the others', () => {
  const mask = maskOf([linesFrom(0, 10_000).join('\n'), 'the other one'])
  const [first, beyond] = [0, maskBounds.linesOfSecret].map((at) => linesFrom(at, 1)[0] ?? '')
  expect(mask(`${first} ${beyond} the other one`)).toBe(`•••• ${beyond} ••••`)
})

test('if there are too many forms, current values are hidden before earlier ones', () => {
  const past = linesFrom(0, maskBounds.forms + 10)
  const mask = maskOf(['the newest'], past)
  expect(mask(`the newest ${past[0]} ${past.at(-1)}`)).toBe(`•••• •••• ${past.at(-1)}`)
})

test('a value that is too long for the remaining room is not hidden, and shorter ones after it still are', () => {
  const long = 'x'.repeat(maskBounds.characters)
  expect(maskOf(['the first', long, 'the last'])('the first and the last')).toBe('•••• and ••••')
})

test('a text that resembles secrets everywhere is hidden as a whole, because comparing it would take too long', () => {
  const alike = Array.from({ length: 300 }, (_, at) => `${'a'.repeat(500 + at)}b`)
  expect(maskOf(alike)('a'.repeat(20_000))).toBe('••••')
})
