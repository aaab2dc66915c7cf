import { defineKind } from '../define-kind.ts'
import { tableSheet } from '../table/table-sheet.ts'
import { coverLines } from './cover-lines.ts'
import { recordsIn } from './records.ts'
import { sentencesIn } from './sentences.ts'

/**
 * `json`: a tree that can be expanded. What many algorithms return is easier to read: a list of texts is a list of sentences, and a
 * list of records, as of a data frame, is a table.
 */
const json = defineKind('json', {
  show: { component: () => import('./JsonResult.vue') },
  say: (data, say) => sentencesIn(data)?.map(say) ?? data,
  cover: {
    asLast: true,
    props: (data) => ({ lines: coverLines(data) }),
    component: () => import('./JsonCover.vue'),
  },
  rows: (data) => sentencesIn(data)?.map((value) => ({ value })) ?? null,
  sheet: (data) => {
    const records = recordsIn(data)
    return records && tableSheet(records)
  },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default json

declare module '../kind.ts' {
  interface WrittenKinds {
    json: typeof json
  }
}
