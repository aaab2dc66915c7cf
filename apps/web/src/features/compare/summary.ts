import type { Output, Run } from '@vitrine/contract'
import { resultSchemas } from '../../shared/viewers/read-data.ts'
import { dataIn } from './data-in.ts'
import { runSeconds } from '../runs/run-state.ts'

/** One value of the summary; null where the column has none. */
export type SummaryValue = { value: number | string; score?: number } | null
/** A line of the summary over all columns. `best` are the places of the best values, where better can be said. */
export type SummaryRow = {
  key: string
  of:
    | { type: 'run_seconds' }
    | { type: 'predict_seconds' }
    | { type: 'output'; kind: string; name: string | null }
  unit: 'seconds' | 'count' | 'words' | 'value' | 'label'
  values: SummaryValue[]
  best: number[]
}

type Measure = { unit: SummaryRow['unit']; value: number | string; score?: number }
type Schemas = Awaited<ReturnType<typeof resultSchemas>>

/** What an output comes down to in one value; null where its kind has no such thing or its data is not in its form. */
const measure = (schemas: Schemas, { kind, data }: Output): Measure | null => {
  const counted = (things: readonly unknown[] | undefined): Measure | null =>
    things === undefined ? null : { unit: 'count', value: things.length }
  switch (kind) {
    case 'detection':
      return counted(dataIn(schemas.detection, data) ?? undefined)
    case 'keypoints':
      return counted(dataIn(schemas.keypoints, data) ?? undefined)
    case 'segmentation':
      return counted(dataIn(schemas.segmentation, data) ?? undefined)
    case 'tokens':
      return counted(dataIn(schemas.tokens, data) ?? undefined)
    case 'tracks':
      return counted(dataIn(schemas.tracks, data)?.tracks)
    case 'table':
      return counted(dataIn(schemas.table, data)?.rows)
    case 'transcript': {
      const text = dataIn(schemas.transcript, data)?.text
      return text === undefined ? null : { unit: 'words', value: countWords(text) }
    }
    case 'text':
    case 'markdown':
      return typeof data === 'string' ? { unit: 'words', value: countWords(data) } : null
    case 'number': {
      const number = dataIn(schemas.number, data)
      return number && { unit: 'value', value: number.value }
    }
    case 'classification': {
      const best = (dataIn(schemas.classification, data) ?? []).reduce<{
        label: string
        score: number
      } | null>((most, row) => (most === null || row.score > most.score ? row : most), null)
      return best && { unit: 'label', value: best.label, score: best.score }
    }
    default:
      return null
  }
}

const countWords = (text: string): number =>
  [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].filter((word) => word.isWordLike)
    .length

/** Counts of several elements add up; labels and numbers of several elements have no common value. */
const joined = (all: readonly Measure[]): Measure | null => {
  const [first] = all
  if (first === undefined || all.length === 1) return first ?? null
  if (first.unit !== 'count' && first.unit !== 'words') return null
  return { ...first, value: all.reduce((sum, { value }) => sum + Number(value), 0) }
}

const outputKey = ({ kind, name }: Output): string => `${kind}/${name ?? ''}`

const outputRows = (runs: readonly (Run | null)[], schemas: Schemas): SummaryRow[] => {
  const outputsOf = (run: Run | null) => run?.result?.predictions.flatMap(({ outputs }) => outputs) ?? []
  const kinds = new Map(runs.flatMap(outputsOf).map((output) => [outputKey(output), output]))
  return [...kinds].flatMap(([key, { kind, name }]): SummaryRow[] => {
    const measures = runs.map((run) =>
      joined(
        outputsOf(run)
          .filter((output) => outputKey(output) === key)
          .flatMap((output) => measure(schemas, output) ?? []),
      ),
    )
    const unit = measures.find((found) => found !== null)?.unit
    if (unit === undefined) return []
    const values = measures.map(
      (found) => found && { value: found.value, ...(found.score !== undefined && { score: found.score }) },
    )
    return [{ key, of: { type: 'output', kind, name: name ?? null }, unit, values, best: [] }]
  })
}

/** Places of the least value, where it is less than another. */
export const leastOf = (values: readonly (number | null)[]): number[] => {
  const known = values.filter((value) => value !== null)
  const least = Math.min(...known)
  if (known.every((value) => value === least)) return []
  return values.flatMap((value, place) => (value === least ? [place] : []))
}

const timeRow = (
  type: 'run_seconds' | 'predict_seconds',
  seconds: (number | null)[],
  best: number[],
): SummaryRow[] =>
  seconds.every((value) => value === null)
    ? []
    : [
        {
          key: type,
          of: { type },
          unit: 'seconds',
          best,
          values: seconds.map((value) => (value === null ? null : { value })),
        },
      ]

/** What a run's columns come down to: times (less is better), then a line for each output. */
export const summarise = async (runs: readonly (Run | null)[]): Promise<SummaryRow[]> => {
  const schemas = await resultSchemas()
  const good = runs.map((run) => (run?.status === 'succeeded' || run?.status === 'partial' ? run : null))
  const runTimes = good.map((run) => (run === null ? null : runSeconds(run)))
  const predictTimes = good.map((run) => {
    const seconds = run?.result?.metrics.predict_time
    return typeof seconds === 'number' ? seconds : null
  })
  // Columns of one algorithm may have waited for each other: where the time to compute is known, that is what counts.
  const isKnown = predictTimes.every((seconds, place) => seconds !== null || good[place] === null)
  return [
    ...timeRow('run_seconds', runTimes, isKnown ? [] : leastOf(runTimes)),
    ...timeRow('predict_seconds', predictTimes, isKnown ? leastOf(predictTimes) : []),
    ...outputRows(good, schemas),
  ]
}
