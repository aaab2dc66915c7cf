import { setTimeout } from 'node:timers/promises'
import type { FolderSize } from '../../lib/folder-sizes.ts'
import { environmentFailed } from './environments.errors.ts'

/** How long a build may be before it is measured, in milliseconds. Most end sooner. */
const firstAfterMs = 2_000
/** After a measurement, the folder is left alone for this many times as long as it took. */
const restFactor = 20
/** A build with very many files does not gain more time than this, in milliseconds. */
const longestRestMs = 10_000

/** What the folder of a build may take on the disk, and how that is found out. */
export type BuildDisk = {
  limitBytes: number
  measure: (folder: string, signal: AbortSignal) => Promise<FolderSize>
  /** Waits until it is measured again. Without it, as long as it is told. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

const machineWait = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal })

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2).toLocaleString('en')

/** The build is to blame: it will not take less at the next attempt. */
export const tooMuchDisk = (limitBytes: number) =>
  environmentFailed({
    command: 'du',
    cause: {
      zh: `它占用的磁盘超过上限 ${mebibytes(limitBytes)} MB，已经停止。请减少依赖，或请管理员提高上限（VITRINE_CEILING_BUILD_DISK_MB）`,
      en: `It took more of the disk than the ceiling of ${mebibytes(limitBytes)} MB and was ended. Need less, or ask an administrator for a higher ceiling (VITRINE_CEILING_BUILD_DISK_MB)`,
    },
    lines: [],
    may_pass: false,
  })

/**
 * Does the work of a build, whose folder is measured again and again meanwhile. When it takes too much, the signal that the work
 * gets is aborted, and this rejects with `deploy.environment_failed`. A failure to measure ends the build as well, because
 * otherwise nothing would bound it.
 */
export async function withinDisk(
  { limitBytes, measure, wait = machineWait }: BuildDisk,
  folder: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const over = new AbortController()
  const watched = AbortSignal.any([over.signal, signal])

  async function watch(): Promise<void> {
    let restMs = firstAfterMs
    for (;;) {
      await wait(restMs, stop.signal)
      const began = performance.now()
      const size = await measure(folder, stop.signal)
      if (size === 'too slow' || size > limitBytes) throw tooMuchDisk(limitBytes)
      restMs = Math.min(Math.max(firstAfterMs, (performance.now() - began) * restFactor), longestRestMs)
    }
  }

  const watching = watch().catch((error: unknown) => {
    if (!stop.signal.aborted) over.abort(error)
  })
  try {
    await work(watched)
  } catch (error) {
    // The command that was ended may fail in its own words first.
    over.signal.throwIfAborted()
    throw error
  } finally {
    stop.abort()
    await watching
  }
  over.signal.throwIfAborted()
}
