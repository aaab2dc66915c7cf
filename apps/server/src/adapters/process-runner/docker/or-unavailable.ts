import { codeOfError } from '../../../lib/code-of-error.ts'
import { dockerSaid, dockerStatus } from '../../docker/docker-client.ts'
import { unlessAborted } from '../../docker/in-time.ts'
import { dockerUnavailable } from '../process-runner.errors.ts'

/** For what Docker knows, in milliseconds. */
const patienceMs = 15_000
/** For what Docker does, in milliseconds: to make, start or remove a container takes a busy machine tens of seconds. */
export const workMs = 60_000

/**
 * Rejects as for an unreachable daemon if there is no answer in time. A refusal of the daemon is passed on unchanged.
 */
export async function orUnavailable<T>(work: Promise<T>, ms = patienceMs): Promise<T> {
  const timeout = AbortSignal.timeout(ms)
  try {
    return await unlessAborted(work, timeout)
  } catch (error) {
    if (error === timeout.reason) throw dockerUnavailable({ why: `no answer within ${ms / 1000} s` })
    if (dockerStatus(error) !== null || codeOfError(error) === '') throw error
    throw dockerUnavailable({ why: dockerSaid(error) })
  }
}

/** Also resolves if the daemon refuses with this status, such as 404 for an object that no longer exists. */
export async function unless(status: number, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (dockerStatus(error) !== status) throw error
  })
}
