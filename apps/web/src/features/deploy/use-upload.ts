import type { Addition, Inspection } from '@vitrine/contract'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { ApiError, isRefusal } from '../../api/client.ts'
import { useArchiveTransfer } from './archive-transfer.ts'
import type { DeployOptions } from './options.ts'
import { chosenBytes, type Chosen } from './read-files.ts'
import { inspectPackage, storePackage } from './send-package.ts'
import { startDeploy } from './start-deploy.ts'
import { storeOnce } from './store-once.ts'
import { usePhase } from './use-phase.ts'

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** Leads from chosen files to a deploy task. Every step can be cancelled. */
export const useUpload = () => {
  const { phase, failure, progress, begin, end } = usePhase()
  const what = shallowRef<Chosen | null>(null)
  const inspection = shallowRef<Inspection | null>(null)
  /** Lines that mend what inspecting found. They are sent with the files. */
  const additions = shallowRef<Addition[]>([])
  const transfer = useArchiveTransfer()
  const packages = storeOnce((chosen, sending) => storePackage(transfer, chosen, sending))
  /** The algorithm that these files have been stored as, before the deploy was refused. */
  const storedAs = shallowRef<string | null>(null)

  /** An upload that the platform has deleted in the meantime is sent again by the next attempt. */
  const forgetDeleted = (error: unknown) => {
    if (isRefusal(error, 'uploads.not_found')) transfer.forget()
  }

  /** Resets everything, and cancels what is running. */
  const reset = () => {
    end()
    transfer.giveUp()
    phase.value = 'choosing'
    what.value = null
    additions.value = []
    inspection.value = null
    failure.value = null
    storedAs.value = null
  }
  /** Sends the chosen files for inspection. Nothing is stored. */
  const inspect = async (chosen: Chosen): Promise<void> => {
    what.value = chosen
    additions.value = []
    inspection.value = null
    storedAs.value = null
    try {
      inspection.value = await inspectPackage(transfer, { chosen, additions: [] }, begin('inspecting'))
      phase.value = 'deciding'
    } catch (error) {
      if (isAbort(error)) return
      forgetDeleted(error)
      failure.value = error
      phase.value = 'choosing'
    }
  }
  /** Adds lines to the upload, and inspects it again. What was found before stays until then, and after a failure. */
  const add = async (more: readonly Addition[]): Promise<void> => {
    const chosen = what.value
    if (chosen === null) return
    const all = [...additions.value, ...more]
    try {
      inspection.value = await inspectPackage(transfer, { chosen, additions: all }, begin('inspecting'))
      additions.value = all
    } catch (error) {
      forgetDeleted(error)
      if (!isAbort(error)) failure.value = error
    }
    // Cancelling has gone back to choosing.
    if (what.value !== null) phase.value = 'deciding'
  }
  /**
   * Stores the package and starts to deploy it. Resolves with the task's id, or with null after a failure or
   * cancellation.
   */
  const deploy = async (options: DeployOptions): Promise<string | null> => {
    const chosen = what.value
    if (chosen === null) return null
    try {
      const fields = { algorithm_id: options.id, ...(options.name !== '' && { name: options.name }) }
      const sending = begin('sending')
      const { algorithm, version } = await packages.store(
        { chosen, additions: additions.value, fields },
        sending,
      )
      storedAs.value = algorithm.id
      sending.signal.throwIfAborted()
      return await startDeploy(algorithm.id, options, { commit: version.commit })
    } catch (error) {
      phase.value = 'deciding'
      forgetDeleted(error)
      if (error instanceof ApiError && error.status === 404) packages.forget()
      if (!isAbort(error)) failure.value = error
      return null
    }
  }
  /** Cancels sending and goes back one phase. */
  const cancel = () => {
    end()
    if (phase.value === 'inspecting') reset()
    else if (transfer.paused.value !== null) transfer.giveUp()
  }

  onScopeDispose(() => {
    end()
    transfer.leave()
  })
  const bytes = computed(() => (what.value === null ? 0 : chosenBytes(what.value)))
  const { paused, resumed, pause, resume } = transfer
  return {
    phase,
    what,
    storedAs,
    bytes,
    inspection,
    failure,
    progress,
    additions,
    inspect,
    add,
    deploy,
    cancel,
    reset,
    paused,
    resumed,
    pause,
    resume,
  }
}
