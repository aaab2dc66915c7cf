import { expect, test } from 'vitest'
import type { Json } from '@vitrine/contract'
import { compareResults, isClose, type ComparedRun } from './compare-results.ts'

const runOf = (data: Json, id = 'a'): ComparedRun => ({
  id,
  service_id: 'echo',
  status: 'succeeded',
  error: null,
  result: {
    id,
    status: 'succeeded',
    predictions: [{ index: 0, status: 'succeeded', outputs: [{ name: 'out', kind: 'json', data }] }],
    metrics: {},
    logs: id,
  },
})
const compare = (before: Json, after: Json) => compareResults(runOf(before), runOf(after, 'b'))

test.each([
  ['equal values', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }, true, true],
  ['fields in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, true, true],
  ['numbers that differ in the last digits', { a: 0.1 + 0.2 }, { a: 0.3 }, true, false],
  ['numbers that differ by more than a millionth', { a: 1 }, { a: 1.000_01 }, false, false],
  ['another text', { a: 'x' }, { a: 'y' }, false, false],
  ['a field more', { a: 1 }, { a: 1, b: 2 }, false, false],
  ['an element less', [1, 2], [1], false, false],
  ['a number for a text', { a: 1 }, { a: '1' }, false, false],
  ['a name that every object has', {}, { constructor: 1 }, false, false],
])('%s', async (_name, before, after, same, identical) => {
  expect(await compare(before, after)).toMatchObject({ same, identical })
})

test('a difference names its path, its output and both values, and long values are cut', async () => {
  expect(await compare({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toMatchObject({
    differing: 1,
    differences: [
      { path: 'predictions.0.outputs.0.data.a.1.b', output: 'out', kind: 'json', before: 2, after: 3 },
    ],
    parts: [{ prediction: 0, output: 'out', same: false, differing: 1, largest_deviation: 1 }],
  })
  const [long] = (await compare('x'.repeat(1000), 'y')).differences
  expect(String(long?.before)).toHaveLength(201)
})

test('all differences are counted, and the first hundred are listed', async () => {
  const of = (value: number) => Array.from({ length: 5_000 }, () => value)
  const { differing, differences } = await compare(of(1), of(2))
  expect([differing, differences.length]).toEqual([5_000, 100])
})

test('addresses of files are compared by the names of the files', async () => {
  const at = (id: string, name: string) => ({ url: `/api/v1/runs/${id}/files/${name}.png` })
  expect(await compare(at('a', 'c'.repeat(64)), at('b', 'c'.repeat(64)))).toMatchObject({
    same: true,
    identical: true,
  })
  expect(await compare(at('a', 'c'.repeat(64)), at('b', 'd'.repeat(64)))).toMatchObject({ same: false })
})

test('a run that failed differs from one that succeeded', async () => {
  const failed = { ...runOf(1, 'b'), status: 'failed', error: { code: 'algorithm.failed' }, result: null }
  expect(await compareResults(runOf(1), failed)).toMatchObject({ same: false })
  expect(await compareResults({ ...failed, id: 'c' }, failed)).toMatchObject({ same: true, identical: true })
})

test.each([
  [0, 0, true],
  [0, 1e-10, true],
  [0, 1e-6, false],
  [1e9, 1e9 + 100, true],
  [1, -1, false],
])('%d and %d are close: %s', (one, other, expected) => {
  expect(isClose(one, other)).toBe(expected)
})

test('results of very many values are compared while others have their turn', async () => {
  const of = (value: number) => Array.from({ length: 200_000 }, () => [value])
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  expect(await compare(of(1), of(2))).toMatchObject({ differing: 200_000 })
  isOver = true
  expect(turns).toBeGreaterThan(1)
})
