import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/**
 * What to do with a service whose deployment has ended well: try it, or first say what its stage shows. Its stage is read
 * once the service is known.
 */
export const useNextStep = (serviceId: MaybeRefOrGetter<string | null>) => {
  const stage = useQuery({
    queryKey: computed(() => ['showcase', 'stage', toValue(serviceId)]),
    queryFn: ({ signal }) =>
      api('GET /showcase/{id}', { params: { id: toValue(serviceId) ?? '' } }, { signal }),
    enabled: computed(() => toValue(serviceId) !== null),
  })
  return computed(() => {
    const id = toValue(serviceId) ?? ''
    if (stage.data.value?.way !== 'none')
      return { to: `/stage/${id}`, label: 'try_it', text: 'ready_text' } as const
    const to = stage.data.value.may_map ? `/stage/${id}/setup` : `/stage/${id}`
    return { to, label: 'set_up', text: 'ready_api' } as const
  })
}
