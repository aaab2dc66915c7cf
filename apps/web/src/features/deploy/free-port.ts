import { ApiError } from '../../api/client.ts'

/** The free front port that the server offers where the one asked for is taken; null where it offers none. */
export const freePortIn = (error: unknown): number | null => {
  const offered = error instanceof ApiError && error.code === 'port.taken' ? error.details.nearest_free : null
  return typeof offered === 'number' ? offered : null
}
