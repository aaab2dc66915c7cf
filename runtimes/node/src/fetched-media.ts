import { rmSync } from 'node:fs'
import type { JsonSchema } from '@vitrine/contract'
import { allEnded } from './all-ended.ts'
import { NotWanted } from './caller-gone.ts'
import type { Job } from './job.ts'
import type { Fetching, Localise } from './media.ts'
import { Problem } from './problem.ts'

/** How long the media of one request may take in all. A sender that is slow but never silent would otherwise hold it for ever. */
const usualLongestMs = 30 * 60_000

/**
 * Removes the files that were created for one request, also if the algorithm has made a folder of one. What cannot be removed is only told:
 * an exception would leave the request without an answer, and all that ended with it.
 */
export function removeFiles(files: readonly string[]): void {
  for (const file of files)
    try {
      rmSync(file, { force: true, recursive: true })
    } catch (error) {
      process.stderr.write(`A file of a request stays: ${String(error)}\n`)
    }
}

/** Fetches the media of requests. */
export class FetchedMedia {
  readonly #underWay = new Set<AbortController>()

  constructor(
    readonly localise: Localise,
    readonly input: JsonSchema,
    readonly longestMs: number = usualLongestMs,
  ) {}

  /**
   * Replaces the media of a job by local paths. Elements whose media cannot be fetched are marked as failed. Resolves
   * with the files that belong to the job. `whenGone` is told what to call when the caller leaves. Rejects with
   * {@link NotWanted} if nobody wants the media any more; a rejection leaves no files.
   */
  async fetch(job: Job, whenGone: (leave: () => void) => void): Promise<string[]> {
    const end = new AbortController()
    const fetching: Fetching = { temporary: [], signal: end.signal }
    const reason = `took longer than ${this.longestMs / 1000} s`
    const tooLong = new Problem('media.fetch_failed', { values: { reason } })
    const timer = setTimeout(() => end.abort(tooLong), this.longestMs)
    this.#underWay.add(end)
    whenGone(() => end.abort(new NotWanted(null)))
    try {
      const fetched = await allEnded(job.pending.map((index) => this.#element(job, index, fetching)))
      job.pending = fetched.flat()
      return fetching.temporary
    } catch (error) {
      removeFiles(fetching.temporary)
      throw error
    } finally {
      clearTimeout(timer)
      this.#underWay.delete(end)
    }
  }

  /** Ends all fetching. Its requests are answered with the problem. */
  giveUp(problem: Problem): void {
    for (const end of this.#underWay) end.abort(new NotWanted(problem))
  }

  /** Fetches the media of one element. Resolves with its index, or with nothing if it has failed. */
  async #element(job: Job, index: number, fetching: Fetching): Promise<number[]> {
    try {
      job.elements[index] = await this.localise(
        this.input,
        job.elements[index],
        `input_data[${index}]`,
        fetching,
      )
      return [index]
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      job.fail(index, error)
      return []
    }
  }
}
