import { defineKind } from '../define-kind.ts'
import { tableSheet } from './table-sheet.ts'

/** `table`: columns and rows. */
const table = defineKind('table', {
  show: { component: () => import('./TableResult.vue') },
  cover: {
    props: (data) => (data.rows.length === 0 ? null : { data }),
    component: () => import('./TableCover.vue'),
  },
  say: ({ columns, rows }, say) => ({
    columns: columns.map((column) => ({ ...column, name: say(column.name) })),
    rows: rows.map((row) => row.map((cell) => (typeof cell === 'string' ? say(cell) : cell))),
  }),
  sheet: tableSheet,
  measure: ({ rows }) => ({ unit: 'count', value: rows.length }),
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default table

declare module '../kind.ts' {
  interface WrittenKinds {
    table: typeof table
  }
}
