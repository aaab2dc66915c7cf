import type { Prediction } from './prediction.ts'

const mostKept = 1000
const mostCharacters = 64 * 2 ** 20

/**
 * Keeps predictions by id: while they run, and a limited number of them afterwards. The oldest are dropped
 * first.
 */
export class KeptPredictions {
  readonly #kept = new Map<string, Prediction>()

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
