import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { runListKey } from './run-queries.ts'

/** How often the outcome of a replay that still runs is asked for, in milliseconds. */
const askEveryMs = 1_000

/**
 * Replays a run, and follows whether the result is the same. `replayId`: the replay whose outcome is shown at first, if the run is
 * one itself.
 */
export const useReplay = (
  of: MaybeRefOrGetter<{ runId: string; serviceId: string; replayId: string | null }>,
) => {
  const queries = useQueryClient()
  const start = useMutation({
    mutationFn: async () => {
      const { runId, serviceId } = toValue(of)
      const { run_id: id } = await api('POST /runs/{id}/replay', { params: { id: runId } })
      await queries.invalidateQueries({ queryKey: runListKey(serviceId) })
      return id
    },
  })
  const shownId = computed(() => start.data.value ?? toValue(of).replayId)
  const outcome = useQuery({
    queryKey: computed(() => ['runs', 'replay', shownId.value]),
    queryFn: ({ signal }) =>
      api('GET /runs/{id}/replay', { params: { id: shownId.value ?? '' } }, { signal }),
    enabled: computed(() => shownId.value !== null),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? askEveryMs : false),
  })
  const isBusy = computed(() => start.isPending.value || outcome.data.value?.state === 'pending')
  const error = computed(() => start.error.value ?? outcome.error.value)
  return { start, outcome, isBusy, error }
}
