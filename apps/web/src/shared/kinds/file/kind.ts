import { defineKind } from '../define-kind.ts'

/** `file`: a link to save it. */
const file = defineKind('file', {
  show: { component: () => import('./FileResult.vue') },
  // Bytes elsewhere: there is nothing in them to compare.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default file

declare module '../kind.ts' {
  interface WrittenKinds {
    file: typeof file
  }
}
