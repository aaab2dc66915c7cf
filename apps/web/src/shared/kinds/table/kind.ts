import { defineKind } from '../define-kind.ts'

/** `table`: columns and rows. */
const table = defineKind('table', {
  show: { component: () => import('./TableResult.vue') },
  measure: ({ rows }) => ({ unit: 'count', value: rows.length }),
  example: () => import('./example.ts'),
})

export default table

declare module '../kind.ts' {
  interface WrittenKinds {
    table: typeof table
  }
}
