import type { Output, Run, Say } from '@vitrine/contract'
import type { KindContext, Measure } from '../../shared/kinds/kind.ts'
import { kindNamed } from '../../shared/kinds/registry.ts'
import type { AssetAddress } from '../../shared/viewers/media-source.ts'
import { computedSeconds, totalSeconds } from '../runs/run-state.ts'
import { bestTimes } from './best-times.ts'

/** What the summary needs of a column: its run, and what says the texts of its results. */
export type Summarised = { run: Run | null; say: Say | undefined }

/** One value of the summary. Null if the column has none. */
export type SummaryValue = Omit<Measure, 'unit'> | null
/**
 * A row of the summary, over all columns. `best` are the indexes of the best values, if values can be ranked. `even`:
 * they are ranked, but cannot be told apart.
 */
export type SummaryRow = {
  key: string
  of:
    | { type: 'run_seconds' }
    | { type: 'predict_seconds' }
    | { type: 'output'; kind: string; name: string | null }
  unit: 'seconds' | Measure['unit']
  values: SummaryValue[]
  best: number[]
  even: boolean
}

/** Counts of several elements are added up. Labels and numbers of several elements have no common value. */
const joined = (all: readonly Measure[]): Measure | null => {
  const [first] = all
  if (first === undefined || all.length === 1) return first ?? null
  if (first.unit !== 'count' && first.unit !== 'words') return null
  return { ...first, value: all.reduce((sum, { value }) => sum + Number(value), 0) }
}

const outputKey = ({ kind, name }: Output): string => `${kind}/${name ?? ''}`

const outputsOf = (run: Run | null): Output[] =>
  run?.result?.predictions.flatMap(({ outputs }) => outputs) ?? []

/** The main value of a run's outputs with one key. */
const measureOf = async (run: Run | null, key: string, context: KindContext): Promise<Measure | null> => {
  const measures = outputsOf(run)
    .filter((output) => outputKey(output) === key)
    .flatMap(({ kind, data }) => kindNamed(kind)?.measure(data, context) ?? [])
  return joined((await Promise.all(measures)).filter((measure) => measure !== null))
}

const outputRows = async (columns: readonly Summarised[], address: AssetAddress): Promise<SummaryRow[]> => {
  const kinds = new Map(
    columns.flatMap(({ run }) => outputsOf(run)).map((output) => [outputKey(output), output]),
  )
  const rows = [...kinds].map(async ([key, { kind, name }]): Promise<SummaryRow[]> => {
    const measures = await Promise.all(columns.map(({ run, say }) => measureOf(run, key, { address, say })))
    const unit = measures.find((found) => found !== null)?.unit
    if (unit === undefined) return []
    const values = measures.map((found): SummaryValue => {
      if (found === null) return null
      const { unit: _unit, ...value } = found
      return value
    })
    return [{ key, of: { type: 'output', kind, name: name ?? null }, unit, values, best: [], even: false }]
  })
  return (await Promise.all(rows)).flat()
}

const timeRow = (
  type: 'run_seconds' | 'predict_seconds',
  seconds: (number | null)[],
  best: number[] | null,
): SummaryRow[] =>
  seconds.every((value) => value === null)
    ? []
    : [
        {
          key: type,
          of: { type },
          unit: 'seconds',
          best: best ?? [],
          even: best?.length === 0 && seconds.filter((value) => value !== null).length > 1,
          values: seconds.map((value) => (value === null ? null : { value })),
        },
      ]

/** The summary of the columns: the durations (less is better), then one row for each output. */
export const summarise = async (
  columns: readonly Summarised[],
  address: AssetAddress,
): Promise<SummaryRow[]> => {
  const good = columns.map(({ run }) =>
    run?.status === 'succeeded' || run?.status === 'partial' ? run : null,
  )
  const said = columns.map(({ say }, place) => ({ run: good[place] ?? null, say }))
  const runTimes = good.map((run) => (run === null ? null : totalSeconds(run)))
  const predictTimes = good.map((run) => (run === null ? null : computedSeconds(run)))
  // Columns of the same algorithm may have waited for each other, so the computing time counts if it is
  // known.
  const isKnown = predictTimes.every((seconds, place) => seconds !== null || good[place] === null)
  return [
    ...timeRow('run_seconds', runTimes, isKnown ? null : bestTimes(good, runTimes)),
    ...timeRow('predict_seconds', predictTimes, isKnown ? bestTimes(good, predictTimes) : null),
    ...(await outputRows(said, address)),
  ]
}
