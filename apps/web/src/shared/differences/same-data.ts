import type { Json } from '@vitrine/contract'

/** JSON with the fields of every object sorted by name. */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join()}}`
}

/** Whether two values are equal, regardless of the order of their fields. */
export const sameData = (a: Json, b: Json): boolean => canonical(a) === canonical(b)
