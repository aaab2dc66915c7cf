import type { LogLine } from '@vitrine/contract'
import { watchDebounced } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { apiUrl } from '../../api/client.ts'
import { openEvents, type StreamState } from '../../api/events.ts'
import { withLines, type ArrivedLine, type NumberedLine } from './log-lines.ts'
import { logQuery, type LogChoice } from './log-query.ts'

const flushMs = 80
const typingMs = 300
const firstLines = 1000
const mostLines = 10_000

type LogEvents = { line: LogLine; caught_up: { searched_to_start: boolean } }

/**
 * Follows a service's log with a filter. The server filters, so a search covers the whole log. While
 * `paused`, lines wait and `waiting` counts them. `mayBeMore`: there may be older lines than those shown.
 * `searchedToStart` is false if the server did not search all of them.
 */
export const useLog = (serviceId: string, choice: Ref<LogChoice>) => {
  const lines = shallowRef<NumberedLine[]>([])
  const paused = ref(false)
  const waiting = ref(0)
  const state = ref<StreamState>('connecting')
  const loading = ref(true)
  const searchedToStart = ref(true)
  const asked = ref(firstLines)
  const firstCount = ref(0)
  let arrived: ArrivedLine[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let stream: ReturnType<typeof openEvents> | undefined

  const flush = () => {
    timer = undefined
    waiting.value = paused.value ? arrived.length : 0
    if (paused.value || arrived.length === 0) return
    lines.value = withLines(lines.value, arrived)
    arrived = []
  }
  // A busy log has thousands of lines a second, so they are drawn in batches.
  const flushSoon = () => {
    timer ??= setTimeout(flush, flushMs)
  }
  watch(paused, flush)

  const begin = () => {
    arrived = []
    lines.value = []
    waiting.value = 0
    loading.value = true
    searchedToStart.value = true
  }
  const open = () => {
    stream?.close()
    begin()
    const query = { ...logQuery(choice.value, new Date()), lines: asked.value }
    const path = `/services/${encodeURIComponent(serviceId)}/logs/stream`
    stream = openEvents<LogEvents>(
      apiUrl(path, { query }).slice(apiUrl('').length),
      {
        line: (line) => {
          arrived.push({ ...line, arrived: loading.value ? null : new Date().toISOString() })
          flushSoon()
        },
        caught_up: (told) => {
          firstCount.value = arrived.length + lines.value.length
          searchedToStart.value = told.searched_to_start
          loading.value = false
          flush()
        },
      },
      {
        onState: (next) => {
          state.value = next
          // Each connection sends the last lines again.
          if (next === 'open') begin()
        },
      },
    )
  }
  watchDebounced(choice, open, { debounce: typingMs, deep: true })
  open()

  onScopeDispose(() => {
    clearTimeout(timer)
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
