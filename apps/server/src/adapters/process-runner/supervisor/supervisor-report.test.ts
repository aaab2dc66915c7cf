import { describe, expect, test } from 'vitest'
import { newRecord, type ProcessRecord } from '../process-records.ts'
import type { JournalEvent } from './supervisor-journal.ts'
import {
  crashLoopReason,
  emptyHistory,
  nextHistory,
  reportOf,
  type SupervisorInfo,
} from './supervisor-report.ts'

const id = 'demo-r1-0'
const spec = {
  id,
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: {},
  stdoutLog: '/o',
  stderrLog: '/e',
  startSeconds: 1,
  stopGraceMs: 1000,
  user: null,
  limits: {},
}
const record = (changes: Partial<ProcessRecord> = {}): ProcessRecord => ({
  ...newRecord(spec),
  desired: 'running',
  ...changes,
})
const info = (statename: SupervisorInfo['statename'], pid = 0): SupervisorInfo => ({
  name: id,
  statename,
  pid,
  start: 1000,
})
const spawned = (at: number): JournalEvent => ({ at, id, kind: 'spawned', pid: 1 })
const exited = (at: number, exitCode = 1): JournalEvent => ({
  at,
  id,
  kind: 'exited',
  exitCode,
  signal: null,
})
const after = (...events: JournalEvent[]) =>
  events.reduce((history, event) => nextHistory(history, event), emptyHistory)
const crash = (times: number) =>
  after(
    ...Array.from({ length: times }, (_, index) => [
      spawned(index * 1000),
      exited(index * 1000 + 300),
    ]).flat(),
  )

const loop = {
  code: 'crash_loop',
  exits: 5,
  withinS: 120,
  last: { code: 'exited', exitCode: 1, ranMs: 300 },
}

describe('the history of a process', () => {
  test('a first start is no restart, a spawn after an exit is one', () => {
    expect(after(spawned(0)).restarts).toBe(0)
    expect(after(spawned(0), exited(5), spawned(6)).restarts).toBe(1)
  })

  test.each(['stopped', 'gave_up'] as const)(
    'a start after %s is no restart and begins without exits',
    (kind) => {
      const over = nextHistory(crash(4), { at: 9000, id, kind })
      expect(over.exits).toHaveLength(4)
      expect(nextHistory(over, spawned(9001))).toMatchObject({ restarts: 3, exits: [] })
    },
  )

  test('five exits within two minutes are a loop, four are not, and old ones do not count', () => {
    expect(crashLoopReason(crash(4), 4000)).toBeNull()
    expect(crashLoopReason(crash(5), 5000)).toEqual(loop)
    expect(crashLoopReason(crash(5), 500_000)).toBeNull()
  })
})

describe('a report', () => {
  test.each([
    [
      'it runs',
      record(),
      info('RUNNING', 7),
      after(spawned(0)),
      false,
      { state: 'RUNNING', pid: 7, reason: null },
    ],
    [
      'it is to be stopped',
      record(),
      info('RUNNING', 7),
      after(spawned(0)),
      true,
      { state: 'STOPPING', pid: 7 },
    ],
    [
      'it waits for its next try',
      record(),
      info('BACKOFF'),
      crash(1),
      false,
      { state: 'BACKOFF', pid: null, reason: { code: 'exited', exitCode: 1, ranMs: 300 }, exitCode: 1 },
    ],
    [
      'it runs again',
      record(),
      info('RUNNING', 7),
      nextHistory(crash(1), spawned(5000)),
      false,
      { state: 'RUNNING', reason: null, lastEnd: { code: 'exited', exitCode: 1, ranMs: 300 } },
    ],
    ['supervisord gave up', record(), info('FATAL'), crash(5), false, { state: 'FATAL', reason: loop }],
    [
      'we gave up',
      record({ fatal: { code: 'could_not_start' } }),
      info('STOPPED'),
      crash(5),
      false,
      { state: 'FATAL', reason: { code: 'could_not_start' } },
    ],
    [
      'we are giving it up, and supervisord may be about to start it again',
      record({ fatal: { code: 'could_not_start' } }),
      info('EXITED'),
      crash(5),
      true,
      { state: 'STOPPING', pid: null },
    ],
    [
      'it was stopped',
      record({ desired: 'stopped' }),
      info('FATAL'),
      crash(5),
      false,
      { state: 'STOPPED', reason: null },
    ],
    ['supervisord does not know it', record(), null, emptyHistory, false, { state: 'STOPPED', pid: null }],
  ])('when %s', (_name, ofRecord, ofInfo, history, stopping, expected) => {
    const now = { stopping, moving: false, host: '127.0.0.1' }
    expect(reportOf(ofRecord, ofInfo, history, now)).toMatchObject(expected)
  })
})

describe('a process that cannot have its port', () => {
  const lost = { overLimit: null, lostPort: true }
  const end = (history: ReturnType<typeof after>, at: number) => nextHistory(history, exited(at), lost)

  test('is in no crash loop, however often it exits for that, and its next spawn is no restart', () => {
    let history = after(spawned(0))
    for (let at = 100; at < 3_000; at += 100) history = nextHistory(end(history, at), spawned(at + 50))
    expect(history).toMatchObject({ exits: [], restarts: 0, lostPort: false })
    expect(crashLoopReason(history, 3_000)).toBeNull()
  })

  test('keeps its earlier exits, even after the stop in between', () => {
    const moved = nextHistory(end(nextHistory(crash(4), spawned(5_000)), 5_100), {
      at: 5_200,
      id,
      kind: 'stopped',
    })
    expect(nextHistory(moved, spawned(5_300)).exits.length).toBe(4)
  })

  test('is STARTING until it has another, and reports the lost port and its holder', () => {
    const lostPort = { port: 18_001, by: { pid: 7, command: 'nc -l' } }
    const report = reportOf(record({ port: 18_001, lostPort }), info('BACKOFF'), emptyHistory, {
      stopping: false,
      moving: true,
      host: '127.0.0.1',
    })
    const endpoint = { host: '127.0.0.1', port: 18_001 }
    expect(report).toMatchObject({ state: 'STARTING', reason: null, generation: null, endpoint, lostPort })
  })
})
