import { expect, test } from 'vitest'
import { languageOf, refusals } from './refusals.ts'

test.each([
  [undefined, 'zh'],
  ['', 'zh'],
  ['*', 'zh'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en', 'en'],
  ['en-US,en;q=0.9', 'en'],
  ['fr,en;q=0.5', 'en'],
  ['en;q=0.3,zh;q=0.4', 'zh'],
  ['EN-gb;q=0.9, zh;q=0.1', 'en'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language)
})

test('no two refusals share a code', () => {
  const codes = Object.values(refusals).map((refusal) => refusal.code)
  expect(new Set(codes).size).toBe(codes.length)
})
