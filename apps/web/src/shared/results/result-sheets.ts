import type { Output, PredictResponse } from '@vitrine/contract'
import type { KindContext, Sheet } from '../kinds/kind.ts'
import { kindNamed } from '../kinds/registry.ts'

type Predictions = PredictResponse['predictions']
/** The sheets of an answer, and what is left of it: whatever is no sheet. */
export type Sheets = { sheets: Sheet[]; others: Predictions }

const sheetOf = async ({ kind, data }: Output, context: KindContext): Promise<Sheet | null> =>
  (await kindNamed(kind)?.sheet(data, context)) ?? null

/**
 * Outputs of an answer that are a sheet by themselves, such as a table. Those with the same columns become one; of several elements
 * of the input, each row then begins with the number of its element, below `element`.
 */
export const resultSheets = async (
  predictions: Predictions,
  { context, element }: { context: KindContext; element: string },
): Promise<Sheets> => {
  const found = new Map<string, { head: Sheet['head']; rows: Sheet['rows'][] }>()
  const others: Predictions = []
  for (const prediction of predictions) {
    const left: Output[] = []
    for (const output of prediction.outputs) {
      const sheet = await sheetOf(output, context)
      if (sheet === null) {
        left.push(output)
        continue
      }
      const isOneOfMany = predictions.length > 1
      const head = isOneOfMany ? [element, ...sheet.head] : sheet.head
      const rows = isOneOfMany ? sheet.rows.map((row) => [prediction.index + 1, ...row]) : sheet.rows
      const key = JSON.stringify([output.name ?? '', head])
      const parts = found.get(key) ?? { head, rows: [] }
      parts.rows.push(rows)
      found.set(key, parts)
    }
    if (left.length > 0 || prediction.error) others.push({ ...prediction, outputs: left })
  }
  return { sheets: [...found.values()].map(({ head, rows }) => ({ head, rows: rows.flat() })), others }
}
