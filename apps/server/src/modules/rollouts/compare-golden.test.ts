import { expect, test } from 'vitest'
import type { Json, Prediction } from '@vitrine/contract'
import { compareGolden } from './compare-golden.ts'

const succeeded = (index: number, ...data: Json[]): Prediction => ({
  index,
  status: 'succeeded',
  outputs: data.map((value) => ({ kind: 'json', data: value })),
  error: null,
})
const failed = (index: number, message: string): Prediction => ({
  index,
  status: 'failed',
  outputs: [],
  error: { code: 'predict.failed', message, details: {} },
})
const output = (data: Json): Json => ({ kind: 'json', data })

test('an answer that equals the expectation has no difference', () => {
  expect(compareGolden([[output({ a: 1 })]], [succeeded(0, { a: 1 })])).toBeNull()
})

test('one output may be given without the list around it', () => {
  expect(compareGolden([output('cat')], [succeeded(0, 'cat')])).toBeNull()
})

test('an answer may contain more: further keys, entries and outputs', () => {
  const answer = succeeded(0, { label: 'cat', score: 0.9, boxes: [1, 2] }, 'more')
  expect(compareGolden([output({ label: 'cat', boxes: [1] })], [answer])).toBeNull()
})

test('the first difference has its path, the expected value and the actual one', () => {
  expect(
    compareGolden([output({ labels: ['cat', 'dog'] })], [succeeded(0, { labels: ['cat', 'fox'] })]),
  ).toEqual({ path: '[0].outputs[0].data.labels[1]', expected: '"dog"', got: '"fox"' })
})

test.each<[string, Json, Json]>([
  ['a key that is not there', { a: 1 }, {}],
  ['an entry that is not there', [1, 2], [1]],
  ['a list instead of an object', { a: 1 }, [1]],
  ['an object instead of a list', [1], { 0: 1 }],
  ['a number in words', 1, '1'],
  ['nothing instead of an object', { a: 1 }, null],
  ['false instead of nothing', null, false],
])('%s is a difference', (_name, expected, got) => {
  expect(compareGolden([output(expected)], [succeeded(0, got)])?.path).toContain('[0].outputs[0].data')
})

test('numbers are compared relative to their size, by a thousandth if the example states no tolerance', () => {
  const differs = (expected: number, got: number, tolerance?: number) =>
    compareGolden([output(expected)], [succeeded(0, got)], tolerance) !== null
  expect([differs(1000, 1000.9), differs(1000, 1002), differs(-1000, 1000)]).toEqual([false, true, true])
  expect([differs(1000, 1090, 0.1), differs(1000, 1000.5, 0), differs(0, 0)]).toEqual([false, true, false])
})

test('each element is compared with its own prediction, in whatever order they arrived', () => {
  const predictions = [succeeded(1, 'b'), succeeded(0, 'a')]
  expect(compareGolden([output('a'), output('b')], predictions)).toBeNull()
  expect(compareGolden([output('b'), output('a')], predictions)?.path).toBe('[0].outputs[0].data')
})

test('a failed or missing prediction is a difference with its reason', () => {
  expect(compareGolden([output('a')], [failed(0, 'no model')])).toMatchObject({
    path: '[0]',
    got: 'no model',
  })
  expect(compareGolden([output('a')], [])).toMatchObject({ path: '[0]', got: '(no prediction)' })
})

test('long values are shortened in the message', () => {
  const difference = compareGolden([output('x'.repeat(500))], [succeeded(0, 'y')])
  expect(difference?.expected).toHaveLength(118)
})
