import type { MetricPoint } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { stepNames, totalsOf } from './metric-view.ts'

const point = (part: Partial<MetricPoint>): MetricPoint => ({
  at: '2026-03-01T12:00:00.000Z',
  calls: 0,
  errors: 0,
  p50_ms: null,
  p95_ms: null,
  bytes_in: 0,
  bytes_out: 0,
  cpu: null,
  memory_bytes: null,
  open_files: null,
  ...part,
})

test('every step of a week has a unique name', () => {
  const times = Array.from({ length: 168 }, (_, hour) => Date.UTC(2026, 2, 1, hour))
  expect(new Set(stepNames(times, '7d', 'zh')).size).toBe(168)
  expect(stepNames(times.slice(0, 1), '1h', 'en')[0]).toMatch(/^\d\d:00$/)
})

test('points add up, and errors are a share of the calls', () => {
  expect(
    totalsOf([point({ calls: 250, errors: 1, bytes_in: 5 }), point({ calls: 50, bytes_out: 7 })]),
  ).toEqual({
    calls: 300,
    errors: 1,
    bytesIn: 5,
    bytesOut: 7,
    share: '0.33%',
  })
  expect(totalsOf([]).share).toBe('0%')
})
