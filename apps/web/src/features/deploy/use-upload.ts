import type { Algorithm, Inspection } from '@vitrine/contract'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ApiError, api, upload, type UploadProgress } from '../../api/client.ts'
import { sentInParts } from '../../shared/upload/resume.ts'
import { useArchiveTransfer } from './archive-transfer.ts'
import type { DeployOptions } from './options.ts'
import { chosenBytes, packageForm, type Chosen } from './read-files.ts'

/** Where a person is: choosing, waiting for what it is, deciding, sending. */
export type Phase = 'choosing' | 'inspecting' | 'deciding' | 'sending'

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** The way from chosen files to a deploy task; every wait can be cancelled. */
export const useUpload = () => {
  const phase = ref<Phase>('choosing')
  const what = shallowRef<Chosen | null>(null)
  const inspection = shallowRef<Inspection | null>(null)
  const failure = shallowRef<unknown>(null)
  const progress = ref<UploadProgress>({ sent: 0, total: 0 })
  const transfer = useArchiveTransfer()
  let abort = new AbortController()

  const start = (next: Phase) => {
    abort = new AbortController()
    phase.value = next
    failure.value = null
    progress.value = { sent: 0, total: 0 }
    return {
      signal: abort.signal,
      onProgress: (now: UploadProgress) => {
        progress.value = now
      },
    }
  }

  /** The archive where it is so large that it is sent in parts, once for both the look and the deploy. */
  const large = (): File | null => {
    const archive = what.value?.archive ?? null
    return archive !== null && sentInParts(archive) ? archive : null
  }
  /** Forgets everything, ending what is under way. */
  const reset = () => {
    abort.abort()
    transfer.giveUp()
    phase.value = 'choosing'
    what.value = null
    inspection.value = null
    failure.value = null
  }
  /** Sends what was chosen to be looked at; nothing is stored. */
  const inspect = async (chosen: Chosen): Promise<void> => {
    what.value = chosen
    inspection.value = null
    const { signal, onProgress } = start('inspecting')
    try {
      const archive = large()
      inspection.value =
        archive === null
          ? await upload('POST /algorithms/inspect', packageForm(chosen, {}), { signal, onProgress })
          : await api(
              'POST /algorithms/inspect',
              { body: { upload_id: await transfer.arrive(archive, onProgress) } },
              { signal },
            )
      phase.value = 'deciding'
    } catch (error) {
      if (isAbort(error)) return
      failure.value = error
      phase.value = 'choosing'
    }
  }
  const store = async (chosen: Chosen, fields: Record<string, string>): Promise<{ algorithm: Algorithm }> => {
    const { signal, onProgress } = start('sending')
    const archive = large()
    if (archive === null)
      return upload('POST /algorithms', packageForm(chosen, fields), { signal, onProgress })
    const id = await transfer.arrive(archive, onProgress)
    onProgress({ sent: archive.size, total: archive.size })
    const stored = await api('POST /algorithms', { body: { upload_id: id, ...fields } }, { signal })
    transfer.forget()
    return stored
  }
  /** Stores the package and begins to deploy it; answers the task's id, or null when it failed or was cancelled. */
  const deploy = async (options: DeployOptions): Promise<string | null> => {
    if (what.value === null) return null
    try {
      const fields = { algorithm_id: options.id, ...(options.name !== '' && { name: options.name }) }
      const { algorithm } = await store(what.value, fields)
      return await startDeploy(algorithm.id, options)
    } catch (error) {
      phase.value = 'deciding'
      // Thrown away by the platform meanwhile: the next attempt sends it again.
      if (error instanceof ApiError && error.code === 'upload.not_found') transfer.forget()
      if (!isAbort(error)) failure.value = error
      return null
    }
  }
  /** Ends the sending and goes back one phase. */
  const cancel = () => {
    abort.abort()
    if (phase.value === 'inspecting') reset()
    else if (transfer.paused.value !== null) transfer.giveUp()
  }

  onScopeDispose(() => {
    abort.abort()
    transfer.leave()
  })
  const bytes = computed(() => (what.value === null ? 0 : chosenBytes(what.value)))
  const { paused, resumed, pause, resume } = transfer
  return {
    ...{ phase, what, bytes, inspection, failure, progress, inspect, deploy, cancel, reset },
    ...{ paused, resumed, pause, resume },
  }
}

/**
 * Begins to deploy an algorithm that is stored, its newest version or one commit; answers the task's id.
 * @throws ApiError
 */
export const startDeploy = async (
  algorithmId: string,
  options: DeployOptions,
  commit?: string,
): Promise<string> => {
  const { task_id: taskId } = await api('POST /services/deploy', {
    body: {
      algorithm_id: algorithmId,
      service_id: options.id,
      ...(commit !== undefined && { ref: commit }),
      service_config: {
        ...(options.name !== '' && { name: options.name }),
        ...(options.port !== null && { port: options.port }),
      },
    },
  })
  return taskId
}
