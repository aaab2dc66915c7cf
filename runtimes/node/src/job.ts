import type { Parameters } from './parameters.ts'
import type { Language, Problem } from './problem.ts'

const longestLog = 64 * 1024

/**
 * Receives the events of a job: the name of the event, the index of its element (null for the whole job), and
 * its data as JSON text.
 */
export type Listener = (event: string, index: number | null, data: string) => void

/** One request in the runtime: its elements and the JSON text of their predictions. */
export class Job {
  /** Indexes of the elements that must be run. */
  pending: number[] = []
  readonly predictions: string[]
  readonly failures = new Map<number, Problem>()
  invalid = 0
  cancelled = false
  progress: number | null = null
  startedAt: number | null = null
  finishedAt: number | null = null
  readonly queuedAt = performance.now()
  listener: Listener | null = null
  /** Called when the job is cancelled. */
  onCancel: () => void = () => undefined
  /** Called when all elements have their prediction. */
  onDone: () => void = () => undefined
  #logs = ''

  constructor(
    readonly id: string,
    readonly batchId: string | null,
    public elements: unknown[],
    readonly parameters: Parameters,
    readonly language: Language,
    readonly prefix: string,
  ) {
    this.predictions = Array.from({ length: elements.length }, () => '')
  }

  /** The printed text, at most the last 64 KiB. */
  get logs(): string {
    return this.#logs.slice(-longestLog)
  }

  /** The number of characters of its predictions and its log. */
  get size(): number {
    return this.predictions.reduce((sum, text) => sum + text.length, this.logs.length)
  }

  /** Must be called when the job starts to run. */
  start(): void {
    this.startedAt = performance.now()
    this.listener?.('start', null, JSON.stringify({ id: this.id, batch_id: this.batchId }))
  }

  /** Records that an element has succeeded. `outputs` is JSON text. */
  succeed(index: number, outputs: string): void {
    this.predictions[index] = `{"index":${index},"status":"succeeded","outputs":${outputs}}`
  }

  /** Sends the outputs of an element to the listener, final or not. */
  announce(index: number, outputs: string): void {
    this.listener?.('output', index, `{"index":${index},"outputs":${outputs}}`)
  }

  /** Records that a single element has failed. */
  fail(index: number, problem: Problem): void {
    this.failures.set(index, problem)
    if (problem.code === 'input.invalid') this.invalid++
    const error = problem.body(this.language)
    this.predictions[index] = JSON.stringify({ index, status: 'failed', error, outputs: [] })
  }

  /** Reports progress from 0 to 1, of one element or (null) of the whole job. */
  report(index: number | null, progress: number, message: string | null): void {
    this.progress = progress
    this.listener?.('progress', index, JSON.stringify({ index, progress, message }))
  }

  /** Adds printed text. */
  log(stream: 'stdout' | 'stderr', text: string): void {
    this.#logs += text
    if (this.#logs.length > 2 * longestLog) this.#logs = this.logs
    this.listener?.('log', null, JSON.stringify({ stream, text }))
  }

  /** Cancels the job: its callers have disconnected, or one has cancelled it. */
  cancel(): void {
    if (this.finishedAt !== null) return
    this.cancelled = true
    this.onCancel()
  }

  /** Records that all elements have their prediction. */
  finish(): void {
    this.finishedAt = performance.now()
    this.onDone()
  }
}
