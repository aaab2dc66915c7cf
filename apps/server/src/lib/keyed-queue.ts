/**
 * Runs pieces of work for the same key one after the other, in the order of the calls. Different keys do not
 * wait for each other. `settled` resolves when all work queued so far has ended, with or without an error.
 */
export function keyedQueue() {
  const tails = new Map<string, Promise<unknown>>()
  function run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (tails.get(key) ?? Promise.resolve()).then(work, work)
    tails.set(key, mine)
    const forget = () => {
      if (tails.get(key) === mine) tails.delete(key)
    }
    mine.then(forget, forget)
    return mine
  }
  return {
    run,
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
