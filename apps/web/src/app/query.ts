import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from '../api/client.ts'

const worthRetrying = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 503)

/**
 * The cache of all server data. Keys begin with the noun of the route (`services`, `tasks`, `showcase`,
 * `algorithms` …), and changes on the server invalidate that noun.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Server data is replaced, never changed in place, so deep reactivity would only cost time.
      shallow: true,
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && worthRetrying(error),
    },
    mutations: { retry: false },
  },
})

/** Answers are in one language. After a switch, data on the page is read again, and all other data is removed. */
export const refetchInNewLanguage = (): void => {
  queryClient.removeQueries({ type: 'inactive' })
  void queryClient.invalidateQueries()
}
