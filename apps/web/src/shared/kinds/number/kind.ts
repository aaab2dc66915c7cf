import { writtenInput } from '../../covers/written-input.ts'
import { defineKind } from '../define-kind.ts'

/** `number`: a large number, on its scale if it has one. */
const number = defineKind('number', {
  show: { component: () => import('./NumberResult.vue') },
  cover: {
    props: (data, input) => ({
      data,
      text: writtenInput(input),
    }),
    component: () => import('./NumberCover.vue'),
  },
  say: (data, say) => (data.unit === undefined ? data : { ...data, unit: say(data.unit) }),
  rows: ({ value, unit }) => [{ value, label: unit ?? null }],
  measure: ({ value }) => ({ unit: 'value', value }),
  difference: {
    compare: async (base, other) => {
      const { compareNumbers } = await import('./compare-numbers.ts')
      return { ...compareNumbers(base.value, other.value), unit: other.unit ?? '' }
    },
    component: () => import('./NumberDifference.vue'),
  },
  drawing: { motif: 'bars', words: ['number'] },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default number

declare module '../kind.ts' {
  interface WrittenKinds {
    number: typeof number
  }
}
