import type { ServiceEvent } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { historyLines, lineSubject, taskOf } from './history-lines.ts'
import { instanceFixture } from './service.fixture.ts'

const instances = [instanceFixture({ id: 'a-1', replica: 1 }), instanceFixture({ id: 'a-2', replica: 2 })]
let count = 0
const event = (second: number, change: Partial<ServiceEvent>): ServiceEvent => ({
  id: String(++count),
  at: new Date(Date.parse('2026-01-01T08:00:00Z') + second * 1_000).toISOString(),
  service_id: 'a',
  instance_id: null,
  release: 1,
  status: 'RUNNING',
  health: 'READY',
  reason: null,
  ...change,
})

describe('the history of a service', () => {
  test('joins changes of the service and its instances at the same time to one line', () => {
    const lines = historyLines(
      [
        event(2, {}),
        event(2, { instance_id: 'a-2' }),
        event(1, { instance_id: 'a-1' }),
        event(0, { instance_id: 'a-1', status: 'STARTING', health: 'STARTING' }),
        event(0, { instance_id: 'a-1', status: 'STARTING', health: 'UNKNOWN' }),
      ],
      instances,
    )
    expect(lines.map(({ status, whole, replicas }) => [status, whole, replicas])).toEqual([
      ['RUNNING', true, [1, 2]],
      ['STARTING', false, [1]],
    ])
  })

  test('keeps changes at other times, in other releases and for other reasons apart', () => {
    const fails = { status: 'FATAL', health: 'UNKNOWN' } as const
    const lines = historyLines(
      [
        event(300, fails),
        event(200, { ...fails, reason: 'exit 3' }),
        event(199, { ...fails, reason: 'exit 4' }),
        event(198, { ...fails, release: 2 }),
      ],
      instances,
    )
    expect(lines).toHaveLength(4)
  })

  test('keeps any reason that is given, and leaves out instances that have ended', () => {
    const [line] = historyLines(
      [
        event(1, { status: 'BACKOFF' }),
        event(1, { status: 'BACKOFF', instance_id: 'a-9', reason: 'exit code 3' }),
      ],
      instances,
    )
    expect(line).toMatchObject({ reason: 'exit code 3', whole: true, replicas: [] })
  })
})

describe('a line of the history is about', () => {
  const about = (one: ServiceEvent) => historyLines([one], instances).map(lineSubject)[0]
  const gone = { status: 'STARTING', health: 'STARTING', instance_id: 'a-r2-9' } as const

  test.each([
    [
      'the replica of an instance that exists, and its release',
      event(0, { instance_id: 'a-2' }),
      'instance_of',
    ],
    ['an instance of its release, new or old, if it has ended', event(0, gone), 'gone_instance'],
    ['the release of the service as a whole', event(0, {}), 'at_release'],
  ])('%s', (_name, one, key) => {
    expect(about({ ...one, release: 2 })).toMatchObject({ key: `services.${key}`, release: 2 })
  })

  test('nothing more if the service had no release yet', () => {
    expect(about(event(0, { release: null }))).toBeNull()
  })
})

test('a change belongs to the task that ran when it happened, or to none', () => {
  const at = (second: number) => event(second, {}).at
  const tasks = [
    { id: 'adjust', started_at: at(100), finished_at: null },
    { id: 'deploy', started_at: at(0), finished_at: at(20) },
    { id: 'waiting', started_at: null, finished_at: null },
  ]
  const cause = (second: number) => taskOf(event(second, {}), tasks)?.id ?? null
  expect([cause(10), cause(21), cause(60), cause(101)]).toEqual(['deploy', 'deploy', null, 'adjust'])
})

test('of what happens while a release is deployed, only what the deploy does belongs to it', () => {
  const tasks = [{ started_at: event(0, {}).at, finished_at: null, release: 2 }]
  const belongs = (change: Partial<ServiceEvent>) => taskOf(event(5, change), tasks) !== null
  expect(belongs({ release: 2 })).toBe(true)
  expect(belongs({ release: 1, status: 'STOPPED' })).toBe(true)
  expect(belongs({ release: 1, status: 'FATAL' })).toBe(false)
})
