import { expect, test } from 'vitest'
import { tagCounts, withTags } from './tags.ts'

test('tags are counted, with the most used first', () => {
  expect(tagCounts([{ tags: ['b', 'a'] }, { tags: ['b'] }, { tags: [] }])).toEqual([
    { tag: 'b', count: 2 },
    { tag: 'a', count: 1 },
  ])
})

test('typed text is divided at Western and Chinese commas, trimmed, and not repeated', () => {
  expect(withTags(['街道'], ' 夜间， 街道, ,rain ')).toEqual(['街道', '夜间', 'rain'])
  expect(withTags(['a'], '  ')).toEqual(['a'])
})

test('a file has at most twenty tags of at most fifty characters', () => {
  expect(withTags([], Array.from({ length: 30 }, (_, at) => `t${at}`).join())).toHaveLength(20)
  expect(withTags([], 'x'.repeat(80))[0]).toHaveLength(50)
})
