const everyMs = 5_000
/** A change comes seldom alone; and however many come, there is so much rest between two rounds. */
const soonMs = 200

/**
 * Rounds that come every few seconds, and soon after something asks for one; never two at a time. Until `start` there is none but
 * what `now` asks for.
 */
export function createRounds(deps: { once: () => Promise<void>; onError: (error: unknown) => void }) {
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let isSoon = false
  let isOpen = false

  const now = (): Promise<void> => (running ??= deps.once().finally(() => (running = null)))

  async function next(): Promise<void> {
    isSoon = false
    // What is under way may have looked before that happened which this one is for.
    await running?.catch(() => undefined)
    if (isOpen) await now().catch(deps.onError)
    if (isOpen && !isSoon) schedule(everyMs)
  }
  function schedule(afterMs: number): void {
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => void next(), afterMs)
  }

  return {
    /** One round; who asks while one runs shares it. */
    now,
    /** Asks for a round soon; all that ask before it begins share it. */
    soon(): void {
      if (!isOpen || isSoon) return
      isSoon = true
      schedule(soonMs)
    },
    start(): void {
      isOpen = true
      schedule(everyMs)
    },
    /** No more rounds; resolves when the one under way has ended. */
    async close(): Promise<void> {
      isOpen = false
      if (timer) clearTimeout(timer)
      await running?.catch(() => undefined)
    },
  }
}
