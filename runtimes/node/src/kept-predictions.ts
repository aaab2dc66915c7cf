import type { Prediction } from './prediction.ts'
import { Problem } from './problem.ts'

const mostKept = 1000
/** How many may be unfinished if the manifest does not say, and how many bytes their requests may have together. */
const usuallyUnfinished = 1000
const mostWaitingBytes = 256 * 2 ** 20
const mostCharacters = 64 * 2 ** 20

/**
 * Keeps predictions by id: while they run, and a limited number of them afterwards. The oldest are dropped
 * first.
 */
export class KeptPredictions {
  readonly #kept = new Map<string, Prediction>()
  readonly #mostUnfinished: number

  /** At most so many of them may be unfinished. */
  constructor(mostUnfinished = usuallyUnfinished) {
    this.#mostUnfinished = mostUnfinished
  }

  /**
   * Throws {@link Problem} `service.queue_full` if too many are unfinished already for another one with so many bytes. Their callers
   * may have left, so nothing else bounds them.
   */
  requireRoom(bytes: number): void {
    const unfinished = [...this.#kept.values()].filter((one) => !one.hasEnded)
    const total = unfinished.reduce((sum, one) => sum + one.bytes, bytes)
    const isTooLarge = unfinished.length > 0 && total > mostWaitingBytes
    if (unfinished.length >= this.#mostUnfinished || isTooLarge)
      throw new Problem('service.queue_full', { values: { count: unfinished.length } })
  }

  add(prediction: Prediction): void {
    this.#kept.set(prediction.job.id, prediction)
  }

  get(id: string): Prediction | null {
    return this.#kept.get(id) ?? null
  }

  /** Ends a prediction if it runs, and forgets it. */
  delete(prediction: Prediction): void {
    this.#kept.delete(prediction.job.id)
    prediction.job.cancel()
  }

  /**
   * Forgets the oldest finished predictions while there are too many, or while they are too large together.
   */
  makeRoom(): void {
    const ended = [...this.#kept.values()].filter((one) => one.hasEnded)
    let count = this.#kept.size
    let total = ended.reduce((sum, { job }) => sum + job.size, 0)
    for (const { job } of ended.slice(0, -1)) {
      if (count <= mostKept && total <= mostCharacters) return
      this.#kept.delete(job.id)
      count -= 1
      total -= job.size
    }
  }
}
