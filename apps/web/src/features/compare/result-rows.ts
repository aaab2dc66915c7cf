import type { Output } from '@vitrine/contract'
import { findingCells, type Finding, type KindContext } from '../../shared/kinds/kind.ts'
import { kindNamed } from '../../shared/kinds/registry.ts'
import type { BoardColumn } from './board-columns.ts'
import type { CsvCell } from './csv.ts'

/** The names of the cells of `resultRows`, in order. */
export const resultCells = ['column', 'element', 'output', 'kind', ...findingCells] as const
type Cells = Partial<Record<(typeof resultCells)[number], CsvCell>>

/** The findings of an output. If its kind has no rows, one line has all the data. */
const findings = async ({ kind, data }: Output, context: KindContext): Promise<Finding[]> =>
  (await kindNamed(kind)?.rows(data, context)) ?? [
    { value: typeof data === 'string' ? data : JSON.stringify(data) },
  ]

const columnLines = ({ letter, run }: BoardColumn, context: KindContext): Promise<Cells[]>[] =>
  (run?.result?.predictions ?? []).flatMap(({ index, outputs, error }) => {
    const place = { column: letter, element: index + 1 }
    const failed: Cells = { ...place, kind: 'error', value: `${error?.code}: ${error?.message}` }
    if (error) return [Promise.resolve([failed])]
    return outputs.map(async (output): Promise<Cells[]> => {
      const found = await findings(output, context)
      return found.map((cells) => ({ ...place, output: output.name ?? null, kind: output.kind, ...cells }))
    })
  })

/** Every finding of every column as a row of a table. */
export const resultRows = async (
  columns: readonly BoardColumn[],
  context: KindContext,
): Promise<CsvCell[][]> => {
  const lines = await Promise.all(columns.flatMap((column) => columnLines(column, context)))
  return lines.flat().map((line) => resultCells.map((name) => line[name] ?? null))
}
