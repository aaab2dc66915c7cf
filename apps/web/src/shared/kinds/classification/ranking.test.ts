import { expect, test } from 'vitest'
import { scoreText } from '../../score-text.ts'
import { rankLabels } from './ranking.ts'

test('labels are ranked by score; probabilities are shares of a whole', () => {
  const ranked = rankLabels([
    { label: 'b', score: 0.2 },
    { label: 'a', score: 0.7 },
  ])
  expect(ranked).toEqual([
    { label: 'a', score: 0.7, share: 0.7, percent: true },
    { label: 'b', score: 0.2, share: 0.2, percent: true },
  ])
})

test('scores above 1 are drawn relative to the greatest, and none below zero', () => {
  const ranked = rankLabels([
    { label: 'a', score: 8 },
    { label: 'b', score: 2 },
    { label: 'c', score: -4 },
  ])
  expect(ranked.map(({ share, percent }) => [share, percent])).toEqual([
    [1, false],
    [0.25, false],
    [0, false],
  ])
})

test('scores that are all zero cause no division by zero, and no labels give an empty list', () => {
  expect(rankLabels([{ label: 'a', score: 0 }])[0]?.share).toBe(0)
  expect(rankLabels([])).toEqual([])
})

test('the original data keeps its order', () => {
  const data = [
    { label: 'b', score: 0.2 },
    { label: 'a', score: 0.7 },
  ]
  rankLabels(data)
  expect(data[0]?.label).toBe('b')
})

test('a score is written as a percentage or as a plain number', () => {
  expect(scoreText(0.9316, true)).toBe('93.2%')
  expect(scoreText(12.345678, false)).toBe('12.3457')
  expect([0, 1].map((score) => scoreText(score, true))).toEqual(['0.0%', '100.0%'])
})

test('a score close to 0 or 1 is not rounded to 0 % or 100 %', () => {
  expect([0.00049, 0.0005, 0.9994, 0.9996].map((score) => scoreText(score, true))).toEqual([
    '<0.1%',
    '0.1%',
    '99.9%',
    '>99.9%',
  ])
})
