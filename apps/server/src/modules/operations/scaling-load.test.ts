import { expect, test } from 'vitest'
import { decideScaling } from './scaling-decision.ts'
import { createLoads } from './scaling-load.ts'

const rule = { min: 1, max: 5, concurrency: 4, cool_down_seconds: 60 }
const service = { id: 'a', replicas: 3 }

/** Follows a service that keeps its three instances, at these moments (in seconds) with these requests in progress. */
function decidedAt(looks: readonly (readonly [second: number, requests: number])[]): number[] {
  const loads = createLoads()
  return looks
    .filter(([second, requests]) => {
      const load = loads.seen(service, { at: second * 1000, requests }, rule)
      return decideScaling(rule, service.replicas, load)?.why === 'fewer'
    })
    .map(([second]) => second)
}
const every2s = (from: number, to: number) =>
  Array.from({ length: (to - from) / 2 + 1 }, (_none, place) => [from + place * 2, 1] as const)

test('fewer instances are decided once a whole cool-down was seen', () => {
  expect(decidedAt(every2s(0, 64))).toEqual([60, 62, 64])
})

test('a missed look or two are no gap, and ten minutes without a look are', () => {
  expect(decidedAt([...every2s(0, 20), ...every2s(28, 60)])).toEqual([60])
  expect(decidedAt([...every2s(0, 20), ...every2s(620, 678)])).toEqual([])
  expect(decidedAt([...every2s(0, 20), ...every2s(620, 680)])).toEqual([680])
})

test('a clock that is set back begins a cool-down anew, and delays nothing longer', () => {
  expect(decidedAt([...every2s(5_000, 5_040), ...every2s(0, 60)])).toEqual([60])
})
