import { most } from '@vitrine/contract/limits'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, apiUrl } from '../../api/client.ts'
import { callQuery, type CallFilter } from './call-view.ts'

/** The number of calls on a page, unless a person has chosen another. */
export const usualPageSize = 50
/**
 * The first page is read again this often, because new calls appear there. Other pages stay unchanged while
 * they are read.
 */
const refreshMs = 5_000
/** Sums change slowly and take longer to make. */
const summaryRefreshMs = 15_000

/** A page of the calls that pass the filter, newest first. */
export const useCalls = (
  filter: MaybeRefOrGetter<CallFilter>,
  page: MaybeRefOrGetter<number>,
  pageSize: MaybeRefOrGetter<number>,
) =>
  useQuery({
    queryKey: computed(() => ['calls', toValue(filter), toValue(page), toValue(pageSize)]),
    queryFn: ({ signal }) =>
      api(
        'GET /calls',
        {
          query: {
            ...callQuery(toValue(filter), Date.now()),
            page: toValue(page),
            page_size: toValue(pageSize),
          },
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
    refetchInterval: () => (toValue(page) === 1 ? refreshMs : false),
    staleTime: 0,
  })

/** The latencies and callers of the calls that pass the filter. */
export const useCallSummary = (filter: MaybeRefOrGetter<CallFilter>) =>
  useQuery({
    queryKey: computed(() => ['calls', 'summary', toValue(filter)]),
    queryFn: ({ signal }) =>
      api('GET /calls/summary', { query: callQuery(toValue(filter), Date.now()) }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: summaryRefreshMs,
    staleTime: 0,
  })

/** What was sent and answered in a call. It never changes. */
export const useCallBodies = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['calls', 'bodies', toValue(id)]),
    queryFn: ({ signal }) => api('GET /calls/{id}/bodies', { params: { id: toValue(id) } }, { signal }),
    staleTime: Infinity,
  })

/** The address of a file with the calls that pass the filter now. */
export const callFileUrl = (filter: CallFilter): string =>
  apiUrl('/calls/file', { query: callQuery(filter, Date.now()) })

/** Ids and names of the services to choose from. */
export const useServiceNames = () =>
  useQuery({
    queryKey: ['service-names'],
    queryFn: ({ signal }) =>
      api('GET /services', { query: { page_size: most.pageSize, sort: 'name' } }, { signal }),
    select: ({ items }) => items.map(({ id, name }) => ({ id, name })),
    staleTime: 60_000,
  })
