import type { Logger } from 'pino'

/** How long a piece of work keeps the others waiting, in milliseconds. */
const patienceMs = 10 * 60_000
/** How long the end waits for pieces that go on, in milliseconds. */
const closingMs = 20_000

/** Resolves when the work has ended, with true, or when its time is over, with false. */
async function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer))
}

/**
 * Does pieces of work one after the other, in the background: at once, and then in rounds, one each `everyMs`. A round that
 * is due while a slow one goes on is left out, so that none pile up behind it. Work that fails is logged under its name,
 * and the others go on. So do they if a piece does not end within ten minutes; it is not begun again before it has ended.
 * `close` resolves when the current piece has ended, and after 20 seconds in any case.
 */
export function repeatWork(
  works: Readonly<Record<string, () => Promise<unknown>>>,
  { logger, everyMs }: { logger: Pick<Logger, 'error'>; everyMs: number },
): { close: () => Promise<void> } {
  let isClosed = false
  let running: Promise<void> | null = null
  const goingOn = new Map<string, Promise<unknown>>()
  async function round(): Promise<void> {
    for (const [name, work] of Object.entries(works)) {
      if (isClosed) return
      if (goingOn.has(name)) continue
      const done = work()
        .catch((error: unknown) => logger.error({ err: error }, name))
        .finally(() => goingOn.delete(name))
      goingOn.set(name, done)
      if (!(await isDoneWithin(done, patienceMs)))
        logger.error({ work: name, after_ms: patienceMs }, 'a piece of work does not end; the others go on')
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
      if (!(await isDoneWithin(Promise.all(goingOn.values()), closingMs)))
        logger.error({ works: [...goingOn.keys()] }, 'ended while pieces of work go on')
    },
  }
}
