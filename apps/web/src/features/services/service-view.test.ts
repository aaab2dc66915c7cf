import { describe, expect, test } from 'vitest'
import {
  countByGroup,
  failingInstances,
  isLogEmpty,
  matchingServices,
  memoryLimitReached,
  nextStep,
  readyInstances,
  reasonParts,
  stageOffer,
  stateGroup,
  stepForOthers,
  tabAboutProblem,
  usage,
} from './service-view.ts'
import { instanceFixture, serviceFixture as service } from './service.fixture.ts'

const instance = (cpu: number | null, memoryBytes: number | null) =>
  instanceFixture({ cpu, memory_bytes: memoryBytes })

describe('the table of services', () => {
  test('counts a running service that does not answer as needing attention', () => {
    expect(stateGroup(service({ status: 'RUNNING', health: 'READY' }))).toBe('good')
    expect(stateGroup(service({ status: 'RUNNING', health: 'UNHEALTHY' }))).toBe('attention')
    expect(stateGroup(service({ status: 'FATAL', health: 'UNKNOWN' }))).toBe('attention')
    expect(stateGroup(service({ status: 'RUNNING', health: 'STARTING' }))).toBe('busy')
    expect(stateGroup(service({ status: 'STOPPED', health: 'UNKNOWN' }))).toBe('rest')
  })

  test('counts a service with a broken instance as needing attention, although it answers', () => {
    const well = instanceFixture({ id: 'a-1' })
    const broken = instanceFixture({ id: 'a-2', health: 'UNHEALTHY' })
    const partly = service({ instances: [well, broken] })
    expect(stateGroup(partly)).toBe('attention')
    expect(failingInstances(partly)).toEqual([broken])
    const starting = instanceFixture({ state: 'STARTING', health: 'UNKNOWN' })
    expect(stateGroup(service({ instances: [well, starting] }))).toBe('good')
    expect(failingInstances(service({ status: 'FATAL', instances: [broken] }))).toEqual([])
  })

  test('counts a service whose front port is taken as needing attention, although its instances are well', () => {
    const reason = '独立端口 8001 被其他程序占用，空闲后会自动恢复'
    expect(stateGroup(service({ reason }))).toBe('attention')
    expect(stateGroup(service({ reason, status: 'STOPPED', asleep: true }))).toBe('attention')
    // Nobody expects anything at the port of a stopped one, and one that starts is not there yet.
    expect(stateGroup(service({ reason, status: 'STOPPED', health: 'UNKNOWN' }))).toBe('rest')
    expect(stateGroup(service({ reason, status: 'STARTING', health: 'UNKNOWN' }))).toBe('busy')
    expect(countByGroup([service({ reason }), service({})])).toMatchObject({ attention: 1, good: 1 })
  })

  test('separates the sentence of a reason from the log lines after it', () => {
    expect(reasonParts('exit 3\nTraceback\n  boom')).toEqual({
      sentence: 'exit 3',
      lines: ['Traceback', '  boom'],
    })
    expect(reasonParts('/health answers 404').lines).toEqual([])
  })

  test('distinguishes sleeping from stopped, because a sleeping service wakes by itself', () => {
    expect(stateGroup(service({ status: 'STOPPED', asleep: true }))).toBe('asleep')
  })

  test('counts each service once', () => {
    const counts = countByGroup([service({}), service({ status: 'STOPPED' }), service({ status: 'BACKOFF' })])
    expect(counts).toEqual({ all: 3, good: 1, busy: 0, attention: 1, asleep: 0, rest: 1 })
  })

  test('adds up the usage of a service’s measured processes', () => {
    expect(usage(service({ instances: [instance(0.5, 100), instance(null, 50)] }))).toEqual({
      cpu: 0.5,
      memoryBytes: 150,
    })
  })
  test('can be searched by name, id and the start of the port, ignoring case', () => {
    const services = [
      service({ id: 'plate', name: '车牌识别', front_port: 8123 }),
      service({ id: 'speech', name: 'Speech', other_names: ['听写', 'Dictation'], front_port: null }),
    ]
    const found = (text: string) => matchingServices(services, text).map(({ id }) => id)
    expect(found(' SPEECH ')).toEqual(['speech'])
    expect(found('车牌')).toEqual(['plate'])
    // By the title that people see on its stage, in either language.
    expect([found('听写'), found('dictat')]).toEqual([['speech'], ['speech']])
    expect(found('812')).toEqual(['plate'])
    expect(found('123')).toEqual([])
    expect(found('')).toEqual(['plate', 'speech'])
  })

  test('counts as ready the running and healthy instances of the current release', () => {
    const instances = [
      instanceFixture({ release: 2 }),
      instanceFixture({ release: 2, health: 'BUSY' }),
      instanceFixture({ release: 2, health: 'UNHEALTHY' }),
      instanceFixture({ release: 2, state: 'BACKOFF' }),
      instanceFixture({ release: 1 }),
    ]
    expect(readyInstances({ instances, release: 2 })).toBe(2)
  })
})

