import { longest } from '@vitrine/contract/limits'
import { api, upload } from '../../api/client.ts'
import { sentInParts } from './resume.ts'
import type { Transfer, TransferCallbacks } from './transfer.types.ts'

/**
 * Sends a file and makes an asset from it. Large files are sent in parts that survive interruptions, others
 * in one piece.
 */
export const startTransfer = async (file: File, callbacks: TransferCallbacks): Promise<Transfer> => {
  // The code for sending in parts is loaded with the first large file.
  if (sentInParts(file)) {
    const sent = (await import('./send-in-parts.ts')).sendInParts(file, callbacks)
    const store = (id: string) => {
      callbacks.onStoring()
      return api('POST /assets', {
        body: { upload_id: id, name: file.name.slice(0, longest.assetName) || 'file' },
      })
    }
    return { ...sent, done: sent.done.then(store) }
  }
  const abort = new AbortController()
  const form = new FormData()
  form.append('file', file)
  const done = upload('POST /assets', form, {
    signal: abort.signal,
    onProgress: ({ sent, total }) => {
      // The form that is sent is slightly larger than the file.
      callbacks.onProgress(total === 0 ? 0 : (sent / total) * file.size)
      if (total > 0 && sent >= total) callbacks.onStoring()
    },
  })
  return { done, pause: null, resume: null, cancel: () => abort.abort() }
}
