import { expect, test } from 'vitest'
import { serviceState } from './service-state.ts'
import { takesRequests, type InstanceFacts } from '../instances/instance-facts.ts'
import { reasonWords, type Reason } from '../instances/reason.ts'

const facts = (
  state: InstanceFacts['state'],
  health: InstanceFacts['health'],
  reason: Reason | null = null,
): InstanceFacts => ({ state, health, reason })
const ended: Reason = {
  code: 'process',
  reason: { code: 'exited', exitCode: 1, ranMs: 300 },
  lines: [],
}
const noModel: Reason = {
  code: 'states',
  path: '/health',
  status: 503,
  health: 'SETUP_FAILED',
  detail: 'no model',
}
const notFound: Reason = { code: 'answers', path: '/health', status: 404, isPage: false }
const show = (instances: InstanceFacts[], more: Partial<Parameters<typeof serviceState>[0]> = {}) =>
  serviceState({ desired: 'running', asleep: false, instances, deploying: false, lastFailure: null, ...more })

test.each([
  [
    'a process that runs and is ready',
    [facts('RUNNING', 'READY')],
    { status: 'RUNNING', health: 'READY', reason: null },
  ],
  [
    'a process that runs but has not answered yet',
    [facts('RUNNING', 'UNKNOWN')],
    { status: 'STARTING', health: 'UNKNOWN' },
  ],
  [
    'a process whose setup failed',
    [facts('RUNNING', 'SETUP_FAILED', noModel)],
    { status: 'FATAL', reason: reasonWords(noModel) },
  ],
  [
    'a process that lives but answers badly',
    [facts('RUNNING', 'UNHEALTHY', notFound)],
    { status: 'RUNNING', health: 'UNHEALTHY', reason: reasonWords(notFound) },
  ],
  [
    'a crashed one beside a good one',
    [facts('BACKOFF', 'UNKNOWN', ended), facts('RUNNING', 'READY')],
    { status: 'RUNNING', health: 'READY', reason: null },
  ],
  [
    'one that crashes again and again',
    [facts('FATAL', 'UNKNOWN', ended)],
    { status: 'FATAL', health: 'UNKNOWN', reason: reasonWords(ended) },
  ],
])('%s', (_name, instances, expected) => {
  expect(show(instances)).toMatchObject(expected)
})

test('a service without instances shows why: it is deploying, its last deploy failed, or it is stopped', () => {
  expect(show([], { deploying: true }).status).toBe('STARTING')
  const lastFailure = { zh: '依赖安装失败', en: 'installing failed' }
  expect(show([], { lastFailure })).toMatchObject({ status: 'FATAL', reason: lastFailure })
  expect(show([], { desired: 'stopped' }).status).toBe('STOPPED')
})

test('a stopped service is STOPPED, whatever ended its process', () => {
  expect(show([facts('EXITED', 'UNKNOWN', ended)], { desired: 'stopped' })).toEqual({
    status: 'STOPPED',
    health: 'UNKNOWN',
    reason: null,
  })
  expect(show([facts('STOPPING', 'READY')], { desired: 'stopped' }).status).toBe('STOPPING')
})

test('a sleeping service is STOPPED without a reason, and STARTING while it wakes up', () => {
  const asleep = (state: InstanceFacts['state'], health: InstanceFacts['health'] = 'UNKNOWN') =>
    show([facts(state, health)], { asleep: true }).status
  expect(asleep('STOPPED')).toBe('STOPPED')
  expect(asleep('EXITED')).toBe('STOPPED')
  expect(asleep('STOPPING', 'READY')).toBe('STOPPING')
  expect([asleep('STARTING'), asleep('RUNNING')]).toEqual(['STARTING', 'STARTING'])
  expect(asleep('RUNNING', 'READY')).toBe('RUNNING')
})

test('only instances that are ready, busy or briefly unhealthy get requests', () => {
  const words = ['READY', 'BUSY', 'UNHEALTHY', 'STARTING', 'SETUP_FAILED', 'DEFUNCT', 'UNKNOWN'] as const
  expect(words.filter((health) => takesRequests(facts('RUNNING', health)))).toEqual([
    'READY',
    'BUSY',
    'UNHEALTHY',
  ])
  expect(takesRequests(facts('BACKOFF', 'READY'))).toBe(false)
  expect(takesRequests(facts('STOPPING', 'READY'))).toBe(false)
})

test('an instance that is ready before its runner reports RUNNING gets requests at once, one that merely exists does not', () => {
  expect(takesRequests(facts('STARTING', 'READY'))).toBe(true)
  expect(takesRequests(facts('STARTING', 'UNHEALTHY'))).toBe(false)
  expect(show([facts('STARTING', 'READY')])).toEqual({ status: 'RUNNING', health: 'READY', reason: null })
})
