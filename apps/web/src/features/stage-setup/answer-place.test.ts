import { expect, test } from 'vitest'
import { isSameAnswer, readPlace } from './answer-place.ts'

test('a place is read in any of the ways in which people write it', () => {
  for (const text of ['results[0].label', 'results.0.label', '.results[0] . label'])
    expect(readPlace(text)).toEqual(['results', 0, 'label'])
  expect(readPlace(' ')).toEqual([])
})

test('two readings are the same whatever the order of their members', () => {
  const one = { kind: 'classification', path: ['r'], label: 'a', score: 'b' } as const
  expect(
    isSameAnswer({ ...one, path: ['r'] }, { score: 'b', path: ['r'], kind: 'classification', label: 'a' }),
  ).toBe(true)
  expect(isSameAnswer({ ...one, path: ['r'] }, { ...one, path: ['q'] })).toBe(false)
})
