import { isRefusal } from '../../api/client.ts'

/** The free front port that the server offers if the requested one is taken. Null if it offers none. */
export const freePortIn = (error: unknown): number | null => {
  const offered = isRefusal(error, 'port.taken') ? error.details.nearest_free : null
  return typeof offered === 'number' ? offered : null
}
