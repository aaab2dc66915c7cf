import type { LogLine } from '@vitrine/contract'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { keptLines, withLines, type ArrivedLine, type NumberedLine } from './log-lines.ts'

const flushMs = 80

/**
 * The lines of a log that are shown, and those that wait. The first lines of a new filter are always shown. While `paused`,
 * what is written after them waits, and `waiting` counts it.
 */
export const useLogLines = () => {
  const lines = shallowRef<NumberedLine[]>([])
  const paused = ref(false)
  const waiting = ref(0)
  const loading = ref(true)
  let arrived: ArrivedLine[] = []
  /** How many of the lines that are not shown were written after the first ones. */
  let written = 0
  /** A new connection sends the last lines again. They replace those that are shown, once they are complete. */
  let again: 'no' | 'arriving' | 'complete' = 'no'
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    timer = undefined
    const isHeld = again === 'arriving' || (paused.value && !loading.value)
    waiting.value = paused.value ? written : 0
    if (isHeld || (arrived.length === 0 && again === 'no')) return
    const last = lines.value.at(-1)?.number ?? 0
    lines.value = withLines(again === 'no' ? lines.value : [], arrived, { last })
    arrived = []
    written = 0
    again = 'no'
    waiting.value = 0
  }
  watch(paused, flush)
  onScopeDispose(() => clearTimeout(timer))

  /** Shows the lines of another filter. */
  const begin = () => {
    arrived = []
    written = 0
    again = 'no'
    lines.value = []
    waiting.value = 0
    loading.value = true
  }
  return {
    lines,
    paused,
    waiting,
    loading,
    begin,
    /** A connection is open, and sends the last lines. What is shown stays until all of them are there. */
    connected: () => {
      if (loading.value) return begin()
      arrived = []
      again = 'arriving'
    },
    take: (line: LogLine) => {
      const isWritten = !loading.value && again !== 'arriving'
      if (isWritten) written += 1
      arrived.push({ ...line, arrived: isWritten ? new Date().toISOString() : null })
      // A paused log may be left alone for days. Lines are dropped rarely, because this copies those that are kept.
      if (arrived.length >= 2 * keptLines) arrived = arrived.slice(-keptLines)
      // A busy log has thousands of lines a second, so they are drawn in batches.
      timer ??= setTimeout(flush, flushMs)
    },
    /** All lines from before the connection are there. Returns their number. */
    caughtUp: (): number => {
      const count = arrived.length + (again === 'arriving' ? 0 : lines.value.length)
      if (again === 'arriving') again = 'complete'
      flush()
      loading.value = false
      return count
    },
  }
}
