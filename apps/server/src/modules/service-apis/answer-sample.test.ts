import type { Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { sampleOf } from './answer-sample.ts'

const most = { values: 1_000, text: 20 }

/** How many values there are in a value, with itself. */
const count = (value: Json): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, each) => sum + count(each), 1)
    : 1

test('a small answer is looked at as it is', () => {
  const answer = { a: [1, { b: 'x' }], c: null }
  expect(sampleOf(answer, most)).toEqual({ sample: answer, isCut: false })
})

test('of a large one each list keeps its first items and each object its members, so that no part is lost', () => {
  const vectors = Array.from({ length: 500 }, (_, at) => [at, at, at])
  const { sample, isCut } = sampleOf({ vectors, label: 'cat' }, most)
  expect(isCut).toBe(true)
  expect(sample).toMatchObject({ label: 'cat', vectors: expect.arrayContaining([[0, 0, 0]]) })
  expect(count(sample)).toBeLessThanOrEqual(most.values)
})

test('there are never more values than wanted, whatever form an answer has', () => {
  let nested: Json = 1
  for (let depth = 0; depth < 12; depth++) nested = Array.from({ length: 4 }, () => nested)
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]))
  for (const answer of [nested, wide]) {
    const { sample, isCut } = sampleOf(answer, most)
    expect(isCut).toBe(true)
    expect(count(sample)).toBeLessThanOrEqual(most.values)
  }
})

test('a long text is cut', () => {
  expect(sampleOf({ text: 'x'.repeat(50) }, most).sample).toEqual({ text: 'x'.repeat(20) })
})
