import type { Output, PredictResponse } from '@vitrine/contract'
import type { CsvCell } from '@vitrine/contract/csv'
import { findingCells, type Finding, type KindContext } from '../kinds/kind.ts'
import { kindNamed } from '../kinds/registry.ts'

/** The cells of `resultRows`, in order. */
export const resultCells = ['element', 'output', 'kind', ...findingCells] as const
/** The name of a cell of `resultRows`. */
export type ResultCell = (typeof resultCells)[number]
type Cells = Partial<Record<ResultCell, CsvCell>>
/** What a table of results says besides its cells, in the reader's language: names of kinds and heads, and the word for an element that failed. */
export type ResultTexts = {
  kind: (name: string) => string
  cell: (name: ResultCell) => string
  failed: string
}
/** The algorithm's own titles of its outputs, and the words and place of their files. */
type Source = { titles: Record<string, string>; context: KindContext }

/** The findings of an output. If its kind has no rows, one line has all the data. */
const findings = async ({ kind, data }: Output, context: KindContext): Promise<Finding[]> =>
  (await kindNamed(kind)?.rows(data, context)) ?? [
    { value: typeof data === 'string' ? data : JSON.stringify(data) },
  ]

const linesOf = async (output: Output, { titles, context }: Source, texts: ResultTexts): Promise<Cells[]> => {
  const { name = null, kind } = output
  const what = { output: name === null ? null : (titles[name] ?? name), kind: texts.kind(kind) }
  return (await findings(output, context)).map((cells) => ({ ...what, ...cells }))
}

/** Every finding of an algorithm's answer as a row of a table. */
export const resultRows = async (
  predictions: PredictResponse['predictions'],
  source: Source,
  texts: ResultTexts,
): Promise<CsvCell[][]> => {
  const lines = await Promise.all(
    predictions.map(async ({ index, outputs, error }): Promise<Cells[]> => {
      const found: Cells[] = error
        ? [{ kind: texts.failed, value: error.message }]
        : (await Promise.all(outputs.map((output) => linesOf(output, source, texts)))).flat()
      return found.map((line) => ({ element: index + 1, ...line }))
    }),
  )
  return lines.flat().map((line) => resultCells.map((name) => line[name] ?? null))
}
