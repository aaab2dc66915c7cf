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
