import { onScopeDispose, ref, shallowRef } from 'vue'
import { upload } from '../../api/client.ts'

/** Uploads a visitor's files through the link, one at a time. `progress` is 0–1 during an upload, else null. */
export const useVisitorUpload = (token: string, onStored: (assetId: string) => void) => {
  const progress = ref<number | null>(null)
  const name = ref('')
  const error = shallowRef<unknown>(null)
  let running: AbortController | null = null

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
      const { asset_id } = await upload('POST /public/shares/{token}/assets', form, {
        params: { token },
        signal: own.signal,
        onProgress: ({ sent, total }) => {
          if (running === own) progress.value = total === 0 ? 0 : sent / total
        },
      })
      if (running === own) onStored(asset_id)
    } catch (failure) {
      if (running === own) error.value = failure
    } finally {
      if (running === own) {
        running = null
        progress.value = null
      }
    }
  }
  onScopeDispose(() => running?.abort())
  return { store, progress, name, error }
}
