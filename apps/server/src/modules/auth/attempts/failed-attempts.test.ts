import { expect, test } from 'vitest'
import { afterFailure, blockedForMs, networkOf, type FailureCount } from './failed-attempts.ts'

const start = new Date('2026-03-01T08:00:00Z')
const later = (ms: number) => new Date(start.getTime() + ms)
const minute = 60_000

function failTimes(times: number, free: number): FailureCount | null {
  let count: FailureCount | null = null
  for (let each = 0; each < times; each += 1) count = afterFailure(count, free, start)
  return count
}

test('failures within the free number do not block', () => {
  expect(blockedForMs(failTimes(4, 5), start)).toBe(0)
})

test('after the free number, each further failure doubles the block, up to an hour', () => {
  const blocks = [5, 6, 7, 8, 30].map((times) => blockedForMs(failTimes(times, 5), start) / 1000)
  expect(blocks).toEqual([30, 60, 120, 240, 3600])
})

test('a block ends by itself', () => {
  expect(blockedForMs(failTimes(5, 5), later(30_001))).toBe(0)
})

test('one failure is forgotten for every ten minutes after the last one', () => {
  expect(afterFailure(failTimes(4, 5), 5, later(20 * minute)).failures).toBe(3)
  expect(afterFailure(failTimes(4, 5), 5, later(600 * minute)).failures).toBe(1)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:DB8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the address %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
