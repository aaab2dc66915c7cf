import type { Json } from '@vitrine/contract'
import { isJsonObject } from '../../json-object.ts'

const mostColumns = 200
const isCell = (value: Json): boolean => typeof value !== 'object' || value === null

/**
 * The columns and rows of a value that is a list of objects with the same members, all of them plain values, as data frames are
 * written; null for any other value. The columns are in the order of the first object.
 */
export const recordsIn = (data: Json): { columns: { name: string }[]; rows: Json[][] } | null => {
  if (!Array.isArray(data)) return null
  const records = data.filter(isJsonObject)
  const [first] = records
  if (first === undefined || records.length < data.length) return null
  const names = Object.keys(first)
  if (names.length === 0 || names.length > mostColumns) return null
  const fits = records.every(
    (record) =>
      Object.keys(record).length === names.length &&
      names.every((name) => Object.hasOwn(record, name) && isCell(record[name] ?? null)),
  )
  if (!fits) return null
  return {
    columns: names.map((name) => ({ name })),
    rows: records.map((record) => names.map((name) => record[name] ?? null)),
  }
}
