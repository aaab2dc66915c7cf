import type { ServiceEvent } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { marksOf } from './chart-marks.ts'

const change = (
  second: number,
  release: number,
  status: ServiceEvent['status'],
  name = `r${release}`,
): ServiceEvent => ({
  id: String(second),
  at: new Date(second * 1_000).toISOString(),
  service_id: 'echo',
  instance_id: name,
  release,
  status,
  health: 'READY',
  reason: null,
})
const shown = (events: ServiceEvent[], isComplete = true) =>
  marksOf(events.toReversed(), isComplete).map(({ at, kind, release }) => [at / 1_000, kind, release])

test('a release is marked when it first runs, also when it comes back', () => {
  const events = [
    change(1, 1, 'STARTING'),
    change(2, 1, 'RUNNING'),
    change(3, 2, 'STARTING'),
    change(4, 2, 'RUNNING'),
  ]
  expect(shown([...events, change(9, 1, 'RUNNING', 'r1-b')])).toEqual([
    [2, 'deploy', 1],
    [4, 'deploy', 2],
    [9, 'deploy', 1],
  ])
  expect(shown(events, false)).toEqual([[4, 'deploy', 2]])
})

test('an instance that runs again is marked, and one that only becomes healthy is not', () => {
  const events = [
    change(1, 1, 'RUNNING'),
    change(2, 1, 'RUNNING'),
    change(3, 1, 'BACKOFF'),
    change(5, 1, 'RUNNING'),
  ]
  expect(shown(events)).toEqual([
    [1, 'deploy', 1],
    [5, 'start', 1],
  ])
})

test('another instance of the release that runs is no start again, and the service as a whole is not marked', () => {
  const whole = { ...change(3, 1, 'RUNNING'), instance_id: null }
  expect(
    shown([change(1, 1, 'RUNNING'), change(2, 1, 'STARTING', 'b'), change(2, 1, 'STARTING', 'b'), whole]),
  ).toEqual([[1, 'deploy', 1]])
})
