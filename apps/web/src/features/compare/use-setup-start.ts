import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '../../api/client.ts'
import { readRun, runKey } from '../runs/run-queries.ts'
import { useShowcase } from '../showcase/use-showcase.ts'
import { columnsOf, type SetupColumn } from './setup-columns.ts'
import { comparisonKey } from './use-comparison.ts'
import type { SetupStart } from './use-setup.ts'

const oneOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const twice = (serviceId: string, parameters: SetupColumn['parameters']): SetupColumn[] => [
  { key: 0, serviceId, release: null, parameters },
  { key: 1, serviceId, release: null, parameters: null },
]

/**
 * The start of a new comparison, from the address: `?from=<comparison>`, `?run=<run>`,
 * `?service=<id>&example=<n>`, or the first algorithm of the showcase. Something that cannot be read (deleted,
 * or of another person) is ignored.
 */
export const useSetupStart = () => {
  const route = useRoute()
  const from = computed(() => oneOf(route.query.from))
  const runId = computed(() => oneOf(route.query.run))
  const showcase = useShowcase()
  const comparison = useQuery({
    queryKey: computed(() => comparisonKey(from.value ?? '')),
    queryFn: ({ signal }) => api('GET /comparisons/{id}', { params: { id: from.value ?? '' } }, { signal }),
    enabled: computed(() => from.value !== null),
  })
  const run = useQuery({
    queryKey: computed(() => runKey(runId.value ?? '')),
    queryFn: ({ signal }) => readRun(runId.value ?? '', signal),
    enabled: computed(() => runId.value !== null),
  })

  /** The algorithms that can be run: a page of a service's own cannot be compared. */
  const algorithms = computed(() => (showcase.data.value?.items ?? []).filter(({ way }) => way === 'run'))

  const serviceId = computed(() => oneOf(route.query.service) ?? algorithms.value[0]?.service_id)
  const start = computed((): SetupStart | null => {
    const earlier = comparison.data.value
    if (from.value !== null && !comparison.isError.value)
      return earlier === undefined
        ? null
        : { columns: columnsOf(earlier), example: 0, inputData: earlier.input_data }
    if (runId.value !== null && !run.isError.value) {
      const shown = run.data.value
      if (shown === undefined) return null
      const columns = twice(shown.service_id, shown.parameters)
      return { columns, example: 0, inputData: shown.input_data }
    }
    if (serviceId.value === undefined) return null
    const example = Number(oneOf(route.query.example) ?? 0)
    return { columns: twice(serviceId.value, null), example, inputData: null }
  })
  return { start, showcase, algorithms }
}
