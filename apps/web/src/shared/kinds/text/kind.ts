import { compareWords } from '../../differences/words.ts'
import { writtenInput } from '../../covers/written-input.ts'
import { wordCount } from '../../word-count.ts'
import { defineKind } from '../define-kind.ts'

/** `text`: shown as plain text, never as HTML. */
const text = defineKind('text', {
  show: { component: () => import('./TextResult.vue') },
  say: (data, say) => say(data),
  cover: {
    props: (data, input) => (data.trim() === '' ? null : { text: data, from: writtenInput(input) }),
    component: () => import('../../covers/WordsCover.vue'),
  },
  measure: (data) => ({ unit: 'words', value: wordCount(data) }),
  difference: {
    compare: compareWords,
    component: () => import('../../differences/WordDifference.vue'),
  },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default text

declare module '../kind.ts' {
  interface WrittenKinds {
    text: typeof text
  }
}
