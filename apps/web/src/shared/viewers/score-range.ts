/** The range and step of a threshold for scores. */
export type ScoreRange = { min: number; max: number; step: number }

/** The range for scores between these two. It is 0–1 unless they are outside of it. */
export function scoreRangeOf(lowest: number, highest: number): ScoreRange {
  if (lowest >= 0 && highest <= 1) return { min: 0, max: 1, step: 0.01 }
  const min = Math.min(0, Math.floor(lowest))
  const max = Math.ceil(highest)
  return { min, max, step: (max - min) / 100 }
}
