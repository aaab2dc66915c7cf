type Scored = { label: string; score: number }
/**
 * A label of a classification compared with the same label of the base. Ranks count from 1. Null: that result
 * does not have the label.
 */
export type LabelChange = {
  label: string
  score: number | null
  baseScore: number | null
  delta: number | null
  rank: number | null
  baseRank: number | null
  /** By how many ranks it has risen (above 0) or fallen (below 0). */
  risen: number | null
}

const ranked = (labels: readonly Scored[]): Map<string, { score: number; rank: number }> => {
  const sorted = [...labels].sort((a, b) => b.score - a.score)
  // A label that occurs twice counts at its better rank.
  return new Map(
    sorted.map(({ label, score }, index) => [label, { score, rank: index + 1 }] as const).toReversed(),
  )
}

/** The labels of both results by their rank here. Labels that only the base has come last, by their rank there. */
export const compareLabels = (base: readonly Scored[], other: readonly Scored[]): LabelChange[] => {
  const [before, after] = [ranked(base), ranked(other)]
  const labels = [...new Set([...after.keys(), ...before.keys()])]
  return labels
    .map((label): LabelChange => {
      const [was, is] = [before.get(label), after.get(label)]
      const both = was !== undefined && is !== undefined
      return {
        label,
        score: is?.score ?? null,
        baseScore: was?.score ?? null,
        delta: both ? is.score - was.score : null,
        rank: is?.rank ?? null,
        baseRank: was?.rank ?? null,
        risen: both ? was.rank - is.rank : null,
      }
    })
    .sort((a, b) => placeOf(a) - placeOf(b))
}

const placeOf = ({ rank, baseRank }: LabelChange): number => rank ?? 1_000_000 + (baseRank ?? 0)
