import { expect, test } from 'vitest'
import { maskOf } from './secret-masks.ts'

test('a secret is hidden wherever it stands in a text, also as JSON and in an address', () => {
  const mask = maskOf(['s3cr"et value', 'abcd', 'abcd-efgh'])
  expect(mask('the key is s3cr"et value.')).toBe('the key is ••••.')
  expect(mask('{"key":"s3cr\\"et value"}')).toBe('{"key":"••••"}')
  expect(mask('GET /?key=s3cr%22et%20value')).toBe('GET /?key=••••')
  expect(mask('abcd-efgh and abcd')).toBe('•••• and ••••')
})

test('each line of a secret of several lines is hidden', () => {
  expect(maskOf(['-----BEGIN KEY-----\nMIIEow\n'])('MIIEow')).toBe('••••')
})

test('a value that is too short to be told from words hides nothing', () => {
  expect(maskOf(['on', '', 12])('on 12 lines')).toBe('on 12 lines')
})
