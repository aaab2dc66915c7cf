import { expect, test } from 'vitest'
import { namedLanguage, preferredLanguage } from './preferred-language.ts'

test.each([
  [undefined, 'zh'],
  ['', 'zh'],
  ['fr', 'zh'],
  ['en', 'en'],
  ['en-US,en;q=0.9', 'en'],
  ['fr, zh;q=0.2, en;q=0.7', 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en;q=0.5, zh;q=0.8', 'zh'],
  // If weights are equal, the first language is preferred.
  ['en, zh', 'en'],
  ['zh, en', 'zh'],
  ['*', 'zh'],
  ['EN-gb;q=0.9, zh;q=0.1', 'en'],
  ['en;q=0', 'zh'],
  ['en;q=much', 'zh'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language)
})

test('a request that names none of our languages leaves the choice to who answers', () => {
  expect(namedLanguage(undefined)).toBeNull()
  expect(namedLanguage('fr, *')).toBeNull()
  expect(namedLanguage('fr, en;q=0.1')).toBe('en')
})
