/** Upper bounds of the histogram's buckets, in milliseconds. Each is about half as much again as the one before. */
export const latencyBoundsMs: readonly number[] = [
  ...[1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700],
  ...[1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000],
]

/** An empty histogram: the number of latencies in each bucket. The last bucket counts those above all bounds. */
export const emptyHistogram = (): number[] => Array.from({ length: latencyBoundsMs.length + 1 }, () => 0)

/** Counts a latency in a histogram. */
export function countLatency(histogram: number[], latencyMs: number): void {
  const place = latencyBoundsMs.findIndex((bound) => latencyMs <= bound)
  const at = place === -1 ? latencyBoundsMs.length : place
  histogram[at] = (histogram[at] ?? 0) + 1
}

/** Adds one histogram to another. */
export function addHistogram(sum: number[], other: readonly number[]): void {
  for (const [place, count] of other.entries()) sum[place] = (sum[place] ?? 0) + count
}

/**
 * The latency in milliseconds below which this share of all calls lies. Interpolates inside the bucket, as
 * Prometheus' `histogram_quantile` does, so the error is less than the width of the bucket. Null without
 * calls. Above all bounds it is the last bound. Pure.
 */
export function latencyQuantile(histogram: readonly number[], share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let below = 0
  for (const [place, count] of histogram.entries()) {
    if (count > 0 && below + count >= wanted) {
      const high = latencyBoundsMs[place]
      const low = latencyBoundsMs[place - 1] ?? 0
      if (high === undefined) return low
      return low + (high - low) * ((wanted - below) / count)
    }
    below += count
  }
  return latencyBoundsMs.at(-1) ?? null
}
