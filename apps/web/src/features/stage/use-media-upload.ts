import type { Asset } from '@vitrine/contract'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { upload } from '../../api/client.ts'

/**
 * Stores one file at a time as an asset; a new one takes the place of one that is under way.
 * `progress` is 0–1 while it goes on, null otherwise.
 */
export const useMediaUpload = (on: { onStored: (asset: Asset) => void; onBusy: (busy: boolean) => void }) => {
  const progress = ref<number | null>(null)
  const name = ref('')
  const error = shallowRef<unknown>(null)
  let running: AbortController | null = null

  const cancel = () => {
    running?.abort()
    running = null
    progress.value = null
    on.onBusy(false)
  }
  const store = async (file: File): Promise<void> => {
    running?.abort()
    const own = new AbortController()
    running = own
    error.value = null
    name.value = file.name
    progress.value = 0
    on.onBusy(true)
    const form = new FormData()
    form.append('file', file)
    try {
      const asset = await upload('POST /assets', form, {
        signal: own.signal,
        onProgress: ({ sent, total }) => {
          if (running === own) progress.value = total === 0 ? 0 : sent / total
        },
      })
      if (running === own) on.onStored(asset)
    } catch (failure) {
      if (running === own) error.value = failure
    } finally {
      if (running === own) cancel()
    }
  }
  onScopeDispose(() => running?.abort())
  return { store, cancel, progress, name, error }
}
