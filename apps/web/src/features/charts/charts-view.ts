import type { EndpointResponse } from '@vitrine/contract'
import { withDistinctNames } from '../../shared/distinct-names.ts'

type Charts = EndpointResponse<'GET /service-metrics'>
type Values = (number | null)[]
/** What a chart shows of each service. */
export const measures = ['calls', 'errors', 'memory_bytes'] as const
type Measure = (typeof measures)[number]

const sumOf = (values: readonly (number | null)[]) =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
/** Null if nothing was measured: a sum of nothing would be a line that falls to zero. */
const measuredSum = (values: Values) => (values.every((value) => value === null) ? null : sumOf(values))

/** When the steps begin, in milliseconds. Pure. */
export const stepTimes = ({ since, step_s: stepS, items }: Charts): number[] =>
  Array.from({ length: items[0]?.calls.length ?? 0 }, (_, place) => Date.parse(since) + place * stepS * 1_000)

/**
 * The services with the most of a measure, one line each, and all others together, so that a chart of two hundred services
 * can be read. Services without any are left out. `id` is null for the others. Pure.
 */
export const linesOf = (
  items: Charts['items'],
  measure: Measure,
  most: number,
): { id: string | null; values: Values; count: number }[] => {
  const sorted = items
    .map((item) => ({ id: item.service_id, values: item[measure], sum: sumOf(item[measure]) }))
    .filter(({ sum }) => sum > 0)
    .toSorted((a, b) => b.sum - a.sum)
  const rest = sorted.slice(most)
  const others = rest[0]?.values.map((_, place) =>
    measuredSum(rest.map(({ values }) => values[place] ?? null)),
  )
  return [
    ...sorted.slice(0, most).map(({ id, values }) => ({ id, values, count: 1 })),
    ...(others === undefined ? [] : [{ id: null, values: others, count: rest.length }]),
  ]
}

/** What services are called, by ID. Pure. */
export const namesOf = (services: readonly { id: string; name: string }[]): ReadonlyMap<string, string> =>
  new Map(withDistinctNames(services, ({ id }) => id).map(({ id, name }) => [id, name]))

/** One row for each service, those with the most errors and then the most calls first. Pure. */
export const rowsOf = (items: Charts['items']) =>
  items
    .map((item) => ({ ...item, allCalls: sumOf(item.calls), allErrors: sumOf(item.errors) }))
    .toSorted((a, b) => b.allErrors - a.allErrors || b.allCalls - a.allCalls)
