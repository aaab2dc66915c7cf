import type { Stage } from '@vitrine/contract'
import { useQueries } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { api } from '../../api/client.ts'
import type { SetupColumn } from './setup-columns.ts'

/** The stages of the columns' algorithms, by service, and the error if one could not be loaded. */
export const useSetupStages = (
  columns: Readonly<Ref<readonly SetupColumn[]>>,
): { stages: ComputedRef<Map<string, Stage>>; failure: ComputedRef<Error | null> } => {
  const serviceIds = computed(() => [...new Set(columns.value.map(({ serviceId }) => serviceId))])
  const found = useQueries({
    queries: computed(() =>
      serviceIds.value.map((id) => ({
        queryKey: ['showcase', 'stage', id],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          api('GET /showcase/{id}', { params: { id } }, { signal }),
      })),
    ),
  })
  const stages = computed(
    () => new Map(found.value.flatMap(({ data }) => (data === undefined ? [] : [[data.service_id, data]]))),
  )
  const failure = computed(() => found.value.find(({ error }) => error !== null)?.error ?? null)
  return { stages, failure }
}
