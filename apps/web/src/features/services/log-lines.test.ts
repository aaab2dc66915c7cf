import { describe, expect, test } from 'vitest'
import { fieldRows, splitAtMatches, withLines, withoutColours } from './log-lines.ts'

const line = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => ({
  ts: null,
  stream,
  replica: 1,
  level: null,
  text,
  fields: null,
  arrived: null,
})

describe('the lines of a log', () => {
  test('are numbered, and the oldest are dropped if there are too many', () => {
    const first = withLines([], [line('a'), line('b')], { limit: 3 })
    const then = withLines(first, [line('c'), line('d')], { limit: 3 })
    expect(then.map(({ number, text }) => `${number}${text}`)).toEqual(['2b', '3c', '4d'])
  })

  test('that replace others have further numbers, because a number names one line', () => {
    expect(withLines([], [line('a'), line('b')], { last: 7 }).map(({ number }) => number)).toEqual([8, 9])
  })

  test('without a time are shown at their arrival, when they were seen to be written, or at that of the line above in the same output', () => {
    const ts = '2026-01-31T12:00:00.000Z'
    const arrived = '2026-01-31T13:00:00.000Z'
    const old = withLines([], [line('none above'), { ...line('timed'), ts }, line('x', 'stderr'), line('y')])
    expect(old.map(({ near }) => near)).toEqual([null, ts, null, ts])
    const seen = '2026-01-31T12:30:00.000Z'
    const printed = withLines(old, [{ ...line('printed'), seen_at: seen }, line('after it')])
    expect(printed.slice(old.length).map(({ near }) => near)).toEqual([seen, seen])
    const more = withLines(old, [
      { ...line('new'), arrived },
      { ...line('timed'), ts, arrived },
    ])
    expect(more.slice(old.length).map(({ near }) => near)).toEqual([arrived, ts])
  })

  test('are divided at the searched text, and every second piece is a match', () => {
    expect(splitAtMatches('Abcabc', 'ABC')).toEqual(['', 'Abc', '', 'abc', ''])
    expect(splitAtMatches('abc', '')).toEqual(['abc'])
    expect(splitAtMatches('abc', 'x')).toEqual(['abc'])
  })

  test('lose the colour codes that programs write for terminals', () => {
    expect(withoutColours('\u001b[32mINFO\u001b[0m: 完成')).toBe('INFO: 完成')
    expect(withoutColours('[0m')).toBe('[0m')
  })

  test('list the other fields of a JSON line by name, with nested values as JSON', () => {
    expect(fieldRows({ pid: 7, path: '/a', req: { id: 1 } })).toEqual([
      { name: 'pid', value: '7' },
      { name: 'path', value: '/a' },
      { name: 'req', value: '{\n  "id": 1\n}' },
    ])
    expect(fieldRows(null)).toEqual([])
  })
})
