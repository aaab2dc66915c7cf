type Scored = { label: string; score: number }
/** One label of a classification beside the same label of the base. Ranks count from 1; null: not in that result. */
export type LabelChange = {
  label: string
  score: number | null
  baseScore: number | null
  delta: number | null
  rank: number | null
  baseRank: number | null
  /** Places that it has risen (above 0) or fallen. */
  risen: number | null
}

const ranked = (labels: readonly Scored[]): Map<string, { score: number; rank: number }> => {
  const sorted = [...labels].sort((a, b) => b.score - a.score)
  // A label that is named twice stands at its better place.
  return new Map(
    sorted.map(({ label, score }, index) => [label, { score, rank: index + 1 }] as const).toReversed(),
  )
}

/** Labels of both results by their rank here; those that only the base has come last, by their rank there. */
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
