import { firstMedia } from '../../viewers/media-source.ts'
import { writtenInput } from '../../covers/written-input.ts'
import { defineKind } from '../define-kind.ts'

/** `classification`: labels ranked by score. */
const classification = defineKind('classification', {
  show: { component: () => import('./ClassificationResult.vue') },
  say: (data, say) => data.map((each) => ({ ...each, label: say(each.label) })),
  cover: {
    props: (data, input, { address }) => ({
      data,
      text: writtenInput(input),
      picture: firstMedia(input, address)?.url ?? null,
    }),
    component: () => import('./ClassificationCover.vue'),
  },
  rows: (data) => data,
  measure: (data) => {
    const [first, ...others] = data
    if (first === undefined) return null
    const best = others.reduce((most, row) => (row.score > most.score ? row : most), first)
    return { unit: 'label', value: best.label, score: best.score }
  },
  difference: {
    compare: async (base, other) => (await import('./compare-labels.ts')).compareLabels(base, other),
    component: () => import('./ClassificationDifference.vue'),
  },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default classification

declare module '../kind.ts' {
  interface WrittenKinds {
    classification: typeof classification
  }
}
