const everyMs = 5_000
/**
 * Changes often come together, so a round waits this long. It is also the minimum pause between two rounds.
 */
const soonMs = 200

/**
 * Runs rounds every few seconds, and soon after `soon` was called; never two at once. Before `start` a round
 * runs only when `now` is called.
 */
export function createRounds(deps: {
  once: () => Promise<void>
  /** Called after each round, also one that has failed, with how long it took in seconds. */
  onEnded: (seconds: number) => void
  onError: (error: unknown) => void
}) {
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let isSoon = false
  let isOpen = false

  async function timed(): Promise<void> {
    const begun = performance.now()
    try {
      await deps.once()
    } finally {
      running = null
      deps.onEnded((performance.now() - begun) / 1000)
    }
  }
  const now = (): Promise<void> => (running ??= timed())

  async function next(): Promise<void> {
    isSoon = false
    // The current round may have read the state before the change that this round is for.
    await running?.catch(() => undefined)
    if (isOpen) await now().catch(deps.onError)
    if (isOpen && !isSoon) schedule(everyMs)
  }
  function schedule(afterMs: number): void {
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => void next(), afterMs)
  }

  return {
    /** Runs one round. If one is already running, its promise is returned. */
    now,
    /** Requests a round soon. All requests before it begins share it. */
    soon(): void {
      if (!isOpen || isSoon) return
      isSoon = true
      schedule(soonMs)
    },
    start(): void {
      isOpen = true
      schedule(everyMs)
    },
    /** Ends the rounds. Resolves when the current one has ended. */
    async close(): Promise<void> {
      isOpen = false
      if (timer) clearTimeout(timer)
      await running?.catch(() => undefined)
    },
  }
}
