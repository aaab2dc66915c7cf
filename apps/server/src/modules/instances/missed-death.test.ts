import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryRunner } from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'
import { InstanceMonitor } from './instance-monitor.ts'
import { processReport, watchedInstance } from './live-instance.test-setup.ts'
import { unseenDeath, type UnseenDeath } from './missed-death.ts'
import { reasonWords } from './reason.ts'

const id = 'demo-r1-1'
let monitor: InstanceMonitor
let tell: (report: ProcessReport) => void
/** The state and the reason at each change that was told. */
let told: string[]

beforeEach(async () => {
  told = []
  monitor = new InstanceMonitor({
    runner: {
      ...memoryRunner(),
      reports: async () => new Map(),
      watch: (onChange) => {
        tell = onChange
        return () => undefined
      },
    },
    probe: async () => ({ health: 'READY', reason: null, found: null }),
    portsOf: async () => [],
    lastLines: async () => [],
    onChange: () => {
      const live = monitor.get(id)
      const why = live?.reason ? `: ${reasonWords(live.reason).en}` : ''
      told.push(`${live?.state} ${live?.report?.pid ?? 'without a process'}${why}`)
    },
    onError: (error) => {
      throw error
    },
  })
  await monitor.open([watchedInstance({ id })])
  tell(processReport({ pid: 1, generation: '1' }))
  told.length = 0
})
afterEach(() => monitor.close())

const next = (part: Partial<ProcessReport>) =>
  processReport({ state: 'STARTING', pid: 2, generation: '2', ...part })
const lastEnd = { code: 'out_of_memory', limitMb: 200, ranMs: 4_000 } as const

test('a death that was over before the runner looked is told with its reason, before its restart', () => {
  tell(next({ restarts: 1, lastEnd }))
  expect(told).toEqual([
    'BACKOFF without a process: killed because it used more memory than its limit of 200 MB after 4.0 s',
    'STARTING 2',
  ])
})

test('it is told also if the runner knew of the end before it knew of the next process', () => {
  tell(processReport({ pid: 1, generation: '1', restarts: 1, lastEnd }))
  tell(next({ restarts: 1, lastEnd }))
  expect(told.filter((each) => each.startsWith('BACKOFF'))).toHaveLength(1)
})

test('a death that the runner reports itself is told once', () => {
  const gone = { pid: null, generation: null, lastEnd }
  tell(processReport({ ...gone, state: 'BACKOFF', reason: lastEnd }))
  tell(next({ restarts: 1, lastEnd }))
  expect(told.filter((each) => each.startsWith('BACKOFF'))).toHaveLength(1)
})

test('each of several such deaths is told', () => {
  tell(next({ restarts: 1, lastEnd }))
  tell(next({ restarts: 2, lastEnd: { ...lastEnd, ranMs: 9 }, pid: 3, generation: '3' }))
  expect(told.filter((each) => each.startsWith('BACKOFF'))).toHaveLength(2)
})

test.each<[string, Partial<ProcessReport>]>([
  ['a requested start', { restarts: 0, lastEnd: null }],
  ['a start with another port after an earlier death', { restarts: 0, lastEnd }],
])('%s is not told as a death', (_name, part) => {
  tell(next(part))
  expect(told).toEqual(['STARTING 2'])
})

const at = (seconds: number) => new Date(seconds * 1_000)
const noted = { at: at(10.2), status: 'RUNNING' } as const
const restartedAt = (seconds: number): UnseenDeath => ({
  at: at(seconds),
  reason: { code: 'restarted_away' },
})
const known: UnseenDeath['reason'] = { code: 'process', reason: lastEnd, lines: [] }

test.each<[string, Partial<ProcessReport>, UnseenDeath | null]>([
  ['the process that was noted', { startedAt: at(5) }, null],
  ['no process', { startedAt: null }, null],
  ['a younger process', { startedAt: at(20) }, restartedAt(20)],
  [
    'a younger one, with an end from before',
    { startedAt: at(20), lastEnd, lastEndAt: at(4) },
    restartedAt(20),
  ],
  [
    'a younger one, and how the noted one ended',
    { startedAt: at(20), lastEnd, lastEndAt: at(15) },
    { at: at(15), reason: known },
  ],
  [
    'a younger one, and an end that was found out after its start',
    { startedAt: at(20), lastEnd, lastEndAt: at(21) },
    { at: at(20), reason: known },
  ],
  [
    'one whose start is known to the second of the note, with an end after the note',
    { startedAt: at(10), lastEnd, lastEndAt: at(10.4) },
    { at: at(10.4), reason: known },
  ],
  [
    'one whose start is known to the second of the note, with an end from before',
    { startedAt: at(10), lastEnd, lastEndAt: at(10.1) },
    null,
  ],
])('a control plane that was away and finds %s tells its death', (_found, part, death) => {
  expect(unseenDeath(processReport(part), noted)).toEqual(death)
})

test('what was not noted as running, or not at all, has not died unseen', () => {
  const report = processReport({ startedAt: at(20) })
  expect(unseenDeath(report, null)).toBeNull()
  expect(unseenDeath(report, { ...noted, status: 'STOPPING' })).toBeNull()
  expect(unseenDeath(null, noted)).toBeNull()
})
