import { useEventListener } from '@vueuse/core'
import { onScopeDispose, ref } from 'vue'
import { reconnectDelayMs } from '../api/events.ts'

/** Whether the server sends pages now. */
const answers = async (): Promise<boolean> => {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok
  } catch {
    return false
  }
}

/**
 * Asks the server until it answers. `isAway` says whether it has not answered so far. `onBack` is called when it
 * answers after it did not, so that a page that fails for another reason is not loaded again and again. A person who
 * does not want to wait can call `tryNow`, which calls `onBack` if the server answers at all.
 */
export const useComeback = (onBack: () => void) => {
  const isAway = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let ended = false

  const ask = async (wanted: boolean): Promise<void> => {
    clearTimeout(timer)
    const isThere = await answers()
    if (ended) return
    if (isThere) {
      ended = isAway.value || wanted
      if (ended) onBack()
      return
    }
    isAway.value = true
    clearTimeout(timer)
    timer = setTimeout(() => void ask(false), reconnectDelayMs(attempt++))
  }
  useEventListener(window, 'online', () => void ask(false))
  onScopeDispose(() => {
    ended = true
    clearTimeout(timer)
  })
  void ask(false)
  return { isAway, tryNow: () => void ask(true) }
}
