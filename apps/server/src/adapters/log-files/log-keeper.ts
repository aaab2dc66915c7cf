import { logRotator, type LogRotation } from './log-rotation.ts'

const lookEveryMs = 2_000
/** The pause after a failure, which is most likely a full disk. More attempts would not help. */
const againAfterMs = 60_000

/** Rotates logs after `start`. `close` resolves when no rotation is running any more. */
export type LogKeeper = { start(): void; close(): Promise<void> }

/**
 * Rotates the logs of running processes when they grow, one after the other. A check needs the size of each file.
 */
export function logKeeper(deps: {
  rotation: LogRotation
  /** The current log files. */
  paths: () => Iterable<string>
  onError: (error: unknown) => void
}): LogKeeper {
  const rotator = logRotator(deps.rotation)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let isOpen = false

  async function rotateGrown(): Promise<void> {
    let failed = false
    for (const path of new Set(deps.paths())) {
      if (!isOpen) return
      try {
        await rotator.rotate(path)
      } catch (error) {
        failed = true
        deps.onError(error)
      }
    }
    if (isOpen) lookAfter(failed ? againAfterMs : lookEveryMs)
  }
  function lookAfter(ms: number): void {
    timer = setTimeout(() => {
      looking = rotateGrown()
    }, ms)
    timer.unref()
  }

  return {
    start() {
      isOpen = true
      looking = rotateGrown()
    },
    async close() {
      isOpen = false
      clearTimeout(timer)
      await looking
    },
  }
}
