import type { Stage } from '@vitrine/contract'
import { useQueries } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { api } from '../../api/client.ts'
import { stageKey, type SetupColumn } from './setup-columns.ts'

/** The stages of the columns' releases, by `stageKey`, and the error if one could not be loaded. */
export const useSetupStages = (
  columns: Readonly<Ref<readonly SetupColumn[]>>,
): { stages: ComputedRef<Map<string, Stage>>; failure: ComputedRef<Error | null> } => {
  const wanted = computed(() => [...new Map(columns.value.map((column) => [stageKey(column), column]))])
  const found = useQueries({
    queries: computed(() =>
      wanted.value.map(([key, { serviceId: id, release }]) => ({
        queryKey: ['showcase', 'stage', id, ...(release === null ? [] : [release])],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          api(
            'GET /showcase/{id}',
            { params: { id }, query: release === null ? {} : { release } },
            { signal },
          ),
        select: (stage: Stage) => ({ key, stage }),
      })),
    ),
  })
  const stages = computed(
    () => new Map(found.value.flatMap(({ data }) => (data === undefined ? [] : [[data.key, data.stage]]))),
  )
  const failure = computed(() => found.value.find(({ error }) => error !== null)?.error ?? null)
  return { stages, failure }
}
