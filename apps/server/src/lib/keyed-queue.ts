/**
 * Runs pieces of work for the same key one after the other, in the order of the calls. Different keys do not
 * wait for each other. `settled` resolves when all work queued so far has ended, with or without an error.
 */
export function keyedQueue() {
  const tails = new Map<string, Promise<unknown>>()
  /** What waits for its turn and does for all who ask, by key and kind. */
  const waiting = new Map<string, Promise<void>>()
  function run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (tails.get(key) ?? Promise.resolve()).then(work, work)
    tails.set(key, mine)
    const forget = () => {
      if (tails.get(key) === mine) tails.delete(key)
    }
    mine.then(forget, forget)
    return mine
  }
  function runOnce(key: string, kind: string, work: () => Promise<void>): Promise<void> {
    const name = `${kind} ${key}`
    const already = waiting.get(name)
    if (already) return already
    const mine = run(key, () => {
      waiting.delete(name)
      return work()
    })
    waiting.set(name, mine)
    return mine
  }
  return {
    run,
    /**
     * Like `run`, but where work of the same kind waits for its turn, that does for this call too. So a queue grows no longer than it has
     * kinds, however often something asks for the same look.
     */
    runOnce,
    /** Resolves when the caller's turn has come. The turn lasts until the returned function is called. */
    enter: (key: string): Promise<() => void> =>
      new Promise((enter) => {
        void run(key, () => new Promise<void>((end) => enter(end)))
      }),
    /** Whether work for the key is going on or waits. */
    isBusy: (key: string): boolean => tails.has(key),
    async settled(): Promise<void> {
      await Promise.allSettled(tails.values())
    },
  }
}
