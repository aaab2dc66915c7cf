import type { Json } from '@vitrine/contract'

/** A cell of a table as text; empty for one without a value. */
export const cellText = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
