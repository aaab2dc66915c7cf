import type { Logger } from 'pino'

/**
 * Does pieces of work one after the other, in the background: at once, and then in rounds, one each `everyMs`. A round that
 * is due while a slow one goes on is left out, so that none pile up behind it. Work that fails is logged under its name,
 * and the others go on. `close` resolves when the current piece has ended.
 */
export function repeatWork(
  works: Readonly<Record<string, () => Promise<unknown>>>,
  { logger, everyMs }: { logger: Pick<Logger, 'error'>; everyMs: number },
): { close: () => Promise<void> } {
  let isClosed = false
  let running: Promise<void> | null = null
  async function round(): Promise<void> {
    for (const [name, work] of Object.entries(works)) {
      if (isClosed) return
      await work().catch((error: unknown) => logger.error({ err: error }, name))
    }
  }
  const next = () => {
    running ??= round().finally(() => (running = null))
  }
  const timer = setInterval(next, everyMs)
  next()
  return {
    async close() {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}
