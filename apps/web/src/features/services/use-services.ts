import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

// CPU and memory change without an event: read them anew while the page is looked at.
const refreshMs = 5_000

/** Services whose id or name match `q`, all on one page. */
export const useServices = (q: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['services', 'list', () => toValue(q)],
    queryFn: ({ signal }) => api('GET /services', { query: { q: toValue(q), page_size: 500 } }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  })

/** One service, kept as the server has it. */
export const useService = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['services', 'one', () => toValue(id)],
    queryFn: ({ signal }) => api('GET /services/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval: refreshMs,
  })
