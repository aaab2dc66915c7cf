import type { LocalisedText } from '../../lib/words.ts'

/** A caller that waits for a build. It gets progress reports and may leave. */
export type Waiter = {
  signal: AbortSignal
  report: (message: LocalisedText) => Promise<void>
  /** Gets each line that the build prints. */
  log?: (line: string) => void
}

type Build = {
  /** Lets a waiter leave, with the reason. */
  waiters: Map<Waiter, (error: unknown) => void>
  stop: AbortController
  done: Promise<void>
  /** Its last reported step. */
  progress: LocalisedText | null
}

/**
 * Lets callers that need the same thing at the same time wait for one build. A waiter that comes later gets the current step of
 * the build at once. A waiter that leaves does not affect the others. When the last one leaves, the build is aborted, and that
 * waiter is notified after the clean-up.
 */
export function createSharedBuilds() {
  const builds = new Map<string, Build>()

  /** Tells a waiter how the build goes on. One that cannot be told, such as without a database, leaves: the build is for the others, too. */
  const tell = ({ waiters }: Build, waiter: Waiter, message: LocalisedText): Promise<void> =>
    waiter.report(message).catch((error: unknown) => waiters.get(waiter)?.(error))

  function begin(key: string, build: (everybody: Waiter) => Promise<void>): Build {
    const waiters: Build['waiters'] = new Map()
    const stop = new AbortController()
    const report = async (message: LocalisedText) => {
      entry.progress = message
      await Promise.all([...waiters.keys()].map((waiter) => tell(entry, waiter, message)))
    }
    const log = (line: string) => {
      for (const waiter of waiters.keys()) waiter.log?.(line)
    }
    const entry: Build = { waiters, stop, done: Promise.resolve(), progress: null }
    builds.set(key, entry)
    entry.done = build({ signal: stop.signal, report, log }).finally(() => builds.delete(key))
    // The waiters get the error. If all have left, nobody gets it.
    entry.done.catch(() => undefined)
    return entry
  }

  async function waitIn(entry: Build, waiter: Waiter): Promise<void> {
    const cut = new AbortController()
    const left = new Promise<{ because: unknown }>((resolve) => {
      const leave = (because: unknown) => resolve({ because })
      const { signal } = waiter
      signal.addEventListener('abort', () => leave(signal.reason), { once: true, signal: cut.signal })
      entry.waiters.set(waiter, leave)
    })
    const { progress } = entry
    let leaving: { because: unknown } | void
    try {
      const told = progress === null ? Promise.resolve() : tell(entry, waiter, progress)
      leaving = await Promise.race([told.then(() => entry.done), left])
    } finally {
      cut.abort()
      entry.waiters.delete(waiter)
    }
    if (!leaving) return
    if (entry.waiters.size === 0) {
      entry.stop.abort(leaving.because)
      await entry.done.catch(() => undefined)
    }
    throw leaving.because
  }

  return {
    /**
     * Resolves once the thing is built, by a new build or the running one. Rejects if the build fails or the
     * waiter's signal aborts.
     */
    async join(key: string, waiter: Waiter, build: (everybody: Waiter) => Promise<void>): Promise<void> {
      for (;;) {
        waiter.signal.throwIfAborted()
        const known = builds.get(key)
        if (!known?.stop.signal.aborted) return waitIn(known ?? begin(key, build), waiter)
        // All waiters have left that build. It cleans up, and then a new one begins.
        await known.done.catch(() => undefined)
      }
    },
    has: (key: string): boolean => builds.has(key),
  }
}
