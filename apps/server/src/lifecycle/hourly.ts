import type { Logger } from 'pino'

const hourMs = 3_600_000

/**
 * Does pieces of work one after the other, at once and then every hour, in the background. One that fails is logged
 * under its name, and the others go on. `close` resolves when the current piece has ended.
 */
export function startHourly(
  works: Readonly<Record<string, () => Promise<unknown>>>,
  { logger, everyMs = hourMs }: { logger: Pick<Logger, 'error'>; everyMs?: number },
): { close: () => Promise<void> } {
  let isClosed = false
  let rounds = Promise.resolve()
  async function round(): Promise<void> {
    for (const [name, work] of Object.entries(works)) {
      if (isClosed) return
      await work().catch((error: unknown) => logger.error({ err: error }, name))
    }
  }
  const next = () => {
    rounds = rounds.then(round)
  }
  const timer = setInterval(next, everyMs)
  next()
  return {
    async close() {
      isClosed = true
      clearInterval(timer)
      await rounds
    },
  }
}
