import type { Comparison, Run } from '@vitrine/contract'
import { useQueries, useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { readRun, runKey } from '../runs/run-queries.ts'
import { isFinished } from '../runs/run-state.ts'
import { useComparedRuns } from './use-compared-runs.ts'

/** Key of a comparison in the cache of what comes from the server. */
export const comparisonKey = (id: string) => ['comparisons', 'one', id] as const
/** Key of the lists of comparisons. */
export const comparisonListKey = ['comparisons', 'list'] as const

/** How often is asked while the stream of events is not open. */
const everyMs = 800
type Asked<Item> = { state: { data: Item | undefined } }
const whileUnderWay = ({ state }: Asked<Comparison | Run>): number | false =>
  state.data === undefined || isFinished(state.data.status) ? false : everyMs

/**
 * A comparison and what is known of its columns' runs, kept up to date until all have come to their end: by their events, and by asking
 * again and again only where the stream of these breaks.
 */
export const useComparison = (id: MaybeRefOrGetter<string>) => {
  const pushed = ref(false)
  const refetchInterval = computed<false | typeof whileUnderWay>(() => (pushed.value ? false : whileUnderWay))
  const comparison = useQuery({
    queryKey: computed(() => comparisonKey(toValue(id))),
    queryFn: ({ signal }) => api('GET /comparisons/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval,
  })
  const { runIds, runs, take } = useComparedRuns(() => comparison.data.value, {
    pushed,
    ended: () => void comparison.refetch(),
  })
  const found = useQueries({
    queries: computed(() =>
      runIds.value.map((runId) => ({
        queryKey: runKey(runId),
        queryFn: ({ signal }: { signal: AbortSignal }) => readRun(runId, signal),
        refetchInterval: refetchInterval.value,
      })),
    ),
  })
  watch(
    () => found.value.flatMap(({ data }) => data ?? []),
    (all) => all.forEach((run) => take(run.id, { event: 'status', data: run })),
    { immediate: true },
  )
  return { comparison, runs }
}
