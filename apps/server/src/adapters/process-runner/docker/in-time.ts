import { setTimeout as delay } from 'node:timers/promises'
import { dockerSaid, dockerStatus } from '../../docker/docker-client.ts'
import { dockerUnavailable } from '../process-runner.errors.ts'

const patienceMs = 15_000

/**
 * Rejects as for an unreachable daemon if there is no answer in time. A refusal of the daemon is passed on unchanged.
 */
export async function inTime<T>(work: Promise<T>, ms = patienceMs): Promise<T> {
  const timer = new AbortController()
  const late = delay(ms, null, { signal: timer.signal, ref: false }).then(() => {
    throw dockerUnavailable({ why: `no answer within ${ms / 1000} s` })
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } catch (error) {
    if (dockerStatus(error) !== null || !(error instanceof Error) || !('code' in error)) throw error
    throw error.code === 'process.docker_unavailable' ? error : dockerUnavailable({ why: dockerSaid(error) })
  } finally {
    timer.abort()
  }
}

/** Also resolves if the daemon refuses with this status, such as 404 for an object that no longer exists. */
export async function unless(status: number, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (dockerStatus(error) !== status) throw error
  })
}
