import type { EndpointResponse } from '@vitrine/contract'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { upload } from '../../api/client.ts'

type Stored = EndpointResponse<'POST /public/shares/{token}/assets'>

/**
 * Uploads a visitor's files through the link, one at a time. `progress` is 0–1 during an upload, else null. `name` is the file
 * that is being sent, or the last one that `onStored` accepted.
 */
export const useVisitorUpload = (token: string, onStored: (file: File, stored: Stored) => boolean) => {
  const progress = ref<number | null>(null)
  const name = ref('')
  const error = shallowRef<unknown>(null)
  let running: AbortController | null = null
  let used = ''

  const store = async (file: File): Promise<void> => {
    running?.abort()
    const own = new AbortController()
    running = own
    error.value = null
    name.value = file.name
    progress.value = 0
    const form = new FormData()
    form.append('file', file)
    try {
      const stored = await upload('POST /public/shares/{token}/assets', form, {
        params: { token },
        signal: own.signal,
        onProgress: ({ sent, total }) => {
          if (running === own) progress.value = total === 0 ? 0 : sent / total
        },
      })
      if (running === own && onStored(file, stored)) used = file.name
    } catch (failure) {
      if (running === own) error.value = failure
    } finally {
      if (running === own) {
        running = null
        progress.value = null
        name.value = used
      }
    }
  }
  onScopeDispose(() => running?.abort())
  return { store, progress, name, error }
}
