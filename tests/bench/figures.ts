import type { Measurement } from './gateway.ts'

/** The middle one of several values, which one slow round does not move; 0 of none. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** A figure beside another of the same run; equal ones, two zeros among them, have the ratio 1. */
export const beside = (name: string, unit: string, ours: number, theirs: number): Measurement => ({
  name,
  unit,
  ours,
  theirs,
  ratio: ours === theirs ? 1 : ours / theirs,
})

/** Two values that were measured right after each other. */
export type Pair = { ours: number; theirs: number }

/**
 * A figure beside another, from many short windows by turns. The ratio is the middle one of the ratios of the pairs, not that of two
 * medians: what else the machine does for longer than a pair falls on both of its values, and one disturbed pair does not move it.
 * `spread` is where the middle half of the ratios lies. If 1 is in it, the run has shown no difference.
 */
export function besideInPairs(name: string, unit: string, pairs: readonly Pair[]): Measurement {
  const ratios = pairs
    .map(({ ours, theirs }) => (ours === theirs ? 1 : ours / theirs))
    .toSorted((a, b) => a - b)
  const at = (share: number) => ratios[Math.round(share * (ratios.length - 1))] ?? 0
  const middle = (side: keyof Pair) => median(pairs.map((pair) => pair[side]))
  return {
    name,
    unit,
    ours: middle('ours'),
    theirs: middle('theirs'),
    ratio: median(ratios),
    spread: [at(0.25), at(0.75)],
  }
}
