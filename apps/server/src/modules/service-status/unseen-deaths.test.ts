import { beforeEach, expect, test } from 'vitest'
import type { LiveInstance } from '../instances/instance-monitor.ts'
import { liveInstance, processReport } from '../instances/live-instance.test-setup.ts'
import { historyEvent } from './history-event.test-setup.ts'
import { HistoryRecorder } from './history.recorder.ts'
import type { HistoryEvent } from './history.ts'

const at = (seconds: number) => new Date(seconds * 1_000)
const noted = historyEvent({ at: at(10) })

let found: LiveInstance
let kept: HistoryEvent[]
let recorder: HistoryRecorder
/** Starts a control plane that finds the instance so. */
const open = async () => {
  recorder = new HistoryRecorder({
    history: {
      latest: async () => [kept.at(-1) ?? noted],
      insert: async (events) => void kept.push(...events),
    },
    monitor: { ofService: () => [found] },
    services: async () => [],
    clock: () => at(100),
    onStored: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  await recorder.open()
}
const told = async () => {
  recorder.changed('demo')
  await recorder.flush()
  return kept.map(({ at: when, status, health, reason }) => [
    when.getTime() / 1_000,
    status,
    health,
    reason?.en,
  ])
}
beforeEach(() => {
  kept = []
  found = liveInstance({ report: processReport({ startedAt: at(20) }) })
})

const lastEnd = { code: 'out_of_memory', limitMb: 200, ranMs: 4_000 } as const

test('a process that died while no control plane ran has its entry, at the time of its death', async () => {
  found = liveInstance({ report: processReport({ startedAt: at(20), lastEnd, lastEndAt: at(19) }) })
  await open()
  expect(await told()).toEqual([
    [19, 'BACKOFF', 'UNKNOWN', 'killed because it used more memory than its limit of 200 MB after 4.0 s'],
    [100, 'RUNNING', 'READY', undefined],
  ])
})

test('an end of which nothing is known is told as a restart, once', async () => {
  await open()
  const once = [
    [20, 'BACKOFF', 'UNKNOWN', 'restarted while the platform was away'],
    [100, 'RUNNING', 'READY', undefined],
  ]
  expect(await told()).toEqual(once)
  expect(await told()).toEqual(once)
  await open()
  expect(await told()).toEqual(once)
})

test('a process that lived on has no such entry', async () => {
  found = liveInstance({ report: processReport({ startedAt: at(9) }) })
  await open()
  expect(await told()).toEqual([])
})

test('what starts while this control plane runs is told by its changes alone', async () => {
  found = liveInstance({ report: processReport({ startedAt: at(9) }) })
  await open()
  await told()
  found = liveInstance({ report: processReport({ startedAt: at(50) }) })
  expect(await told()).toEqual([])
})
