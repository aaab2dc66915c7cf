import { expect, test } from 'vitest'
import { firstExamples } from './first-examples.ts'

type Example = { name: string; language?: string }
const picture: Example = { name: 'picture' }
const english: Example = { name: 'english', language: 'en' }
const chinese: Example = { name: 'chinese', language: 'zh' }
const other: Example = { name: 'another chinese', language: 'zh' }

test.each([
  { what: 'nothing of a release without demo inputs', examples: [], run: [] },
  { what: 'a picture once, which is for every language', examples: [picture], run: [picture] },
  {
    what: 'only the first of those for any language',
    examples: [picture, { name: 'second' }],
    run: [picture],
  },
  {
    what: 'the first for each language, and the first of all last',
    examples: [english, chinese, other],
    run: [chinese, english],
  },
  {
    what: 'the first of all also if it is for one language, and the one that readers of the other see',
    examples: [chinese, other, picture],
    run: [picture, chinese],
  },
])('a new release runs $what', ({ examples, run }) => {
  expect(firstExamples(examples)).toEqual(run)
})
