import { describe, expect, test } from 'vitest'
import { afterExit, describeExit, exitCodeOf, windowMs, type Exit } from './crash-loop.ts'

const exitAt = (at: number): Exit => ({ at, ranMs: 300, exitCode: 1, signal: null, overLimit: null })
const series = (...times: number[]) => times.map(exitAt)

describe('what follows an end', () => {
  test.each([
    ['the first end', series(0), 0, { kind: 'restart', afterMs: 250 }],
    ['the second', series(0, 1), 1, { kind: 'restart', afterMs: 500 }],
    ['the third', series(0, 1, 2), 2, { kind: 'restart', afterMs: 1000 }],
    ['the fourth', series(0, 1, 2, 3), 3, { kind: 'restart', afterMs: 2000 }],
    [
      'the fifth',
      series(0, 1, 2, 3, 4),
      4,
      { kind: 'give_up', reason: '5 exits in 2 minutes, the last: exit 1 after 0.3 s' },
    ],
    [
      'a fifth two minutes after the first',
      series(0, 1, 2, 3, windowMs),
      windowMs,
      { kind: 'restart', afterMs: 2000 },
    ],
    ['no recent end at all', series(0), windowMs, { kind: 'restart', afterMs: 250 }],
  ])('%s', (_name, exits, now, next) => {
    expect(afterExit(exits, now)).toEqual(next)
  })
})

describe('an end in words', () => {
  test.each([
    [{ exitCode: 1, signal: null, ranMs: 300 }, 'exit 1 after 0.3 s', 1],
    [{ exitCode: 0, signal: null, ranMs: 12_040 }, 'exit 0 after 12.0 s', 0],
    [{ exitCode: null, signal: 'SIGKILL', ranMs: 12_000 }, 'exit 137 (SIGKILL) after 12.0 s', 137],
    [{ exitCode: null, signal: 'SIGSEGV', ranMs: 0 }, 'exit 139 (SIGSEGV) after 0.0 s', 139],
    [
      {
        exitCode: null,
        signal: 'SIGKILL',
        ranMs: 3_100,
        overLimit: { resource: 'memory' as const, limit: 512 },
      },
      'exit 137: killed for memory, limit 512 MB after 3.1 s',
      137,
    ],
    [
      { exitCode: 1, signal: null, ranMs: 900, overLimit: { resource: 'processes' as const, limit: 64 } },
      'exit 1: killed for its number of processes, limit 64 after 0.9 s',
      1,
    ],
    [{ exitCode: null, signal: null, ranMs: 5_000 }, 'ended, exit code unknown after 5.0 s', null],
  ])('%o', (exit, words, code) => {
    expect(describeExit({ at: 0, overLimit: null, ...exit })).toBe(words)
    expect(exitCodeOf(exit)).toBe(code)
  })
})
