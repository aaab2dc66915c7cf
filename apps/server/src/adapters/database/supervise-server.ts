import { setTimeout as delay } from 'node:timers/promises'

const checkEveryMs = 500

/**
 * Restarts a server process when it dies, until `stop` is called. `onRestart` is called with null after a
 * restart, and with the reason each time that a restart fails.
 */
export function superviseServer(deps: {
  lives: () => Promise<boolean>
  /** Resolves when the server answers. */
  start: () => Promise<void>
  onRestart: (problem: Error | null) => void
}): { stop: () => Promise<void> } {
  const stopped = new AbortController()

  async function check(): Promise<void> {
    try {
      if (await deps.lives()) return
      await deps.start()
      deps.onRestart(null)
    } catch (error) {
      deps.onRestart(error instanceof Error ? error : new Error(String(error)))
    }
  }
  async function supervise(): Promise<void> {
    while (!stopped.signal.aborted) {
      await check()
      await delay(checkEveryMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
    }
  }
  const done = supervise()
  return {
    stop: async () => {
      stopped.abort()
      await done
    },
  }
}
