import type { Comparison, Run } from '@vitrine/contract'
import { useQueries, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { readRun, runKey } from '../runs/run-queries.ts'
import { isFinished } from '../runs/run-state.ts'

/** Key of a comparison in the cache of what comes from the server. */
export const comparisonKey = (id: string) => ['comparisons', 'one', id] as const
/** Key of the lists of comparisons. */
export const comparisonListKey = ['comparisons', 'list'] as const

// Asked for, not pushed: four event streams and four players would leave a browser no connection for anything else.
const everyMs = 800
const whileUnderWay = (item: Comparison | Run | undefined): number | false =>
  item === undefined || isFinished(item.status) ? false : everyMs

/** A comparison and the runs of its columns, kept up to date until all have come to their end. */
export const useComparison = (id: MaybeRefOrGetter<string>) => {
  const comparison = useQuery({
    queryKey: computed(() => comparisonKey(toValue(id))),
    queryFn: ({ signal }) => api('GET /comparisons/{id}', { params: { id: toValue(id) } }, { signal }),
    refetchInterval: ({ state }) => whileUnderWay(state.data),
  })
  const runIds = computed(() => (comparison.data.value?.cells ?? []).flatMap((cell) => cell.run_id ?? []))
  const found = useQueries({
    queries: computed(() =>
      runIds.value.map((runId) => ({
        queryKey: runKey(runId),
        queryFn: ({ signal }: { signal: AbortSignal }) => readRun(runId, signal),
        refetchInterval: ({ state }: { state: { data: Run | undefined } }) => whileUnderWay(state.data),
      })),
    ),
  })
  const runs = computed(() => found.value.flatMap(({ data }) => data ?? []))
  return { comparison, runs }
}
