import type { Output, Run } from '@vitrine/contract'
import type { KindContext, Measure } from '../../shared/kinds/kind.ts'
import { kindNamed } from '../../shared/kinds/registry.ts'
import { runSeconds } from '../runs/run-state.ts'

/** One value of the summary; null where the column has none. */
export type SummaryValue = Omit<Measure, 'unit'> | null
/** A line of the summary over all columns. `best` are the places of the best values, where better can be said. */
export type SummaryRow = {
  key: string
  of:
    | { type: 'run_seconds' }
    | { type: 'predict_seconds' }
    | { type: 'output'; kind: string; name: string | null }
  unit: 'seconds' | Measure['unit']
  values: SummaryValue[]
  best: number[]
}

/** Counts of several elements add up; labels and numbers of several elements have no common value. */
const joined = (all: readonly Measure[]): Measure | null => {
  const [first] = all
  if (first === undefined || all.length === 1) return first ?? null
  if (first.unit !== 'count' && first.unit !== 'words') return null
  return { ...first, value: all.reduce((sum, { value }) => sum + Number(value), 0) }
}

const outputKey = ({ kind, name }: Output): string => `${kind}/${name ?? ''}`

const outputsOf = (run: Run | null): Output[] =>
  run?.result?.predictions.flatMap(({ outputs }) => outputs) ?? []

/** What the outputs of a run with one key come down to. */
const measureOf = async (run: Run | null, key: string, context: KindContext): Promise<Measure | null> => {
  const measures = outputsOf(run)
    .filter((output) => outputKey(output) === key)
    .flatMap(({ kind, data }) => kindNamed(kind)?.measure(data, context) ?? [])
  return joined((await Promise.all(measures)).filter((measure) => measure !== null))
}

const outputRows = async (runs: readonly (Run | null)[], context: KindContext): Promise<SummaryRow[]> => {
  const kinds = new Map(runs.flatMap(outputsOf).map((output) => [outputKey(output), output]))
  const rows = [...kinds].map(async ([key, { kind, name }]): Promise<SummaryRow[]> => {
    const measures = await Promise.all(runs.map((run) => measureOf(run, key, context)))
    const unit = measures.find((found) => found !== null)?.unit
    if (unit === undefined) return []
    const values = measures.map((found): SummaryValue => {
      if (found === null) return null
      const { unit: _unit, ...value } = found
      return value
    })
    return [{ key, of: { type: 'output', kind, name: name ?? null }, unit, values, best: [] }]
  })
  return (await Promise.all(rows)).flat()
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
export const summarise = async (
  runs: readonly (Run | null)[],
  context: KindContext,
): Promise<SummaryRow[]> => {
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
    ...(await outputRows(good, context)),
  ]
}
