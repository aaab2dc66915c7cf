import type { Inspection } from '@vitrine/contract'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { api, upload, type UploadProgress } from '../../api/client.ts'
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

  /** Forgets everything, ending what is under way. */
  const reset = () => {
    abort.abort()
    phase.value = 'choosing'
    what.value = null
    inspection.value = null
    failure.value = null
  }
  /** Sends what was chosen to be looked at; nothing is stored. */
  const inspect = async (chosen: Chosen): Promise<void> => {
    what.value = chosen
    inspection.value = null
    try {
      inspection.value = await upload(
        'POST /algorithms/inspect',
        packageForm(chosen, {}),
        start('inspecting'),
      )
      phase.value = 'deciding'
    } catch (error) {
      if (isAbort(error)) return
      failure.value = error
      phase.value = 'choosing'
    }
  }
  /** Stores the package and begins to deploy it; answers the task's id, or null when it failed or was cancelled. */
  const deploy = async (options: DeployOptions): Promise<string | null> => {
    if (what.value === null) return null
    const form = packageForm(what.value, { algorithm_id: options.id, name: options.name })
    try {
      const { algorithm } = await upload('POST /algorithms', form, start('sending'))
      return await startDeploy(algorithm.id, options)
    } catch (error) {
      phase.value = 'deciding'
      if (!isAbort(error)) failure.value = error
      return null
    }
  }
  /** Ends the sending and goes back one phase. */
  const cancel = () => {
    abort.abort()
    if (phase.value === 'inspecting') reset()
  }

  onScopeDispose(() => abort.abort())
  const bytes = computed(() => (what.value === null ? 0 : chosenBytes(what.value)))
  return { phase, what, bytes, inspection, failure, progress, inspect, deploy, cancel, reset }
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
