import { QueryClient } from '@tanstack/vue-query'
import { isUnreachable } from '../api/errors.ts'
import { reopenEvents } from '../api/events.ts'

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
      // The server may be on a machine without a network, so requests are sent even if the browser says that it is
      // offline. They fail with a message, and succeed again when the network is back. No action of a person waits
      // unnoticed to be done later.
      networkMode: 'always',
      refetchOnReconnect: true,
      retry: (failures, error) => failures < 2 && isUnreachable(error),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})

/**
 * Answers and events are in one language. After a switch, data on the page is read again, all other data is removed, and
 * streams are opened again.
 */
export const refetchInNewLanguage = (): void => {
  reopenEvents()
  queryClient.removeQueries({ type: 'inactive' })
  void queryClient.invalidateQueries()
}
