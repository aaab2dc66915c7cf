import { expect, test } from 'vitest'
import { speedMeter } from './lowest-speed.ts'

const speed = { bytesPerS: 1_000, overMs: 10_000 }

test('who is slow has the whole time to become faster', () => {
  const meter = speedMeter(speed)
  expect(meter.isTooSlow(9_999)).toBe(false)
  meter.passed(10_000)
  expect(meter.isTooSlow(1)).toBe(false)
})

test('who has brought too little in that time is too slow, whatever they brought before', () => {
  const meter = speedMeter(speed)
  meter.passed(1_000_000)
  expect(meter.isTooSlow(10_000)).toBe(false)
  meter.passed(9_999)
  expect(meter.isTooSlow(10_000)).toBe(true)
})

test('time in which nobody waits does not count', () => {
  const meter = speedMeter(speed)
  for (let minute = 0; minute < 60; minute++) expect(meter.isTooSlow(0)).toBe(false)
})
