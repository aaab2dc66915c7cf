/**
 * Runs pieces of work for the same key one after the other, in the order of the calls. Different keys do not
 * wait for each other. `settled` resolves when all work queued so far has ended, with or without an error.
 */
export function keyedQueue() {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run<T>(key: string, work: () => Promise<T>): Promise<T> {
      const mine = (tails.get(key) ?? Promise.resolve()).then(work, work)
      tails.set(key, mine)
      const forget = () => {
        if (tails.get(key) === mine) tails.delete(key)
      }
      mine.then(forget, forget)
      return mine
    },
    async settled(): Promise<void> {
      await Promise.allSettled(tails.values())
    },
  }
}
