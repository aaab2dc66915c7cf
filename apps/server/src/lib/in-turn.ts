/**
 * Runs pieces of work one after the other for each key, in the order in which they were asked for; different keys do not
 * wait for each other. `settled` resolves when all that was asked for so far has ended, well or not.
 */
export function inTurn() {
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
