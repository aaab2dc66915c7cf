import type { ResultData } from '@vitrine/contract/results'

/** One bar: `share` is its length, 0–1. */
export type RankedLabel = { label: string; score: number; share: number; percent: boolean }

/** Labels from most to least likely. Scores within 0–1 are shares of a whole, others are drawn relative to the greatest. */
export const rankLabels = (data: ResultData<'classification'>): RankedLabel[] => {
  const ranked = [...data].sort((a, b) => b.score - a.score)
  const percent = data.every(({ score }) => score >= 0 && score <= 1)
  const greatest = percent ? 1 : data.reduce((most, { score }) => Math.max(most, Math.abs(score)), 0) || 1
  return ranked.map(({ label, score }) => ({
    label,
    score,
    percent,
    share: Math.max(0, Math.min(1, score / greatest)),
  }))
}
