import { statusClasses } from '@vitrine/contract/choices'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { queryValue, withQueryValue } from '../../shared/use-url-state.ts'
import { spans, type CallFilter } from './call-view.ts'

/**
 * The filter and page of the list, kept in the address. A new filter begins on the first page; both are
 * changed together.
 */
export const useCallFilter = () => {
  const route = useRoute()
  const router = useRouter()
  const filter = computed<CallFilter>(() => ({
    service: queryValue(route.query, 'service', ''),
    status: queryValue(route.query, 'status', '', ['', ...statusClasses]),
    caller: queryValue(route.query, 'caller', ''),
    request: queryValue(route.query, 'request', ''),
    span: queryValue(route.query, 'span', '', spans),
  }))
  const page = computed({
    get: () => Math.max(1, Math.floor(Number(queryValue(route.query, 'page', '1'))) || 1),
    set: (value) => void router.replace({ query: withQueryValue(route.query, 'page', String(value), '1') }),
  })
  const set = (name: keyof CallFilter, value: string) => {
    const { page: _, ...rest } = route.query
    void router.replace({ query: withQueryValue(rest, name, value, '') })
  }
  const clear = () => void router.replace({ query: {} })
  return { filter, page, set, clear }
}
