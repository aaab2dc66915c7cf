import { defineKind } from '../define-kind.ts'

/** `json`: a tree that can be expanded. */
const json = defineKind('json', {
  show: { component: () => import('./JsonResult.vue') },
  example: () => import('./example.ts'),
})

export default json

declare module '../kind.ts' {
  interface WrittenKinds {
    json: typeof json
  }
}
