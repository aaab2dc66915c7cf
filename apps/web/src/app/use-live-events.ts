import type { EndpointEvents } from '@vitrine/contract'
import { useQueryClient } from '@tanstack/vue-query'
import { useThrottleFn } from '@vueuse/core'
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'
import { openEvents, type StreamState } from '../api/events.ts'
import { useSession } from '../features/session/session.ts'
import { readAgain } from '../shared/read-again.ts'
import { applyChanges } from './apply-changes.ts'
import { collectChanges } from './change-collector.ts'

/**
 * Keeps services and tasks on the page up to date while the calling component exists and a session is open.
 */
export const useLiveEvents = (): Readonly<Ref<StreamState>> => {
  const queries = useQueryClient()
  const session = useSession()
  const state = ref<StreamState>('connecting')
  const readAll = () => {
    for (const key of ['services', 'showcase', 'tasks']) readAgain(queries, [key])
    // Requests that failed while the server did not answer show an error on the page.
    void queries.refetchQueries({ type: 'active', predicate: ({ state: { status } }) => status === 'error' })
  }
  // If this request fails, the whole list is read, and that request reports the error.
  const collector = collectChanges(async (changes) => {
    if (session.isOpen) await applyChanges(queries, changes).catch(readAll)
  })
  const refreshTasks = useThrottleFn(
    () => {
      for (const queryKey of [
        ['tasks', 'list'],
        ['pipelines', 'list'],
        ['pipelines', 'one'],
      ])
        void queries.invalidateQueries({ queryKey })
    },
    400,
    true,
  )

  /** Whether the stream has been open before. */
  let isBack = false
  const open = () =>
    openEvents<EndpointEvents<'GET /events'>>(
      '/events',
      {
        // Data that was read before may be older than the stream, and changes since then were not reported, so it is
        // read again.
        ready: () => {
          readAll()
          // A role or a grant that has changed ends the stream. Meanwhile the server may have been away.
          if (isBack) void session.check()
          isBack = true
        },
        service: ({ service_id: id, change }) => collector.add(id, change),
        // Its records are stored after the change itself was told.
        history: ({ service_id: id }) => readAgain(queries, ['services', 'history', id]),
        task: (task) => {
          queries.setQueryData(['tasks', 'one', task.id], task)
          void refreshTasks()
        },
      },
      {
        onState(next) {
          state.value = next
          // If the session was ended elsewhere, or permits something else now, the stream ends. A page that sends no
          // other request would not notice this.
          if (next === 'waiting') void session.check()
        },
      },
    )
  let stream: ReturnType<typeof open> | null = null
  const close = () => {
    stream?.close()
    stream = null
  }
  // The server ends the stream with its session, and refuses to open it again.
  watch(
    () => session.isOpen,
    (isOpen) => {
      close()
      isBack = false
      if (isOpen) stream = open()
    },
    { immediate: true, flush: 'sync' },
  )
  // What was refused before may be permitted now, and the other way round.
  watch(
    () => session.rights,
    (now, before) => {
      if (now !== '' && before !== '') void queries.invalidateQueries()
    },
  )
  onScopeDispose(() => {
    close()
    collector.close()
  })
  return readonly(state)
}
