import { stat } from 'node:fs/promises'
import { ifThere } from '../../../lib/if-there.ts'
import { rotateAccessLog } from '../rotate-access-log.ts'
import { logBytesDefault, logsKept } from './nginx.options.ts'

/** What the upkeep of a gateway needs. */
type UpkeepOptions = {
  /** The pause after a first failure, in milliseconds. It doubles with each further one, up to the longest. */
  pauseMs: number
  longestPauseMs: number
  /** Called with what failed, once until all of it has succeeded again. */
  onTrouble: (error: unknown) => void
  /** The present moment, in milliseconds. */
  now?: () => number
}

/**
 * Work that a gateway does beside serving, such as to rotate its log. If it fails, the gateway serves all the same: the other work is
 * done, the failure is told once, and it is tried again after a pause. Resolves with a function that does what is due, and never rejects.
 */
export function upkeepOf(
  works: readonly (() => Promise<void>)[],
  { pauseMs, longestPauseMs, onTrouble, now = () => performance.now() }: UpkeepOptions,
): () => Promise<void> {
  let failedInARow = 0
  let notBefore = 0
  return async () => {
    if (now() < notBefore) return
    const failures: unknown[] = []
    for (const work of works)
      try {
        await work()
      } catch (error) {
        failures.push(error)
      }
    const [first] = failures
    if (failures.length > 0 && failedInARow === 0) onTrouble(first)
    notBefore = failures.length === 0 ? 0 : now() + Math.min(pauseMs * 2 ** failedInARow, longestPauseMs)
    failedInARow = failures.length === 0 ? 0 : failedInARow + 1
  }
}

/** Whether a log was rotated and no new one was opened: so an earlier control plane ended between the two. */
async function isLeftMoved(path: string): Promise<boolean> {
  return (await ifThere(stat(path))) === null && (await ifThere(stat(`${path}.1`))) !== null
}

/**
 * Rotates a log that has grown too large, and has nginx open a new one. If that fails, the workers still write into the rotated one, and
 * the next call tries again, also that of the next control plane.
 */
export function rotationOf(
  path: string,
  maxBytes: number | undefined,
  reopen: () => Promise<void>,
): () => Promise<void> {
  let isMoved: boolean | null = null
  return async () => {
    isMoved ??= await isLeftMoved(path)
    if (await rotateAccessLog(path, maxBytes ?? logBytesDefault, logsKept)) isMoved = true
    if (!isMoved) return
    await reopen()
    isMoved = false
  }
}
