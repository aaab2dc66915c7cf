import { setTimeout as delay } from 'node:timers/promises'

const lookEveryMs = 500

/**
 * Restarts a server process when it dies, until `stop` is called. `onRestart` is called with null after a
 * restart, and with the reason each time that a restart fails.
 */
export function keepServer(deps: {
  lives: () => Promise<boolean>
  /** Resolves when the server answers. */
  start: () => Promise<void>
  onRestart: (problem: Error | null) => void
}): { stop: () => Promise<void> } {
  const stopped = new AbortController()

  async function look(): Promise<void> {
    try {
      if (await deps.lives()) return
      await deps.start()
      deps.onRestart(null)
    } catch (error) {
      deps.onRestart(error instanceof Error ? error : new Error(String(error)))
    }
  }
  async function keep(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look()
      await delay(lookEveryMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
    }
  }
  const done = keep()
  return {
    stop: async () => {
      stopped.abort()
      await done
    },
  }
}
