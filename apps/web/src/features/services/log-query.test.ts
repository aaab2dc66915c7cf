import { describe, expect, test } from 'vitest'
import { askedReplica, logQuery, isFiltered, wholeLog } from './log-query.ts'

const now = new Date('2026-03-01T08:00:00.000Z')

describe('what is chosen of a log', () => {
  test('sends nothing without a choice', () => {
    expect(logQuery(wholeLog(), now)).toEqual({ from: undefined, to: undefined })
    expect(isFiltered({ ...wholeLog(), q: '  ' })).toBe(false)
  })

  test('sends each choice by its name, and words without surrounding spaces', () => {
    const choice = { ...wholeLog(), q: ' 识别 ', level: 'warn', stream: 'stderr', replica: 2 } as const
    expect(logQuery(choice, now)).toMatchObject({ q: '识别', level: 'warn', stream: 'stderr', replica: 2 })
    expect(isFiltered(choice)).toBe(true)
  })

  test('shows one instance if the address names it', () => {
    expect(askedReplica('2')).toBe(2)
    expect([undefined, '0', 'x', '1.5', '-1'].map(askedReplica)).toEqual(Array(5).fill('all'))
  })

  test('covers a time up to now, or between two local times, of which either may be missing', () => {
    expect(logQuery({ ...wholeLog(), span: 'h1' }, now)).toEqual({
      from: '2026-03-01T07:00:00.000Z',
      to: undefined,
    })
    const own = { ...wholeLog(), span: 'own', from: '2026-03-01T07:30:05', to: '' } as const
    expect(logQuery(own, now)).toEqual({ from: new Date(2026, 2, 1, 7, 30, 5).toISOString(), to: undefined })
    // Custom times do not count while another span is chosen.
    expect(logQuery({ ...own, span: 'all' }, now).from).toBeUndefined()
  })
})
