import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { stageRefreshMs } from './stage-state.ts'

/** A service's stage, kept up to date. */
export const useStage = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['showcase', 'stage', toValue(id)]),
    queryFn: ({ signal }) => api('GET /showcase/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval: ({ state }) => (state.data === undefined ? false : stageRefreshMs(state.data)),
  })

/** Whether the person may start a stopped service, and the action that starts it. Read only if `wanted`. */
export const useStartService = (id: MaybeRefOrGetter<string>, wanted: MaybeRefOrGetter<boolean>) => {
  const queries = useQueryClient()
  const service = useQuery({
    queryKey: computed(() => ['services', 'one', toValue(id)]),
    queryFn: ({ signal }) => api('GET /services/{id}', { params: { id: toValue(id) } }, { signal }),
    enabled: computed(() => toValue(wanted)),
  })
  const start = useMutation({
    mutationFn: () => api('POST /services/start/{id}', { params: { id: toValue(id) } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['showcase', 'stage', toValue(id)] })
    },
  })
  const mayStart = computed(() => service.data.value?.may_operate === true)
  return { mayStart, start }
}
