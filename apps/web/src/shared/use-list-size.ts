import { most } from '@vitrine/contract/limits'
import { readonly, ref, type Ref } from 'vue'

type List = { items: readonly unknown[]; total: number }

/**
 * How much of a long list is read: one `page` at first, and another with each `more`. The server gives a limited number at once,
 * so that a list with more of them ends there.
 */
export const useListSize = (
  page: number,
): { size: Readonly<Ref<number>>; hasMore: (list: List | undefined) => boolean; more: () => void } => {
  const size = ref(page)
  return {
    size: readonly(size),
    hasMore: (list) =>
      list !== undefined && list.total > list.items.length && list.items.length < most.pageSize,
    more: () => {
      size.value = Math.min(most.pageSize, size.value + page)
    },
  }
}
