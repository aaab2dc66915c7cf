import { most } from '@vitrine/contract/limits'
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { callQuery, type CallFilter } from './call-view.ts'

/** The number of calls on a page. */
export const pageSize = 50
/**
 * The first page is read again this often, because new calls appear there. Other pages stay unchanged while
 * they are read.
 */
const refreshMs = 5_000

/** A page of the calls that pass the filter, newest first. */
export const useCalls = (filter: MaybeRefOrGetter<CallFilter>, page: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: computed(() => ['calls', toValue(filter), toValue(page)]),
    queryFn: ({ signal }) =>
      api(
        'GET /calls',
        { query: callQuery(toValue(filter), toValue(page), pageSize, Date.now()) },
        { signal },
      ),
    placeholderData: keepPreviousData,
    refetchInterval: () => (toValue(page) === 1 ? refreshMs : false),
    staleTime: 0,
  })

/** Ids and names of the services to choose from. */
export const useServiceNames = () =>
  useQuery({
    queryKey: ['service-names'],
    queryFn: ({ signal }) =>
      api('GET /services', { query: { page_size: most.pageSize, sort: 'name' } }, { signal }),
    select: ({ items }) => items.map(({ id, name }) => ({ id, name })),
    staleTime: 60_000,
  })
