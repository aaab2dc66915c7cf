import type { Task } from '@vitrine/contract'
import { useQueryClient } from '@tanstack/vue-query'
import { useThrottleFn } from '@vueuse/core'
import { onScopeDispose, readonly, ref, type Ref } from 'vue'
import { openEvents, type StreamState } from '../api/events.ts'

type PlatformEvents = { service: { service_id: string; change: 'changed' | 'deleted' }; task: Task }

/** Keeps what is shown of services and tasks as the server has it, as long as the calling component lives. */
export const useLiveEvents = (): Readonly<Ref<StreamState>> => {
  const queries = useQueryClient()
  const state = ref<StreamState>('connecting')
  let missed = false

  // A batch changes hundreds of services at once: one reading of the lists is enough.
  const refreshServices = useThrottleFn(
    () => {
      void queries.invalidateQueries({ queryKey: ['services'] })
      void queries.invalidateQueries({ queryKey: ['showcase'] })
    },
    400,
    true,
  )
  const refreshTasks = useThrottleFn(
    () => void queries.invalidateQueries({ queryKey: ['tasks', 'list'] }),
    400,
    true,
  )

  const stream = openEvents<PlatformEvents>(
    '/events',
    {
      service: () => void refreshServices(),
      task: (task) => {
        queries.setQueryData(['tasks', 'one', task.id], task)
        void refreshTasks()
      },
    },
    {
      onState: (next) => {
        state.value = next
        if (next === 'waiting') missed = true
        if (next !== 'open' || !missed) return
        missed = false
        void refreshServices()
        void queries.invalidateQueries({ queryKey: ['tasks'] })
      },
    },
  )
  onScopeDispose(stream.close)
  return readonly(state)
}
