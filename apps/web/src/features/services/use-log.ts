import type { LogLine } from '@vitrine/contract'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { openEvents, type StreamState } from '../../api/events.ts'
import { withLines, type NumberedLine } from './log-lines.ts'

const flushMs = 80
const firstLines = 1000

/** A service's log, followed live. While `paused`, lines wait and `waiting` counts them. */
export const useLog = (serviceId: string) => {
  const lines = shallowRef<NumberedLine[]>([])
  const paused = ref(false)
  const waiting = ref(0)
  const state = ref<StreamState>('connecting')
  let arrived: LogLine[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    timer = undefined
    waiting.value = paused.value ? arrived.length : 0
    if (paused.value) return
    lines.value = withLines(lines.value, arrived)
    arrived = []
  }
  // A busy log brings thousands of lines a second: draw them in batches.
  const flushSoon = () => {
    timer ??= setTimeout(flush, flushMs)
  }
  watch(paused, flush)

  const stream = openEvents<{ line: LogLine }>(
    `/services/${encodeURIComponent(serviceId)}/logs/stream?lines=${firstLines}`,
    {
      line: (line) => {
        arrived.push(line)
        flushSoon()
      },
    },
    {
      onState: (next) => {
        state.value = next
        // Each connection begins with the last lines again.
        if (next !== 'open') return
        arrived = []
        lines.value = []
      },
    },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    stream.close()
  })
  return { lines, paused, waiting, state }
}
