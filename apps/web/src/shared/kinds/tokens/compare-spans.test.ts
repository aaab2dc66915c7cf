import { expect, test } from 'vitest'
import { compareSpans } from './compare-spans.ts'

const token = (text: string, start: number, label: string) => ({
  text,
  start,
  end: start + text.length,
  label,
})

test('a piece is the same only with the same place and label', () => {
  const base = [token('goal', 0, 'sport'), token('cup', 5, 'sport'), token('tea', 9, 'food')]
  const other = [token('goal', 0, 'sport'), token('cup', 5, 'food'), token('win', 20, 'sport')]
  const { same, onlyBase, onlyOther } = compareSpans(base, other)
  expect(same.map(({ text }) => text)).toEqual(['goal'])
  expect(onlyBase.map(({ text }) => text)).toEqual(['cup', 'tea'])
  expect(onlyOther.map(({ text }) => text)).toEqual(['cup', 'win'])
})
