import { defineKind } from '../define-kind.ts'
import { coverLines } from './cover-lines.ts'
import { sentencesIn } from './sentences.ts'

/** `json`: a tree that can be expanded; a list of texts, which many algorithms return, is a list of sentences. */
const json = defineKind('json', {
  show: { component: () => import('./JsonResult.vue') },
  say: (data, say) => sentencesIn(data)?.map(say) ?? data,
  cover: {
    asLast: true,
    props: (data) => ({ lines: coverLines(data) }),
    component: () => import('./JsonCover.vue'),
  },
  rows: (data) => sentencesIn(data)?.map((value) => ({ value })) ?? null,
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default json

declare module '../kind.ts' {
  interface WrittenKinds {
    json: typeof json
  }
}
