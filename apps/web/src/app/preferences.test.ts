import { expect, test } from 'vitest'
import { firstLanguage } from './preferences.ts'

test.each([
  ['/', ['en-GB'], 'en'],
  ['/', ['fr-FR', 'en-US', 'zh'], 'en'],
  ['/', ['zh-TW', 'en'], 'zh'],
  ['/', [], 'zh'],
  ['/services', ['fr'], 'zh'],
  ['/s/token', ['zh-TW', 'en'], 'zh'],
  ['/s/token', ['en-US'], 'en'],
  ['/s/token', ['fr-FR', 'zh-CN'], 'en'],
  ['/s/token', [], 'en'],
])('%s in a browser that speaks %j begins in %s', (path, browser, language) => {
  expect(firstLanguage(path, browser)).toBe(language)
})
