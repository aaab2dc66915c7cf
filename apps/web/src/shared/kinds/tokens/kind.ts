import { writtenInput } from '../../covers/written-input.ts'
import { defineKind } from '../define-kind.ts'

/** `tokens`: marked in the text. */
const tokens = defineKind('tokens', {
  show: { component: () => import('./TokensResult.vue') },
  say: (data, say) => data.map((each) => ({ ...each, label: say(each.label) })),
  cover: {
    props: (data, input) => (data.length === 0 ? null : { data, text: writtenInput(input) }),
    component: () => import('./TokensCover.vue'),
  },
  rows: (data) => data.map(({ text, score, ...rest }) => ({ ...rest, score: score ?? null, value: text })),
  measure: (data) => ({ unit: 'count', value: data.length }),
  difference: {
    compare: async (base, other) => (await import('./compare-spans.ts')).compareSpans(base, other),
    component: () => import('./TokensDifference.vue'),
  },
  drawing: { motif: 'lines', words: ['token'] },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default tokens

declare module '../kind.ts' {
  interface WrittenKinds {
    tokens: typeof tokens
  }
}
