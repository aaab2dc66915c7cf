import type { Task } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

/** How much of its running step a task has done, in percent. Null if that is unknown. */
export const percentOf = ({ steps }: Pick<Task, 'steps'>): number | null =>
  steps.find(({ state }) => state === 'running')?.percent ?? null

const refetchMs = 1_000

/** The progress of the task that makes an asset's forms, in percent. Null if it is unknown or there is no task. */
export const useTaskProgress = (taskId: MaybeRefOrGetter<string | null>): ComputedRef<number | null> => {
  const task = useQuery({
    queryKey: computed(() => ['tasks', 'one', toValue(taskId) ?? '']),
    queryFn: ({ signal }) => api('GET /tasks/{id}', { params: { id: toValue(taskId) ?? '' } }, { signal }),
    enabled: computed(() => toValue(taskId) !== null),
    retry: false,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.state === 'queued' || state.data.state === 'running'
        ? refetchMs
        : false,
  })
  return computed(() => (task.data.value === undefined ? null : percentOf(task.data.value)))
}
