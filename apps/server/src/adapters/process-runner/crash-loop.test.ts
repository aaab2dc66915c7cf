import { describe, expect, test } from 'vitest'
import { afterExit, crashLoopOf, endOf, exitCodeOf, windowMs, type Exit } from './crash-loop.ts'

const exitAt = (at: number): Exit => ({ at, ranMs: 300, exitCode: 1, signal: null, overLimit: null })
const series = (...times: number[]) => times.map(exitAt)

describe('after an exit', () => {
  test.each([
    ['the first exit', series(0), 0, { kind: 'restart', afterMs: 250 }],
    ['the second', series(0, 1), 1, { kind: 'restart', afterMs: 500 }],
    ['the third', series(0, 1, 2), 2, { kind: 'restart', afterMs: 1000 }],
    ['the fourth', series(0, 1, 2, 3), 3, { kind: 'restart', afterMs: 2000 }],
    [
      'the fifth',
      series(0, 1, 2, 3, 4),
      4,
      {
        kind: 'give_up',
        reason: {
          code: 'crash_loop',
          exits: 5,
          withinS: 120,
          last: { code: 'exited', exitCode: 1, ranMs: 300 },
        },
      },
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

const endedBy = (changes: Partial<Exit>): Exit => ({ ...exitAt(0), ...changes })
const killed = { exitCode: null, signal: 'SIGKILL' }

describe('the facts of an exit', () => {
  test.each([
    ['a code', endedBy({}), { code: 'exited', exitCode: 1, ranMs: 300 }, 1],
    ['a signal', endedBy(killed), { code: 'signalled', signal: 'SIGKILL', ranMs: 300 }, 137],
    [
      'its limit of memory',
      endedBy({ ...killed, overLimit: { resource: 'memory', limit: 512 } }),
      { code: 'out_of_memory', limitMb: 512, ranMs: 300 },
      137,
    ],
    [
      'its limit of processes',
      endedBy({ overLimit: { resource: 'processes', limit: 64 } }),
      { code: 'too_many_processes', limit: 64, ranMs: 300 },
      1,
    ],
    [
      'a start that failed',
      endedBy({ exitCode: 127, spawnFailed: { errno: 'ENOENT' } }),
      { code: 'spawn_failed', errno: 'ENOENT' },
      127,
    ],
    ['nobody knows what', endedBy({ exitCode: null }), { code: 'ended_unseen', ranMs: 300 }, null],
  ])('by %s', (_by, exit, fact, code) => {
    expect(endOf(exit)).toEqual(fact)
    expect(exitCodeOf(exit)).toBe(code)
  })

  test('if no exit was seen, only that it could not start is known', () => {
    expect(crashLoopOf([])).toEqual({ code: 'could_not_start' })
  })
})
