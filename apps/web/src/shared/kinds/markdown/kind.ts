import { compareWords } from '../../differences/words.ts'
import { wordCount } from '../../word-count.ts'
import { defineKind } from '../define-kind.ts'

/** `markdown`: shown as formatted text, without active content. */
const markdown = defineKind('markdown', {
  show: { component: () => import('./MarkdownResult.vue') },
  say: (data, say) => say(data),
  measure: (data) => ({ unit: 'words', value: wordCount(data) }),
  difference: {
    compare: compareWords,
    component: () => import('../../differences/WordDifference.vue'),
  },
  example: () => import('./example.ts'),
})

export default markdown

declare module '../kind.ts' {
  interface WrittenKinds {
    markdown: typeof markdown
  }
}
