import type { Service } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

// CPU and memory change without an event, so they are read this often while the page is visible, in
// milliseconds.
const refreshMs = 5_000
const sparkPoints = 30

/** Reads every service, in as few requests as possible. */
export const readServices = async ({ signal }: { signal: AbortSignal }) => {
  const items: Service[] = []
  for (let page = 1; ; page++) {
    const answer = await api('GET /services', { query: { page, page_size: most.pageSize } }, { signal })
    items.push(...answer.items)
    if (answer.items.length === 0 || items.length >= answer.total) return { items, total: items.length }
  }
}

/** Every service, if they are wanted. The page itself searches and filters, so that it responds to every key. */
export const useServices = (enabled: MaybeRefOrGetter<boolean> = true) =>
  useQuery({
    queryKey: ['services', 'list'],
    enabled: () => toValue(enabled),
    queryFn: readServices,
    refetchInterval: refreshMs,
  })

/** One service, kept up to date. */
export const useService = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['services', 'one', () => toValue(id)],
    queryFn: ({ signal }) => api('GET /services/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval: refreshMs,
  })

/**
 * What a service is called. Empty while its name is read, so that no id is shown for a moment; its id if it is deleted or may not
 * be seen. Null is no service.
 */
export const useServiceName = (id: MaybeRefOrGetter<string | null>) => {
  const known = computed(() => toValue(id) ?? '')
  const query = useQuery({
    queryKey: ['services', 'one', known],
    queryFn: ({ signal }) => api('GET /services/{id}', { params: { id: known.value } }, { signal }),
    enabled: () => known.value !== '',
    retry: false,
  })
  return computed(() => query.data.value?.name ?? (query.isError.value ? known.value : ''))
}

/** Small charts of all services in the last hour, by service id. */
export const useServiceSparks = () =>
  useQuery({
    queryKey: ['service-metrics', sparkPoints],
    queryFn: ({ signal }) =>
      api('GET /service-metrics', { query: { minutes: 60, points: sparkPoints } }, { signal }),
    select: ({ step_s: stepS, items }) => ({
      stepS,
      of: new Map(items.map((item) => [item.service_id, item])),
    }),
    refetchInterval: 30_000,
    staleTime: 30_000,
  })
