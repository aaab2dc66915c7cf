import { nearness, type DepthMap } from './depth-map.ts'

/** The summary of a depth map. Null where it has no value. `share` is the part of its pixels with a value, 0–1. */
export type DepthFacts = Record<'nearest' | 'farthest' | 'mean' | 'median', number | null> & { share: number }

/** The nearest, farthest, mean and median value of a map. */
export const depthFacts = (map: DepthMap): DepthFacts => {
  const sorted = map.values.filter((value) => !Number.isNaN(value)).sort()
  const ends = [sorted.at(0) ?? null, sorted.at(-1) ?? null] as const
  const [nearest, farthest] = map.inverse ? [ends[1], ends[0]] : ends
  const middle = sorted.length / 2
  const median =
    sorted.length % 2 === 1
      ? (sorted[Math.floor(middle)] ?? null)
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
  return {
    nearest,
    farthest,
    mean: sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: sorted.length === 0 ? null : median,
    share: map.values.length === 0 ? 0 : sorted.length / map.values.length,
  }
}

/** The share of the values that are at least as near as this, 0–1. */
export const shareNearer = (map: DepthMap, near: number): number => {
  const known = map.values.filter((value) => !Number.isNaN(value))
  return known.length === 0 ? 0 : known.filter((value) => nearness(map, value) >= near).length / known.length
}
