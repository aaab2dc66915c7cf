import { useIntervalFn } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import { isUnreachable } from '../../api/errors.ts'

const everyMs = 1_000

/**
 * The lines of a log that is read in parts, each from the offset that the one before gave. While it is `live`, it is read
 * every second. It is read once more after its end, because its last lines come then, and again if the platform does not
 * answer.
 */
export const useGrowingLog = (
  read: (after: number) => Promise<{ lines: string[]; next: number }>,
  live: () => boolean,
) => {
  const lines = shallowRef<readonly string[]>([])
  let next = 0
  let isReading = false

  const readOn = async () => {
    for (let more = true; more;) {
      const part = await read(next)
      more = part.next > next
      next = part.next
      if (part.lines.length > 0) lines.value = [...lines.value, ...part.lines]
    }
  }
  const look = async () => {
    if (isReading) return
    isReading = true
    const hadEnded = !live()
    try {
      await readOn()
      if (hadEnded) looking.pause()
    } catch (error) {
      if (hadEnded && !isUnreachable(error)) looking.pause()
    } finally {
      isReading = false
    }
  }
  const looking = useIntervalFn(() => void look(), everyMs, { immediate: false, immediateCallback: true })
  watch(live, looking.resume, { immediate: true })
  return lines
}