test('a service that is well, but that the gateway cannot serve completely, is not sent to its log', () => {
  const well = { status: 'RUNNING', health: 'READY', release: 1, unhealthy_probes: null } as const
  expect(nextStep({ ...well, instances: [], asleep: false })).toBe('gateway')
  expect(nextStep({ ...well, health: 'DEFUNCT', instances: [], asleep: false })).toBe('look')
})

test('a step is for others if the reader may not take it, unless the platform takes it by itself', () => {
  const nothing = { deploy: false, operate: false, readLogs: false }
  const steps = ['given_up', 'never_ready', 'look', 'retries', 'partly'] as const
  const forOthers = (may: typeof nothing) => steps.filter((step) => stepForOthers(step, may))
  expect(forOthers({ deploy: true, operate: true, readLogs: true })).toEqual([])
  expect(forOthers(nothing)).toEqual(['given_up', 'never_ready', 'look'])
  expect(forOthers({ ...nothing, operate: true })).toEqual(['never_ready', 'look'])
})

const given = { state: 'FATAL', health: 'UNKNOWN', over_limit: { resource: 'memory', limit: 200 } } as const

test('a service that was given up because of its memory shows the limit, and one that runs again does not', () => {
  const killed = instanceFixture(given)
  expect(memoryLimitReached(service({ status: 'FATAL', instances: [killed] }))).toBe(200)
  expect(memoryLimitReached(service({ instances: [{ ...killed, state: 'RUNNING' }] }))).toBeNull()
  const exited = instanceFixture({ ...given, over_limit: null })
  expect(memoryLimitReached(service({ status: 'FATAL', instances: [exited] }))).toBeNull()
  const crowded = instanceFixture({ ...given, over_limit: { resource: 'processes', limit: 64 } })
  expect(memoryLimitReached(service({ status: 'FATAL', instances: [crowded] }))).toBeNull()
})

test('the log of a service is known to be empty only if it was given up and its reason has no lines of it', () => {
  const instances = [instanceFixture(given)]
  expect(isLogEmpty(service({ status: 'FATAL', reason: 'killed', instances }))).toBe(true)
  expect(isLogEmpty(service({ status: 'FATAL', reason: 'exit 1\nTraceback', instances }))).toBe(false)
  expect(isLogEmpty(service({ status: 'FATAL', reason: 'the deploy failed', instances: [] }))).toBe(false)
  expect(isLogEmpty(service({ status: 'BACKOFF', reason: 'killed', instances }))).toBe(false)
})

test('the stage is offered once a release has served, and as the main action while the service can be shown', () => {
  expect(stageOffer(service({ release: null, status: 'STOPPED', health: 'UNKNOWN' }))).toBe('none')
  expect(stageOffer(service({ release: 1, status: 'FATAL', health: 'UNKNOWN' }))).toBe('plain')
  expect(stageOffer(service({ release: 1 }))).toBe('main')
  expect(stageOffer(service({ release: 1, status: 'STOPPED', health: 'UNKNOWN', asleep: true }))).toBe('main')
})

test('a problem leads to the log, to tasks that the reader can see, or nowhere', () => {
  const all = { readLogs: true, readTasks: true }
  const viewer = { readLogs: false, readTasks: true }
  const first = service({ status: 'FATAL', reason: 'the deploy failed', release: null })
  expect(tabAboutProblem(service({ release: 1 }), all)).toBe('log')
  expect(tabAboutProblem(first, all)).toBe('tasks')
  expect(tabAboutProblem({ ...first, may_own: false }, viewer)).toBeNull()
  expect(tabAboutProblem({ ...first, may_own: false }, all)).toBeNull()
  expect(tabAboutProblem(first, { ...all, readTasks: false })).toBeNull()
  const silent = service({ status: 'FATAL', reason: 'killed', instances: [instanceFixture(given)] })
  expect(tabAboutProblem(silent, all)).toBeNull()
})
