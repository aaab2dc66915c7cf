import { computed, shallowRef } from 'vue'
import type { UploadProgress } from '../../api/client.ts'
import type { Transfer } from '../../shared/upload/transfer.types.ts'

/**
 * Sends an archive in parts, only once for inspecting and deploying. The upload survives a broken connection
 * and leaving the page. Another archive takes the place of the one before.
 */
export const useArchiveTransfer = () => {
  const transfer = shallowRef<Transfer<string> | null>(null)
  const state = shallowRef<'sending' | 'paused' | 'arrived'>('sending')
  const resumed = shallowRef(false)
  let isWanted = false
  /** The archive that is sent, or has arrived. */
  let current: File | null = null

  /**
   * The id of the archive's upload. Sends the archive first if it has not arrived.
   * @throws ApiError, or a DOMException named AbortError
   */
  const arrive = async (archive: File, onProgress: (progress: UploadProgress) => void): Promise<string> => {
    if (current !== archive) giveUp()
    if (transfer.value !== null && state.value === 'arrived') return transfer.value.done
    isWanted = true
    current = archive
    resumed.value = false
    const { sendInParts } = await import('../../shared/upload/send-in-parts.ts')
    if (!isWanted) throw new DOMException('upload cancelled', 'AbortError')
    state.value = 'sending'
    transfer.value = sendInParts(archive, {
      onProgress: (sent) => onProgress({ sent, total: archive.size }),
      onResumed: () => {
        resumed.value = true
      },
    })
    const id = await transfer.value.done
    state.value = 'arrived'
    return id
  }
  const pause = () => {
    transfer.value?.pause?.()
    state.value = 'paused'
  }
  const resume = () => {
    state.value = 'sending'
    transfer.value?.resume?.()
  }
  /** Forgets the upload, because the platform has used or deleted it. */
  const forget = () => {
    isWanted = false
    current = null
    transfer.value = null
    state.value = 'sending'
  }
  /** Cancels the upload, here and on the platform. */
  const giveUp = () => {
    transfer.value?.cancel()
    forget()
  }
  /** Stops sending. The received part stays, and the same file resumes from there. */
  const leave = () => {
    isWanted = false
    if (state.value === 'sending') transfer.value?.pause?.()
  }
  /** Null if nothing is being sent. */
  const paused = computed(() =>
    transfer.value === null || state.value === 'arrived' ? null : state.value === 'paused',
  )
  return { paused, resumed, arrive, pause, resume, forget, giveUp, leave }
}

export type ArchiveTransfer = ReturnType<typeof useArchiveTransfer>
