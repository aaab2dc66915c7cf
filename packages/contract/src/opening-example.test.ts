import { expect, test } from 'vitest'
import { openingExample } from './opening-example.ts'

test.each<[string, ('zh' | 'en' | undefined)[], 'zh' | 'en', number]>([
  ['the first in the reader’s language', ['zh', 'en', 'en'], 'en', 1],
  ['one without a language, such as a picture', ['zh', undefined, 'en'], 'en', 1],
  ['what the owner of a stage has put first', [undefined, 'zh', 'en'], 'en', 0],
  ['the first of all if none fits', ['zh', 'zh'], 'en', 0],
  ['the first if there is none', [], 'zh', 0],
])('a stage opens with %s', (_what, languages, reader, place) => {
  expect(
    openingExample(
      languages.map((language) => ({ language })),
      reader,
    ),
  ).toBe(place)
})
