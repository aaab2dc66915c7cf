import { statSync } from 'node:fs'
import { setImmediate as giveWay } from 'node:timers/promises'
import { logRotator, type LogRotation } from './log-rotation.ts'

const lookEveryMs = 2_000
/** The pause after a failure, which is most likely a full disk. More attempts would not help. */
const againAfterMs = 60_000
/** How many sizes are asked for before other work has its turn. */
const askedAtOnce = 64

/** Rotates logs after `start`. `close` resolves when no rotation is running any more. */
export type LogKeeper = { start(): void; close(): Promise<void> }

/**
 * Rotates the logs of running processes when they grow, one after the other. A check needs the size of each file. A rotation
 * that an earlier process did not finish is found at the first check.
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

  /** The files of which it is known that no rotation was killed. */
  let whole = new Set<string>()

  /** Whether there is nothing to do. Not asked by a thread: that takes many times as long as the kernel needs for the answer. */
  const isFine = (path: string) =>
    whole.has(path) && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < deps.rotation.maxBytes

  async function rotateGrown(): Promise<void> {
    let failed = false
    const paths = new Set(deps.paths())
    whole = new Set([...whole].filter((path) => paths.has(path)))
    for (const [index, path] of [...paths].entries()) {
      if (index % askedAtOnce === askedAtOnce - 1) await giveWay()
      if (!isOpen) return
      try {
        if (isFine(path)) continue
        await rotator.rotate(path)
        whole.add(path)
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
