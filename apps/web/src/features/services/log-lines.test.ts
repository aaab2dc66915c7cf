import { describe, expect, test } from 'vitest'
import { asText, matching, pieces, withLines } from './log-lines.ts'

const line = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => ({ ts: null, stream, text })

describe('the lines of a log', () => {
  test('are numbered on, and the oldest go when there are too many', () => {
    const first = withLines([], [line('a'), line('b')], 3)
    const then = withLines(first, [line('c'), line('d')], 3)
    expect(then.map(({ number, text }) => `${number}${text}`)).toEqual(['2b', '3c', '4d'])
  })

  test('are found in any case, of one stream or both', () => {
    const lines = withLines(
      [],
      [line('POST /predict'), line('Predict failed', 'stderr'), line('GET /health')],
    )
    expect(matching(lines, ' predict ', 'all')).toHaveLength(2)
    expect(matching(lines, 'predict', 'stderr').map(({ text }) => text)).toEqual(['Predict failed'])
    expect(matching(lines, '', 'all')).toBe(lines)
  })

  test('are cut at what was searched for, every second piece being a match', () => {
    expect(pieces('Abcabc', 'ABC')).toEqual(['', 'Abc', '', 'abc', ''])
    expect(pieces('abc', '')).toEqual(['abc'])
    expect(pieces('abc', 'x')).toEqual(['abc'])
  })

  test('are saved with their time and stream', () => {
    expect(asText([{ ts: '2026-01-01T00:00:00Z', stream: 'stderr', text: '坏了' }, line('b')])).toBe(
      '2026-01-01T00:00:00Z stderr 坏了\n- stdout b\n',
    )
  })
})
