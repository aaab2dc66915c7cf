import type { Json } from '@vitrine/contract'

/** Whether a JSON value is an object, and not a list or null. */
export const isJsonObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
