import { describe, expect, test } from 'vitest'
import type { ProcessState } from '@vitrine/contract'
import { freshCount } from '../modules/instances/health-count.ts'
import { plan, planAdjusting, type Action, type DesiredInstance } from './reconcile.ts'

const reports = (states: Record<string, ProcessState>) =>
  new Map(Object.entries(states).map(([id, state]) => [id, { state }]))
const words = (actions: Action[]) => actions.map(({ type, id }) => `${type} ${id}`)
const wish = (part: Partial<DesiredInstance>): DesiredInstance => ({
  id: 'a',
  running: true,
  count: freshCount,
  unhealthyProbes: 6,
  ...part,
})
const nobody = new Set<string>()
const never = new Map<string, number>()

test.each<[string, { running: boolean }, ProcessState | null, string[]]>([
  [
    'a desired process that the runner does not know is added and started',
    { running: true },
    null,
    ['add a', 'start a'],
  ],
  ['a desired one that is down is started', { running: true }, 'STOPPED', ['start a']],
  ['a desired one that ended is started', { running: true }, 'EXITED', ['start a']],
  ['a desired one of which nothing is known is started', { running: true }, 'UNKNOWN', ['start a']],
  ['a running one is left alone', { running: true }, 'RUNNING', []],
  ['one that is starting is left alone', { running: true }, 'STARTING', []],
  ['one that the runner is starting again is left to it', { running: true }, 'BACKOFF', []],
  ['one that was given up waits for a person', { running: true }, 'FATAL', []],
  ['one that should be stopped is stopped', { running: false }, 'RUNNING', ['stop a']],
  ['one that crashes and should be stopped is stopped', { running: false }, 'BACKOFF', ['stop a']],
  ['one that is being stopped is left to it', { running: false }, 'STOPPING', []],
  ['one that was given up and should be stopped keeps its reason', { running: false }, 'FATAL', []],
  ['a stopped one that should be stopped needs nothing', { running: false }, 'STOPPED', []],
  ['a stopped one is made known, for a later start', { running: false }, null, ['add a']],
])('%s', (_name, part, state, expected) => {
  const found = reports(state ? { a: state } : {})
  expect(words(plan([wish(part)], found, nobody, never))).toEqual(expected)
})

test('a process that is not desired is removed, unless a task is working on it', () => {
  const found = reports({ old: 'RUNNING', fresh: 'STARTING' })
  expect(words(plan([], found, new Set(['fresh']), never))).toEqual(['remove old'])
})

describe('an unhealthy instance', () => {
  const bad = { wellAtMs: 10, bad: 6 }
  const of = (part: Partial<DesiredInstance>, state: ProcessState = 'RUNNING', before = 0) =>
    plan([wish({ count: bad, ...part })], reports({ a: state }), nobody, new Map([['a', before]]))

  test('is started again after the bad probes that its service allows', () => {
    expect(of({})).toEqual([{ type: 'restart', id: 'a', inARow: 1 }])
    expect(of({ count: { ...bad, bad: 5 } })).toEqual([])
    expect(of({ unhealthyProbes: null })).toEqual([])
  })
  test('is given more time after each restart, so it is not restarted for ever', () => {
    expect(of({}, 'RUNNING', 1)).toEqual([])
    expect(of({ count: { ...bad, bad: 12 } }, 'RUNNING', 1)).toEqual([
      { type: 'restart', id: 'a', inARow: 2 },
    ])
  })
  test('is not restarted while it is starting or stopping, or while a task is working on it', () => {
    expect([...of({}, 'STARTING'), ...of({}, 'STOPPING'), ...of({}, 'BACKOFF'), ...of({}, 'FATAL')]).toEqual(
      [],
    )
    expect(of({ running: false }).map(({ type }) => type)).toEqual(['stop'])
    expect(plan([wish({ count: bad })], reports({ a: 'RUNNING' }), new Set(['a']), never)).toEqual([])
  })
})

test('services are adjusted a few at a time, and one that was tried recently is left for a while', () => {
  const minute = 60_000
  const tried = new Map([['b', 10 * minute]])
  expect(planAdjusting(['a', 'b', 'c', 'd'], tried, 2, 12 * minute)).toEqual(['a', 'c'])
  expect(planAdjusting(['b'], tried, 2, 15 * minute)).toEqual(['b'])
  expect(planAdjusting(['a'], tried, 0, 0)).toEqual([])
  expect(planAdjusting(['a'], tried, -1, 0)).toEqual([])
})
