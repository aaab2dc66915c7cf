import { AppError, redactedSentence } from '../../lib/errors.ts'
import { wordsOf, wordsOfError, type LocalisedText, type Words } from '../../lib/words.ts'
import { addInstance, removeInstance, type InstancesDeps } from './instances.usecases.ts'
import type { KnownInstance } from './known-instance.ts'
import type { InstallNote } from './reason.ts'

/**
 * Sees to it that what an instance needs installed is there before it is started. Meanwhile the instance says what is being
 * done, and why it failed.
 */
export async function ensureInstalled(
  deps: InstancesDeps,
  instance: KnownInstance,
  { signal, report }: { signal: AbortSignal; report?: ((message: Words) => Promise<void>) | undefined },
): Promise<void> {
  const { monitor, dependencies } = deps
  const tell = async (message: LocalisedText) => {
    const words = wordsOf(message)
    monitor.note(instance.id, { code: 'installing', words })
    await report?.(words)
  }
  try {
    const isOutdated = await dependencies.ensure(instance, { signal, report: tell })
    monitor.note(instance.id, null)
    if (!isOutdated) return
  } catch (error) {
    const isTold = error instanceof AppError && !signal.aborted
    monitor.note(instance.id, isTold ? notInstalled(error) : null)
    throw error
  }
  await removeInstance(deps, instance.id)
  await addInstance(deps, instance)
}

/** Why dependencies could not be installed. What the package manager said is only for people who may read logs. */
function notInstalled(error: AppError): InstallNote {
  const words = redactedSentence(error.code) ?? wordsOfError(error)
  return { code: 'not_installed', words, lines: error.messageIn('en').split('\n') }
}
