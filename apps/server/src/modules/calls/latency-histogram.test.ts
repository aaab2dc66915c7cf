import { expect, test } from 'vitest'
import {
  addHistogram,
  countLatency,
  emptyHistogram,
  latencyBoundsMs,
  latencyQuantile,
} from './latency-histogram.ts'

const histogramOf = (latencies: readonly number[]) => {
  const histogram = emptyHistogram()
  for (const latency of latencies) countLatency(histogram, latency)
  return histogram
}

test('a quantile lies in the bucket that contains it', () => {
  const histogram = histogramOf([
    ...Array.from({ length: 95 }, () => 12),
    ...Array.from({ length: 5 }, () => 900),
  ])
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => latencyQuantile(histogram, share) ?? 0)
  expect(p50).toBeGreaterThan(10)
  expect(p95).toBe(15)
  expect(p99).toBeGreaterThan(700)
  expect(p99).toBeLessThanOrEqual(1_000)
})

test('evenly spread latencies give a quantile within a tenth', () => {
  const histogram = histogramOf(Array.from({ length: 1_000 }, (_, place) => place + 0.5))
  for (const share of [0.1, 0.5, 0.9, 0.95]) {
    const found = latencyQuantile(histogram, share) ?? 0
    expect(Math.abs(found - share * 1_000) / (share * 1_000)).toBeLessThan(0.1)
  }
})

test('without calls there is no quantile, and above all bounds the quantile is the last bound', () => {
  expect(latencyQuantile(emptyHistogram(), 0.5)).toBeNull()
  expect(latencyQuantile(histogramOf([5_000_000]), 0.5)).toBe(latencyBoundsMs.at(-1))
})

test('two histograms add up to the histogram of all calls', () => {
  const sum = histogramOf([1, 40])
  addHistogram(sum, histogramOf([40, 7_000_000]))
  expect(sum).toEqual(histogramOf([1, 40, 40, 7_000_000]))
})
