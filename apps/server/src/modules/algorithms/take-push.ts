import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import type { AlgorithmsDeps } from './algorithms.deps.ts'
import type { VersionRow } from './algorithm-versions.repository.ts'
import type { OpenPushes } from './open-pushes.ts'
import { noteRefusal, registerPush, type PushedCommit } from './register-commit.ts'

/** What taking a push needs. */
type TakePushDeps = {
  algorithms: AlgorithmsDeps
  openPushes: Pick<OpenPushes, 'leave'>
  /** Gets what fails inside the platform and is not the fault of who pushes. */
  onError: (error: unknown) => void
}

/** What became of a pushed commit: a version, or why it is none. `isRefused`: it cannot be one, so it is not tried again. */
type TakenPush = { version: VersionRow } | { version: null; reason: Words; isRefused: boolean }

const unknownReason: Words = {
  zh: '平台内部出错',
  en: 'something went wrong inside the platform',
}

/** The reason for people why a push failed. What is no fault of theirs is reported. */
export function reasonOf({ onError }: Pick<TakePushDeps, 'onError'>, error: unknown): Words {
  if (error instanceof AppError) return wordsOfError(error)
  onError(error)
  return unknownReason
}

/** Whether an error says something about what was pushed. All others are failures of the platform, and may pass. Pure. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && error.status < 500

/**
 * Makes a pushed commit a version, or shows with the algorithm why it is none. What failed inside the platform, or could not even be
 * shown, is left to be looked at again. Never rejects.
 */
export async function takePush(deps: TakePushDeps, push: PushedCommit): Promise<TakenPush> {
  const { algorithms, openPushes, onError } = deps
  const pushedAt = algorithms.clock()
  try {
    return { version: await registerPush(algorithms, push) }
  } catch (error) {
    const isRefused = isRefusal(error)
    const reason = reasonOf(deps, error)
    const isNoted = await noteRefusal(algorithms, { ...push, pushedAt, reason, isRefused }).then(
      () => true,
      (failed: unknown) => {
        onError(failed)
        return false
      },
    )
    if (!isRefused || !isNoted) openPushes.leave(push.algorithmId, push)
    return { version: null, reason, isRefused }
  }
}
