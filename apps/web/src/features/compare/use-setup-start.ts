import type { ShowcaseItem } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, watch } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '../../api/client.ts'
import { readRun, runKey } from '../runs/run-queries.ts'
import { unnamedTask } from '../showcase/task-name.ts'
import { useShowcase } from '../showcase/use-showcase.ts'
import { columnsOf, type SetupColumn } from './setup-columns.ts'
import { comparisonKey } from './use-comparison.ts'
import type { SetupStart } from './use-setup.ts'

const oneOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const columnOf = (
  key: number,
  serviceId: string,
  parameters: SetupColumn['parameters'] = null,
): SetupColumn => ({
  key,
  serviceId,
  release: null,
  parameters,
})
const twice = (serviceId: string, parameters: SetupColumn['parameters']): SetupColumn[] => [
  columnOf(0, serviceId, parameters),
  columnOf(1, serviceId),
]

/** The first two algorithms for the same task. Null if there are none, or if no task is named. */
const sameTask = (algorithms: readonly ShowcaseItem[]): SetupColumn[] | null => {
  for (const [place, { service_id: first, task }] of algorithms.entries()) {
    const second = algorithms.slice(place + 1).find((other) => other.task === task)
    if (task !== unnamedTask && second) return [columnOf(0, first), columnOf(1, second.service_id)]
  }
  return null
}

/**
 * The start of a new comparison, from the address: `?from=<comparison>`, `?run=<run>`,
 * `?service=<id>&example=<n>`, or the first two algorithms of the showcase for the same task, else the first one with a result. Something that
 * cannot be read (deleted, or of another person) is ignored. The start for an address stays, whatever is read later: another one would
 * replace all that the person has entered.
 */
export const useSetupStart = () => {
  const route = useRoute()
  const from = computed(() => oneOf(route.query.from))
  const runId = computed(() => oneOf(route.query.run))
  const service = computed(() => oneOf(route.query.service))
  const example = computed(() => oneOf(route.query.example))
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

  /** The first algorithm with a result to show, because it has an input that can be run at once. */
  const first = computed(() => algorithms.value.find(({ sample }) => sample !== null) ?? algorithms.value[0])
  const serviceId = computed(() => service.value ?? first.value?.service_id)
  const found = computed((): SetupStart | null => {
    const earlier = comparison.data.value
    if (from.value !== null && !(comparison.isError.value && earlier === undefined))
      return earlier === undefined
        ? null
        : { columns: columnsOf(earlier), example: 0, inputData: earlier.input_data }
    const shown = run.data.value
    if (runId.value !== null && !(run.isError.value && shown === undefined)) {
      if (shown === undefined) return null
      const columns = twice(shown.service_id, shown.parameters)
      return { columns, example: 0, inputData: shown.input_data }
    }
    if (serviceId.value === undefined) return null
    const pair = service.value === null ? sameTask(algorithms.value) : null
    const columns = pair ?? twice(serviceId.value, null)
    return { columns, example: Number(example.value ?? 0), inputData: null }
  })

  const address = computed(() => JSON.stringify([from.value, runId.value, service.value, example.value]))
  const taken = shallowRef<{ address: string; start: SetupStart } | null>(null)
  watch(
    [address, found],
    ([now, start]) => {
      if (taken.value?.address !== now) taken.value = start === null ? null : { address: now, start }
    },
    // After the queries have followed a new address: they still have the data of the former one before.
    { immediate: true, flush: 'post' },
  )
  const start = computed(() => taken.value?.start ?? null)
  return { start, showcase, algorithms }
}
