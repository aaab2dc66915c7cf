import type { Job } from './job.ts'

/** A first-in, first-out queue. `take` joins waiting jobs with equal parameters, up to `maxSize` elements. */
export class JobQueue {
  readonly #jobs: Job[] = []
  readonly #waiting: (() => void)[] = []
  #closed = false

  constructor(
    readonly maxSize: number,
    readonly maxWaitMs: number,
  ) {}

  /** Adds a job at the end. */
  put(job: Job): void {
    this.#jobs.push(job)
    this.#waiting.shift()?.()
  }

  /** Ends the queue. `take` still returns the jobs in it. */
  close(): void {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Waits for jobs; null if the queue is closed and empty. */
  async take(): Promise<Job[] | null> {
    let first = this.#jobs.shift()
    while (first === undefined) {
      if (this.#closed) return null
      await this.#change()
      first = this.#jobs.shift()
    }
    if (this.maxSize <= 1) return [first]
    const taken = await this.#join(first)
    // This call may have taken the wake-up for a job that did not fit, so it wakes the next waiting call.
    if (this.#jobs.length > 0) this.#waiting.shift()?.()
    return taken
  }

  /** Resolves when a job is added or the queue is closed, or after `timeoutMs` at the latest. */
  #change(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        const at = this.#waiting.indexOf(wake)
        if (at >= 0) this.#waiting.splice(at, 1)
        resolve()
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(wake, timeoutMs)
      this.#waiting.push(wake)
    })
  }

  async #join(first: Job): Promise<Job[]> {
    const taken = [first]
    const deadline = performance.now() + this.maxWaitMs
    let room = this.maxSize - first.pending.length
    for (;;) {
      for (let next = this.#jobs[0]; next && this.#fits(next, first, room); next = this.#jobs[0]) {
        this.#jobs.shift()
        taken.push(next)
        room -= next.pending.length
      }
      const left = deadline - performance.now()
      if (room <= 0 || left <= 0 || this.#closed || this.#jobs.length > 0) return taken
      await this.#change(left)
    }
  }

  #fits(job: Job, first: Job, room: number): boolean {
    return job.parameters.key === first.parameters.key && job.pending.length <= room
  }
}
