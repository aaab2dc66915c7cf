import { compareWords } from '../../differences/words.ts'
import { writtenInput } from '../../covers/written-input.ts'
import { wordCount } from '../../word-count.ts'
import { defineKind } from '../define-kind.ts'
import { plainText } from './plain-text.ts'

/** `markdown`: shown as formatted text, without active content. */
const markdown = defineKind('markdown', {
  show: { component: () => import('./MarkdownResult.vue') },
  say: (data, say) => say(data),
  cover: {
    props: (data, input) => {
      const text = plainText(data)
      return text === '' ? null : { text, from: writtenInput(input) }
    },
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

export default markdown

declare module '../kind.ts' {
  interface WrittenKinds {
    markdown: typeof markdown
  }
}
