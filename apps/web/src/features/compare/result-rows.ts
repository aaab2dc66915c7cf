import type { Json, Output } from '@vitrine/contract'
import { resultSchemas } from '../../shared/viewers/read-data.ts'
import { dataIn } from './data-in.ts'
import type { BoardColumn } from './board-columns.ts'
import type { CsvCell } from './csv.ts'

/** Names of the cells of `resultRows`, in their order. */
export const resultCells = [
  'column',
  'element',
  'output',
  'kind',
  'label',
  'score',
  'xmin',
  'ymin',
  'xmax',
  'ymax',
  'start',
  'end',
  'frame',
  'track',
  'value',
] as const
type Cells = Partial<Record<(typeof resultCells)[number], CsvCell>>

/** Every single finding of every column as a line of a table. */
export const resultRows = async (columns: readonly BoardColumn[]): Promise<CsvCell[][]> => {
  const schemas = await resultSchemas()
  const lines = columns.flatMap(({ letter, run }) =>
    (run?.result?.predictions ?? []).flatMap(({ index, outputs, error }): Cells[] => {
      const place = { column: letter, element: index + 1 }
      if (error) return [{ ...place, kind: 'error', value: `${error.code}: ${error.message}` }]
      return outputs.flatMap((output) =>
        findings(schemas, output).map((cells) => ({
          ...place,
          output: output.name ?? null,
          kind: output.kind,
          ...cells,
        })),
      )
    }),
  )
  return lines.map((line) => resultCells.map((name) => line[name] ?? null))
}

const asValue = (data: Json): Cells[] => [{ value: typeof data === 'string' ? data : JSON.stringify(data) }]

const findings = (schemas: Awaited<ReturnType<typeof resultSchemas>>, { kind, data }: Output): Cells[] => {
  switch (kind) {
    case 'classification':
      return dataIn(schemas.classification, data) ?? asValue(data)
    case 'detection':
      return (
        dataIn(schemas.detection, data)?.map(({ label, score, box }) => ({ label, score, ...box })) ??
        asValue(data)
      )
    case 'keypoints':
      return (
        dataIn(schemas.keypoints, data)?.flatMap(({ label, points }) =>
          points.map(({ name, x, y, score }) => ({
            ...{ label: label ?? null, score: score ?? null },
            ...{ xmin: x, ymin: y, xmax: x, ymax: y, value: name ?? null },
          })),
        ) ?? asValue(data)
      )
    case 'tokens':
      return (
        dataIn(schemas.tokens, data)?.map(({ text, score, ...rest }) => ({
          ...rest,
          score: score ?? null,
          value: text,
        })) ?? asValue(data)
      )
    case 'transcript':
      return (
        dataIn(schemas.transcript, data)?.chunks.map(({ text, start, end, score }) => ({
          ...{ start, end, value: text },
          score: score ?? null,
        })) ?? asValue(data)
      )
    case 'tracks':
      return (
        dataIn(schemas.tracks, data)?.tracks.flatMap(({ id, label, frames }) =>
          frames.map(([frame = 0, x = 0, y = 0, width = 0, height = 0, confidence]) => ({
            ...{ track: id, label, frame, score: confidence ?? null },
            ...{ xmin: x, ymin: y, xmax: x + width, ymax: y + height },
          })),
        ) ?? asValue(data)
      )
    case 'number': {
      const number = dataIn(schemas.number, data)
      return number === null ? asValue(data) : [{ value: number.value, label: number.unit ?? null }]
    }
    default:
      return asValue(data)
  }
}
