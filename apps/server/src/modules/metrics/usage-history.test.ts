import { expect, test } from 'vitest'
import { UsageHistory } from './usage-history.ts'

const noon = Date.parse('2026-03-01T12:00:00.000Z')
const at = (seconds: number) => new Date(noon + seconds * 1_000)
const instance = (id: string, replica: number, cpu: number | null, memoryBytes = 100) => ({
  id,
  serviceId: id.split('-')[0] ?? '',
  replica,
  usage: { cpu, memoryBytes, openFiles: null, cpuTicks: 0, sampledAt: 0 },
})
const echo = { serviceId: 'echo', replica: null }
const twoMinutes = { since: at(0), stepS: 60, count: 2 }

test('a step has the mean of its samples of the total usage of all instances', () => {
  const history = new UsageHistory()
  history.add([instance('echo-1', 1, 0.2), instance('echo-2', 2, 0.4), instance('other-1', 1, 9)], at(0))
  history.add([instance('echo-1', 1, 0.4)], at(15))
  const [first, second] = history.over(echo, twoMinutes)
  expect(first?.cpu).toBeCloseTo((0.6 + 0.4) / 2)
  expect(first).toMatchObject({ memoryBytes: 150, openFiles: null })
  expect(second).toEqual({ cpu: null, memoryBytes: null, openFiles: null })
})

test('the next service with the ID of a deleted one begins without a history', () => {
  const history = new UsageHistory()
  history.add([instance('echo-1', 1, 0.2), instance('other-1', 1, 0.3)], at(0))
  history.forget('echo')
  expect(history.over(echo, twoMinutes)[0]?.cpu).toBeNull()
  expect([...history.memoryOfAll(twoMinutes).keys()]).toEqual(['other'])
})

test('one replica can be read alone', () => {
  const history = new UsageHistory()
  history.add([instance('echo-1', 1, 0.2), instance('echo-2', 2, 0.4)], at(60))
  expect(history.over({ ...echo, replica: 2 }, twoMinutes).map(({ cpu }) => cpu)).toEqual([null, 0.4])
})

test('what the system does not report is unknown, not zero', () => {
  const history = new UsageHistory()
  history.add([instance('echo-1', 1, null)], at(0))
  history.add([{ ...instance('echo-1', 1, 1), usage: null }], at(60))
  expect(history.over(echo, twoMinutes)[0]).toEqual({ cpu: null, memoryBytes: 100, openFiles: null })
  expect(history.over(echo, twoMinutes)[1]?.cpu).toBeNull()
})

test('a sample is removed after an hour, also that of a removed instance', () => {
  const history = new UsageHistory()
  history.add([instance('echo-1', 1, 0.5), instance('echo-3', 3, 8)], at(0))
  history.add([instance('echo-1', 1, 0.1)], at(15))
  history.add([instance('echo-2', 1, 0.5)], at(3_585))
  expect(history.over(echo, twoMinutes)[0]?.cpu).toBeCloseTo((8.5 + 0.1) / 2)
  history.add([instance('echo-2', 1, 0.5)], at(3_600))
  expect(history.over(echo, twoMinutes)[0]?.cpu).toBe(0.1)
  history.add([instance('echo-2', 1, 0.5)], at(3_615))
  expect(history.over(echo, twoMinutes)[0]?.cpu).toBeNull()
})

test('the memory of all services is given by service', () => {
  const history = new UsageHistory()
  history.add(
    [instance('echo-1', 1, 0, 5), instance('echo-2', 2, 0, 6), instance('other-1', 1, 0, 7)],
    at(60),
  )
  expect(history.memoryOfAll(twoMinutes)).toEqual(
    new Map([
      ['echo', [null, 11]],
      ['other', [null, 7]],
    ]),
  )
})
