import type { EndpointEvents, Task } from '@vitrine/contract'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { openEvents } from '../../api/events.ts'

/** Whether a task has ended. */
export const hasEnded = (task: Pick<Task, 'state'>): boolean =>
  task.state !== 'queued' && task.state !== 'running'

/** The key of the words for what a task does, e.g. of “Deploy” for `service.deploy`. A batch says what it does to its services. */
export const taskKey = ({ kind, batch }: Pick<Task, 'kind' | 'batch'>): string =>
  batch ? `batch.doing.${batch.action}` : `tasks.kind.${kind.replace(/^.*\./, '')}`

/** The newest tasks of a service. They are read if the person may see tasks, as `enabled` says. */
export const useServiceTasks = (serviceId: MaybeRefOrGetter<string>, enabled: () => boolean = () => true) =>
  useQuery({
    enabled,
    queryKey: ['tasks', 'list', () => toValue(serviceId)],
    queryFn: ({ signal }) =>
      api('GET /tasks', { query: { service_id: toValue(serviceId), page_size: 50 } }, { signal }),
    placeholderData: keepPreviousData,
  })

/** A task, followed live until it ends. */
export const useTask = (id: MaybeRefOrGetter<string>) => {
  const queries = useQueryClient()
  const key = computed(() => ['tasks', 'one', toValue(id)])
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal, queryKey }) => {
      const read = await api('GET /tasks/{id}', { params: { id: toValue(id) } }, { signal })
      // The stream may have reported the end while this answer was on its way, and has been closed then.
      const known = queries.getQueryData<Task>(queryKey)
      return known !== undefined && hasEnded(known) && !hasEnded(read) ? known : read
    },
  })
  let stream: ReturnType<typeof openEvents> | null = null
  const close = () => {
    stream?.close()
    stream = null
  }
  watch(
    () => toValue(id),
    (taskId) => {
      close()
      stream = openEvents<EndpointEvents<'GET /tasks/{id}/events'>>(
        `/tasks/${encodeURIComponent(taskId)}/events`,
        {
          task: (task) => {
            queries.setQueryData(['tasks', 'one', taskId], task)
            if (hasEnded(task)) close()
          },
        },
      )
    },
    { immediate: true },
  )
  // The query may report the end before the stream does, and a task that does not exist has no stream.
  watch([query.data, query.isError], ([task, failed]) => {
    if (failed || (task !== undefined && hasEnded(task))) close()
  })
  onScopeDispose(close)
  return query
}

/**
 * A task, followed until its end, which `ended` is told: also if it had ended before it was asked for, or if nothing is known of it
 * because it cannot be read, with null.
 */
export const useTaskEnd = (id: MaybeRefOrGetter<string>, ended: (task: Task | null) => void) => {
  const query = useTask(id)
  const task = computed(() => query.data.value)
  const isOver = computed(() => task.value !== undefined && hasEnded(task.value))
  /** Why nothing is known of the task, e.g. because this person may not see tasks. */
  const failure = computed(() => (task.value === undefined ? query.error.value : null))
  watch(
    [isOver, failure],
    ([over, failed]) => {
      if (over || failed !== null) ended(task.value ?? null)
    },
    // The events of the platform bring every task to the page, so a short one may have ended before it is shown.
    { immediate: true },
  )
  return { task, isOver, failure }
}

const pollMs = (attempt: number): number => Math.min(2_000, 300 * 2 ** attempt)

/**
 * Waits until a task has ended, and resolves with it.
 * @throws ApiError if it cannot be read
 */
export const endOfTask = async (id: string): Promise<Task> => {
  for (let attempt = 0; ; attempt++) {
    const task = await api('GET /tasks/{id}', { params: { id } })
    if (hasEnded(task)) return task
    await new Promise((resolve) => setTimeout(resolve, pollMs(attempt)))
  }
}
