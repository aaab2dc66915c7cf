import type { ShowcaseItem } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'
import { useQuery } from '@tanstack/vue-query'
import { refDebounced } from '@vueuse/core'
import { computed, toValue, type MaybeRefOrGetter, type Ref } from 'vue'
import { api } from '../../api/client.ts'
import { withDistinctNames } from '../../shared/distinct-names.ts'

/** Reads every algorithm in which the server finds a text, or all for an empty one, in as few requests as possible. */
export const readShowcase = async (q: string, signal: AbortSignal) => {
  const items: ShowcaseItem[] = []
  for (let page = 1; ; page++) {
    const answer = await api('GET /showcase', { query: { q, page, page_size: most.pageSize } }, { signal })
    items.push(...answer.items)
    if (answer.items.length === 0 || items.length >= answer.total) return { items, total: items.length }
  }
}

/**
 * All algorithms of the showcase, with unique names. They are read at once, so that search and filter respond at
 * once. A platform has tens to hundreds of algorithms. Read only if `wanted`.
 */
export const useShowcase = (wanted: MaybeRefOrGetter<boolean> = true) =>
  useQuery({
    queryKey: ['showcase', 'list'],
    queryFn: ({ signal }) => readShowcase('', signal),
    select: (page) => ({ ...page, items: withDistinctNames(page.items, (item) => item.service_id) }),
    enabled: computed(() => toValue(wanted)),
  })

const searchAfterMs = 250

/**
 * The ids of algorithms in which the server finds a text, which also knows the other language. Empty until it has answered:
 * the page itself finds most at once.
 */
export const useFoundElsewhere = (search: Ref<string>): Ref<ReadonlySet<string>> => {
  const q = refDebounced(search, searchAfterMs)
  const { data } = useQuery({
    queryKey: computed(() => ['showcase', 'found', q.value]),
    queryFn: ({ signal }) => readShowcase(q.value, signal),
    enabled: computed(() => q.value.trim() !== ''),
  })
  return computed(() => {
    const isCurrent = q.value === search.value && q.value.trim() !== ''
    return new Set(isCurrent ? data.value?.items.map(({ service_id: id }) => id) : [])
  })
}
