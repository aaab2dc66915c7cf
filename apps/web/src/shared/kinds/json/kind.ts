import { defineKind } from '../define-kind.ts'
import { coverLines } from './cover-lines.ts'

/** `json`: a tree that can be expanded. */
const json = defineKind('json', {
  show: { component: () => import('./JsonResult.vue') },
  cover: {
    asLast: true,
    props: (data) => ({ lines: coverLines(data) }),
    component: () => import('./JsonCover.vue'),
  },
  example: () => import('./example.ts'),
})

export default json

declare module '../kind.ts' {
  interface WrittenKinds {
    json: typeof json
  }
}
