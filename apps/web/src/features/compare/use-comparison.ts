import type { Comparison, Run } from '@vitrine/contract'
import { useMutation, useQueries, useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { ApiError, api } from '../../api/client.ts'
import { readRun, runKey } from '../runs/run-queries.ts'
import { isFinished } from '../runs/run-state.ts'
import { useComparedRuns } from './use-compared-runs.ts'

/** The query key of a comparison. */
export const comparisonKey = (id: string) => ['comparisons', 'one', id] as const
/** The query key of the lists of comparisons. */
export const comparisonListKey = ['comparisons', 'list'] as const

/** How often the runs are read while the event stream is not open, in milliseconds. */
const everyMs = 800
type Asked<Item> = { state: { data: Item | undefined } }
const whileUnderWay = ({ state }: Asked<Comparison | Run>): number | false =>
  state.data === undefined || isFinished(state.data.status) ? false : everyMs

const cancelRun = (id: string): Promise<Run> => api('POST /runs/{id}/cancel', { params: { id } })
const hasEnded = (error: unknown): boolean => error instanceof ApiError && error.code === 'run.ended'

/**
 * A comparison and the state of its runs, kept up to date until all have ended. Uses their events, and polls
 * only while the stream is broken.
 */
export const useComparison = (id: MaybeRefOrGetter<string>) => {
  const pushed = ref(false)
  const refetchInterval = computed<false | typeof whileUnderWay>(() => (pushed.value ? false : whileUnderWay))
  const comparison = useQuery({
    queryKey: computed(() => comparisonKey(toValue(id))),
    queryFn: ({ signal }) => api('GET /comparisons/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval,
  })
  const { runIds, runs, applyEvent } = useComparedRuns(() => comparison.data.value, {
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
    (all) => all.forEach((run) => applyEvent(run.id, { event: 'status', data: run })),
    { immediate: true },
  )
  /** Whether the comparison or one of its runs has not been read yet. */
  const waiting = computed(() => comparison.isPending.value || found.value.some(({ isPending }) => isPending))
  /** Cancels the runs that have not ended. One that ends in the meantime is left as it is. */
  const cancel = useMutation({
    mutationFn: async () => {
      const ended = new Set(runs.value.flatMap((run) => (isFinished(run.status) ? [run.id] : [])))
      const answers = await Promise.allSettled(
        runIds.value.filter((runId) => !ended.has(runId)).map(cancelRun),
      )
      await comparison.refetch()
      for (const answer of answers)
        if (answer.status === 'rejected' && !hasEnded(answer.reason)) throw answer.reason
    },
  })
  return { comparison, runs, waiting, cancel }
}
