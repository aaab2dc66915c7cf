import type { ModelFile } from '@vitrine/contract'
import { longest } from '@vitrine/contract/limits'
import { api } from '../../api/client.ts'
import type { StartTransfer } from '../../shared/upload/transfer.types.ts'

/**
 * Sends a file in parts and makes a model file of it. `wanted` is the digest that a package waits for: any other file is
 * refused.
 */
export const sendModel =
  (wanted: () => string): StartTransfer<ModelFile> =>
  async (file, callbacks) => {
    const sha256 = wanted()
    const { sendInParts } = await import('../../shared/upload/send-in-parts.ts')
    const sent = sendInParts(file, callbacks)
    const store = (id: string) => {
      callbacks.onStoring()
      const name = file.name.slice(0, longest.modelName) || 'model'
      return api('POST /models', { body: { upload_id: id, name, ...(sha256 !== '' && { sha256 }) } })
    }
    return { ...sent, done: sent.done.then(store) }
  }
