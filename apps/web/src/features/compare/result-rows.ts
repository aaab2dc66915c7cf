import type { Output } from '@vitrine/contract'
import { findingCells, type Finding, type KindContext } from '../../shared/kinds/kind.ts'
import { kindNamed } from '../../shared/kinds/registry.ts'
import type { AssetAddress } from '../../shared/viewers/media-source.ts'
import type { BoardColumn } from './board-columns.ts'
import type { CsvCell } from './csv.ts'

/** The cells of `resultRows`, in order. */
export const resultCells = ['column', 'element', 'output', 'kind', ...findingCells] as const
/** The name of a cell of `resultRows`. */
export type ResultCell = (typeof resultCells)[number]
type Cells = Partial<Record<ResultCell, CsvCell>>
/** How kinds of results, and an element that failed, are called in the reader's language. */
export type ResultTexts = { kind: (name: string) => string; failed: string }

/** The findings of an output. If its kind has no rows, one line has all the data. */
const findings = async ({ kind, data }: Output, context: KindContext): Promise<Finding[]> =>
  (await kindNamed(kind)?.rows(data, context)) ?? [
    { value: typeof data === 'string' ? data : JSON.stringify(data) },
  ]

const columnLines = (
  { letter, run, titles, say }: BoardColumn,
  address: AssetAddress,
  texts: ResultTexts,
): Promise<Cells[]>[] =>
  (run?.result?.predictions ?? []).flatMap(({ index, outputs, error }) => {
    const place = { column: letter, element: index + 1 }
    if (error) return [Promise.resolve([{ ...place, kind: texts.failed, value: error.message }])]
    return outputs.map(async (output): Promise<Cells[]> => {
      const { name = null, kind } = output
      const found = await findings(output, { address, say })
      const what = { output: name === null ? null : (titles[name] ?? name), kind: texts.kind(kind) }
      return found.map((cells) => ({ ...place, ...what, ...cells }))
    })
  })

/** Every finding of every column as a row of a table. */
export const resultRows = async (
  columns: readonly BoardColumn[],
  address: AssetAddress,
  texts: ResultTexts,
): Promise<CsvCell[][]> => {
  const lines = await Promise.all(columns.flatMap((column) => columnLines(column, address, texts)))
  return lines.flat().map((line) => resultCells.map((name) => line[name] ?? null))
}
