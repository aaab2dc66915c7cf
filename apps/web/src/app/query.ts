import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from '../api/client.ts'

const worthRetrying = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 503)

/**
 * The cache of everything that comes from the server. Keys begin with the noun of the route (`services`, `tasks`,
 * `showcase`, `algorithms` …): what changes on the server is invalidated by that word.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What comes from the server is replaced, never changed in place: reactive in depth it would only cost.
      shallow: true,
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && worthRetrying(error),
    },
    mutations: { retry: false },
  },
})

/** Answers are in one language. After a switch what is on the page is asked for again, and what is not there any more is forgotten. */
export const askInNewLanguage = (): void => {
  queryClient.removeQueries({ type: 'inactive' })
  void queryClient.invalidateQueries()
}
