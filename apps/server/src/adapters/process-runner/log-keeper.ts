import { logRotator, type LogRotation } from './rotate-log.ts'

const lookEveryMs = 2_000
/** After a failure, most likely a full disk, which more tries do not make emptier. */
const againAfterMs = 60_000

/** Sets logs aside from `start` on; `close` resolves when no file is being set aside any more. */
export type LogKeeper = { start(): void; close(): Promise<void> }

/** Sets the logs of running processes aside as they grow, one after the other: a look takes two reads of sizes a process. */
export function logKeeper(deps: {
  rotation: LogRotation
  /** The log files that there are. */
  paths: () => Iterable<string>
  onError: (error: unknown) => void
}): LogKeeper {
  const rotator = logRotator(deps.rotation)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let isOpen = false

  async function look(): Promise<void> {
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
      looking = look()
    }, ms)
    timer.unref()
  }

  return {
    start() {
      isOpen = true
      looking = look()
    },
    async close() {
      isOpen = false
      clearTimeout(timer)
      await looking
    },
  }
}
