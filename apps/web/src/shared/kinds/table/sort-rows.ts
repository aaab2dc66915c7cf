import type { Json } from '@vitrine/contract'

/** The column by which rows are sorted. */
export type Order = { column: number; descending: boolean }

/** The order after a press on a column's head: ascending, descending, then none. */
export const nextOrder = (now: Order | null, column: number): Order | null => {
  if (now?.column !== column) return { column, descending: false }
  return now.descending ? null : { column, descending: true }
}

const isNothing = (value: Json | undefined): boolean => value === undefined || value === null || value === ''

const compare = (a: Json | undefined, b: Json | undefined): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const words = [a, b].map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return (words[0] ?? '').localeCompare(words[1] ?? '', undefined, { numeric: true })
}

/** Rows in an order. Empty cells come last in both directions, and equal rows keep their order. */
export const sortRows = (rows: readonly Json[][], order: Order | null): readonly Json[][] => {
  if (order === null) return rows
  const { column, descending } = order
  return [...rows].sort((first, second) => {
    const [a, b] = [first[column], second[column]]
    if (isNothing(a) || isNothing(b)) return Number(isNothing(a)) - Number(isNothing(b))
    return descending ? compare(b, a) : compare(a, b)
  })
}
