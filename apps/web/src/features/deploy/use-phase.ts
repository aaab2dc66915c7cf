import { ref, shallowRef } from 'vue'
import type { UploadProgress } from '../../api/client.ts'
import type { Sending } from './send-package.ts'

/** Where a person is: choosing, waiting for what it is, deciding, sending. */
export type Phase = 'choosing' | 'inspecting' | 'deciding' | 'sending'

/** The phase of an upload, how far its sending is and why it failed; every wait can be ended. */
export const usePhase = () => {
  const phase = ref<Phase>('choosing')
  const failure = shallowRef<unknown>(null)
  const progress = ref<UploadProgress>({ sent: 0, total: 0 })
  let abort = new AbortController()
  /** Begins to wait. */
  const begin = (next: Phase): Sending => {
    abort = new AbortController()
    phase.value = next
    failure.value = null
    progress.value = { sent: 0, total: 0 }
    return {
      signal: abort.signal,
      onProgress: (now) => {
        progress.value = now
      },
    }
  }
  /** Ends the wait that is under way. */
  const end = () => abort.abort()
  return { phase, failure, progress, begin, end }
}
