import type { ReadingPace } from '../../adapters/log-files/reading-pace.ts'
import { createFairQueue } from '../../lib/fair-queue.ts'

/** Logs are read in the thread that answers all requests, so few are read at once, and one of a person. */
const readAtOnce = { atOnce: 2, perPerson: 1 }
/** A download that its client takes slowly keeps files open, but reads nothing meanwhile and hinders nobody else. */
const downloadsAtOnce = { atOnce: Number.POSITIVE_INFINITY, perPerson: 2 }
/** After so long, a download lets others read. In ms. */
const turnMs = 250

/** Whose turn it is to search in logs. `person` is one name for whoever reads. */
export type LogReadQueue = {
  /** Does a search in a turn of a person. Rejects with the signal's reason if that aborts first. */
  search: <T>(person: string, signal: AbortSignal, search: () => Promise<T>) => Promise<T>
  /** The lines of a person's download. It waits until the person has few others, and reads in turns. */
  download: <T>(
    person: string,
    signal: AbortSignal,
    read: (pace: ReadingPace) => AsyncIterable<T>,
  ) => AsyncGenerator<T, void>
}

/** Creates the turns of a platform. */
export function createLogReadQueue(): LogReadQueue {
  const reading = createFairQueue(() => readAtOnce)
  const downloads = createFairQueue(() => downloadsAtOnce)

  function paceOf(person: string, signal: AbortSignal): ReadingPace {
    let turn: { end: () => void; until: number } | null = null
    const rest = () => {
      turn?.end()
      turn = null
    }
    return {
      rest,
      async go() {
        signal.throwIfAborted()
        if (turn && performance.now() < turn.until) return
        rest()
        const end = await reading.enter(person, signal)
        turn = { end, until: performance.now() + turnMs }
      },
    }
  }

  return {
    async search(person, signal, search) {
      const endTurn = await reading.enter(person, signal)
      try {
        return await search()
      } finally {
        endTurn()
      }
    },
    async *download(person, signal, read) {
      const end = await downloads.enter(person, signal)
      try {
        yield* read(paceOf(person, signal))
      } finally {
        end()
      }
    },
  }
}
