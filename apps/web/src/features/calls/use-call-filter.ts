import { statusClasses } from '@vitrine/contract/choices'
import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { queryValue, withQueryValue } from '../../shared/use-url-state.ts'
import { noFilter, spans, type CallFilter } from './call-view.ts'

const names = ['service', 'status', 'caller', 'min', 'request', 'span', 'from', 'to'] as const

/** Only these values are allowed for some conditions. */
const allowed: { readonly [Name in keyof CallFilter]?: readonly string[] } = {
  status: ['', ...statusClasses],
  span: spans,
}

/**
 * The filter and page of the list, kept in the address. A new filter begins on the first page; both are
 * changed together.
 */
export const useCallFilter = () => {
  const route = useRoute()
  const router = useRouter()
  const filter = computed<CallFilter>(() => {
    const read: CallFilter = { ...noFilter }
    for (const name of names) read[name] = queryValue<string>(route.query, name, '', allowed[name])
    return read
  })
  const page = computed({
    get: () => Math.max(1, Math.floor(Number(queryValue(route.query, 'page', '1'))) || 1),
    set: (value) => void router.replace({ query: withQueryValue(route.query, 'page', String(value), '1') }),
  })
  const set = (changes: Partial<CallFilter>) => {
    const { page: _, ...rest } = route.query
    let query: LocationQuery = rest
    for (const name of names) {
      const value = changes[name]
      if (value !== undefined) query = withQueryValue(query, name, value, '')
    }
    void router.replace({ query })
  }
  const clear = () => void router.replace({ query: {} })
  return { filter, page, set, clear }
}
