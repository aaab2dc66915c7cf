import { refDebounced } from '@vueuse/core'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useUrlFilter } from '../../shared/use-url-state.ts'

/** What is searched for in a list, and its page, both in the address; and what is asked of the server, once somebody has stopped typing. */
export const useListSearch = (pageSize: MaybeRefOrGetter<number>) => {
  const { filter, page, set } = useUrlFilter(['q'], { q: '' })
  const q = computed({ get: () => filter.value.q, set: (text) => set({ q: text }) })
  const settled = refDebounced(q, 200)
  const asked = computed(() => ({
    q: settled.value,
    page: page.value,
    page_size: toValue(pageSize),
  }))
  return { q, page, asked }
}
