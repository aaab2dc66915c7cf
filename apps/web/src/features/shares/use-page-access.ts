import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/**
 * Whether visitors of a link can open the page of a service (`isOpen`, undefined while it is not known), whether the
 * person may change that, and what opens it to everybody. Read only if `wanted`.
 */
export const usePageAccess = (id: MaybeRefOrGetter<string>, wanted: MaybeRefOrGetter<boolean>) => {
  const queries = useQueryClient()
  const service = useQuery({
    queryKey: computed(() => ['services', 'one', toValue(id)]),
    queryFn: ({ signal }) => api('GET /services/{id}', { params: { id: toValue(id) } }, { signal }),
    enabled: computed(() => toValue(wanted)),
  })
  const isOpen = computed(() => {
    const { data } = service
    return data.value && data.value.auth === 'public'
  })
  const mayOpen = computed(() => service.data.value?.may_own === true)
  const openToAll = async () => {
    await api('PATCH /services/{id}', { params: { id: toValue(id) }, body: { auth: 'public' } })
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['services'] }),
      queries.invalidateQueries({ queryKey: ['showcase'] }),
    ])
  }
  return { isOpen, mayOpen, openToAll }
}
