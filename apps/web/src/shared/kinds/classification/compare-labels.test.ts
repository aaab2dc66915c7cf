import { expect, test } from 'vitest'
import { compareLabels } from './compare-labels.ts'

const summary = (rows: ReturnType<typeof compareLabels>) =>
  rows.map(({ label, rank, risen, delta }) => [
    label,
    rank,
    risen,
    delta === null ? null : Math.round(delta * 100) / 100,
  ])

test('each label shows how its score and rank differ from the base', () => {
  const base = [
    { label: 'sport', score: 0.7 },
    { label: 'food', score: 0.2 },
    { label: 'travel', score: 0.1 },
  ]
  const other = [
    { label: 'food', score: 0.5 },
    { label: 'sport', score: 0.4 },
    { label: 'travel', score: 0.1 },
  ]
  expect(summary(compareLabels(base, other))).toEqual([
    ['food', 1, 1, 0.3],
    ['sport', 2, -1, -0.3],
    ['travel', 3, 0, 0],
  ])
})

test('a label that only one result has is shown as new or removed, not as zero', () => {
  const rows = compareLabels([{ label: 'a', score: 0.9 }], [{ label: 'b', score: 0.8 }])
  expect(rows).toEqual([
    { label: 'b', score: 0.8, baseScore: null, delta: null, rank: 1, baseRank: null, risen: null },
    { label: 'a', score: null, baseScore: 0.9, delta: null, rank: null, baseRank: 1, risen: null },
  ])
})

test('a label that occurs twice counts at its better rank', () => {
  const rows = compareLabels(
    [],
    [
      { label: 'a', score: 0.2 },
      { label: 'a', score: 0.9 },
    ],
  )
  expect(rows).toMatchObject([{ label: 'a', score: 0.9, rank: 1 }])
})
