/** Controls when a long reading of logs continues. */
export type ReadingPace = {
  /** Awaited before each read. Rejects when nobody wants the rest. */
  go: () => Promise<void>
  /** Called when nothing is read for a while, because the reader takes what was found, or at the end. */
  rest: () => void
}

/** The pace of a reading that nothing else waits for. */
export const unhurried: ReadingPace = { go: async () => {}, rest: () => {} }
