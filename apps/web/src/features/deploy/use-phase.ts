import { ref, shallowRef } from 'vue'
import type { UploadProgress } from '../../api/client.ts'
import type { Sending } from './send-package.ts'

/** The phase of an upload: choosing files, inspecting them, deciding on options, or sending. */
export type Phase = 'choosing' | 'inspecting' | 'deciding' | 'sending'

/** The phase of an upload, its progress and its error. Every phase that waits can be cancelled. */
export const usePhase = () => {
  const phase = ref<Phase>('choosing')
  const failure = shallowRef<unknown>(null)
  const progress = ref<UploadProgress>({ sent: 0, total: 0 })
  let abort = new AbortController()
  /** Begins a phase that waits. */
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
  /** Cancels the current phase. */
  const end = () => abort.abort()
  return { phase, failure, progress, begin, end }
}
