import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { queryValue, withQueryValue } from '../../shared/use-url-state.ts'
import type { AuditChoice } from './audit-filter.ts'

const names = ['q', 'outcome', 'from', 'to'] as const

/**
 * What is shown of the audit log, and its page, kept in the address. A new choice begins on the first page;
 * both are changed together, because of two navigations at once only the last happens.
 */
export const useAuditFilter = () => {
  const route = useRoute()
  const router = useRouter()
  const filter = computed<AuditChoice>(() => {
    const read: AuditChoice = { q: '', outcome: '', from: '', to: '' }
    for (const name of names) read[name] = queryValue(route.query, name, '')
    return read
  })
  const page = computed({
    get: () => Math.max(1, Number.parseInt(queryValue(route.query, 'page', '1'), 10) || 1),
    set: (number) =>
      void router.replace({
        query: withQueryValue(route.query, 'page', String(number), '1'),
        hash: route.hash,
      }),
  })
  const set = (changes: Partial<AuditChoice>) => {
    let query = withQueryValue(route.query, 'page', '1', '1')
    for (const name of names) {
      const value = changes[name]
      if (value !== undefined) query = withQueryValue(query, name, value, '')
    }
    void router.replace({ query, hash: route.hash })
  }
  return { filter, page, set }
}
