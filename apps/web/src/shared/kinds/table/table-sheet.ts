import type { Json } from '@vitrine/contract'
import type { Sheet } from '../kind.ts'
import { cellText } from './cell-text.ts'

/** A table as the sheet that it is. Null without columns. Pure. */
export const tableSheet = ({
  columns,
  rows,
}: {
  columns: readonly { name: string }[]
  rows: readonly Json[][]
}): Sheet | null =>
  columns.length === 0
    ? null
    : {
        head: columns.map(({ name }) => name),
        rows: rows.map((row) =>
          columns.map((_, place) => {
            const cell = row[place]
            return typeof cell === 'number' ? cell : cellText(cell)
          }),
        ),
      }
