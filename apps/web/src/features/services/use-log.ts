import type { EndpointEvents } from '@vitrine/contract'
import { watchDebounced } from '@vueuse/core'
import { computed, onScopeDispose, ref, type Ref } from 'vue'
import { apiUrl } from '../../api/client.ts'
import { openEvents, type StreamState } from '../../api/events.ts'
import { logQuery, type LogChoice } from './log-query.ts'
import { useLogLines } from './use-log-lines.ts'

const typingMs = 300
const firstLines = 1000
const mostLines = 10_000

/**
 * Follows a service's log with a filter. The server filters, so a search covers the whole log. While
 * `paused`, new lines wait and `waiting` counts them. `mayBeMore`: there may be older lines than those shown.
 * `searchedToStart` is false if the server did not search all of them.
 */
export const useLog = (serviceId: string, choice: Ref<LogChoice>) => {
  const { lines, paused, waiting, loading, begin, connected, take, caughtUp } = useLogLines()
  const state = ref<StreamState>('connecting')
  const searchedToStart = ref(true)
  const asked = ref(firstLines)
  const firstCount = ref(0)
  let stream: ReturnType<typeof openEvents> | undefined
  let isLeft = false

  const open = () => {
    // A filter that was entered just before is still waited for when the page is left.
    if (isLeft) return
    stream?.close()
    begin()
    searchedToStart.value = true
    const query = { ...logQuery(choice.value, new Date()), lines: asked.value }
    const path = `/services/${encodeURIComponent(serviceId)}/logs/stream`
    stream = openEvents<EndpointEvents<'GET /services/{id}/logs/stream'>>(
      apiUrl(path, { query }).slice(apiUrl('').length),
      {
        line: take,
        caught_up: (told) => {
          firstCount.value = caughtUp()
          searchedToStart.value = told.searched_to_start
        },
      },
      {
        onState: (next) => {
          state.value = next
          if (next === 'open') connected()
        },
      },
    )
  }
  watchDebounced(choice, open, { debounce: typingMs, deep: true })
  open()

  onScopeDispose(() => {
    isLeft = true
    stream?.close()
  })
  return {
    lines,
    paused,
    waiting,
    state,
    loading,
    searchedToStart,
    mayBeMore: computed(() => !loading.value && firstCount.value >= asked.value && asked.value < mostLines),
    /** Starts again with the largest number of lines. */
    more: () => {
      asked.value = mostLines
      open()
    },
    /** The address of the whole filtered log, as a file. */
    downloadUrl: (): string =>
      apiUrl('/services/{id}/logs/download', {
        params: { id: serviceId },
        query: logQuery(choice.value, new Date()),
      }),
  }
}
