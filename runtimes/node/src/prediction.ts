import { removeFiles } from './fetched-media.ts'
import type { Job } from './job.ts'
import { longestLog, type PredictionEvent } from './pending-events.ts'
import type { Service } from './service.ts'

/** Receives the events of a prediction, and its end. */
export type Follower = { onEvent(event: PredictionEvent): void; onEnd(): void }

/**
 * A prediction that can be followed: a job with its events. `unattendedS` is how many seconds it continues
 * while nobody follows it: 0 means not at all, null without limit.
 */
export class Prediction {
  readonly job: Job
  readonly #unattendedS: number | null
  readonly #followers = new Set<Follower>()
  /** Newer progress and newer output of an element replace older ones. */
  readonly #events = new Map<string, PredictionEvent>()
  #logs: { key: string; length: number }[] = []
  #logged = 0
  #logNumber = 0
  #timer: NodeJS.Timeout | undefined

  /** @param bytes how large its request is */
  constructor(
    job: Job,
    unattendedS: number | null,
    readonly bytes: number,
  ) {
    this.job = job
    this.#unattendedS = unattendedS
    job.listener = (name, index, data) => this.#add(name, index, data)
  }

  get hasEnded(): boolean {
    return this.job.finishedAt !== null
  }

  /** Queues the job. `onDone` is called when it has finished, before its followers are told. */
  submit(service: Service, temporary: readonly string[], onDone: () => void): void {
    this.job.onDone = () => {
      removeFiles(temporary)
      onDone()
      this.#end()
    }
    if (this.job.pending.length === 0) this.job.start()
    service.submit(this.job)
    // With 0, the prediction ends with its last follower, but it has not had its first one yet.
    if (this.#unattendedS !== 0) this.#watch()
  }

  /** Sends the events so far and all later ones to a follower. The returned function ends that. */
  follow(follower: Follower): () => void {
    for (const event of this.#events.values()) follower.onEvent(event)
    if (this.hasEnded) {
      follower.onEnd()
      return () => undefined
    }
    this.#followers.add(follower)
    this.#watch()
    return () => {
      this.#followers.delete(follower)
      this.#watch()
    }
  }

  #add(name: string, index: number | null, data: string): void {
    const key = name === 'log' ? this.#keyOfLog(data.length) : `${name} ${index}`
    const event = { key, name, data }
    this.#events.delete(key)
    this.#events.set(key, event)
    for (const follower of this.#followers) follower.onEvent(event)
  }

  /** Returns the key of a new log event. The oldest log events are dropped for it. */
  #keyOfLog(length: number): string {
    const key = `log ${(this.#logNumber += 1)}`
    this.#logs.push({ key, length })
    this.#logged += length
    while (this.#logged > longestLog && this.#logs.length > 1) {
      const oldest = this.#logs.shift()
      if (!oldest) break
      this.#events.delete(oldest.key)
      this.#logged -= oldest.length
    }
    return key
  }

  #end(): void {
    // The answer contains everything, and the input is no longer needed.
    this.#events.clear()
    this.#logs = []
    this.job.elements = []
    clearTimeout(this.#timer)
    for (const follower of this.#followers) follower.onEnd()
    this.#followers.clear()
  }

  /** Starts or stops the timer for the time without followers. */
  #watch(): void {
    clearTimeout(this.#timer)
    if (this.#followers.size > 0 || this.hasEnded || this.#unattendedS === null) return
    if (this.#unattendedS === 0) return this.job.cancel()
    this.#timer = setTimeout(() => this.job.cancel(), this.#unattendedS * 1000)
    this.#timer.unref()
  }
}
