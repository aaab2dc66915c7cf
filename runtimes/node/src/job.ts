import type { Parameters } from './parameters.ts'
import type { Language, Problem } from './problem.ts'

const longestLog = 64 * 1024

/** Told of what happens to a job: an event's name, the position of its element where it is of one, and its data as JSON text. */
export type Listener = (event: string, index: number | null, data: string) => void

/** One request on its way through the runtime: its elements and, one by one, the JSON text of their predictions. */
export class Job {
  /** Positions of the elements that are to be run. */
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
  /** Called when it is cancelled. */
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

  /** What was printed, at most the last 64 KiB of it. */
  get logs(): string {
    return this.#logs.slice(-longestLog)
  }

  /** Characters of its predictions and its log. */
  get size(): number {
    return this.predictions.reduce((sum, text) => sum + text.length, this.logs.length)
  }

  /** It has been taken up. */
  start(): void {
    this.startedAt = performance.now()
    this.listener?.('start', null, JSON.stringify({ id: this.id, batch_id: this.batchId }))
  }

  /** An element is done; `outputs` is JSON text. */
  succeed(index: number, outputs: string): void {
    this.predictions[index] = `{"index":${index},"status":"succeeded","outputs":${outputs}}`
  }

  /** Tells a listener of an element's outputs, final or not. */
  announce(index: number, outputs: string): void {
    this.listener?.('output', index, `{"index":${index},"outputs":${outputs}}`)
  }

  /** An element has failed alone. */
  fail(index: number, problem: Problem): void {
    this.failures.set(index, problem)
    if (problem.code === 'input.invalid') this.invalid++
    const error = problem.body(this.language)
    this.predictions[index] = JSON.stringify({ index, status: 'failed', error, outputs: [] })
  }

  /** Progress from 0 to 1, of one element or (null) of the whole. */
  report(index: number | null, progress: number, message: string | null): void {
    this.progress = progress
    this.listener?.('progress', index, JSON.stringify({ index, progress, message }))
  }

  /** Something was printed. */
  log(stream: 'stdout' | 'stderr', text: string): void {
    this.#logs += text
    if (this.#logs.length > 2 * longestLog) this.#logs = this.logs
    this.listener?.('log', null, JSON.stringify({ stream, text }))
  }

  /** Nobody wants it any more: its callers have left, or one cancelled it. */
  cancel(): void {
    if (this.finishedAt !== null) return
    this.cancelled = true
    this.onCancel()
  }

  /** All elements have their prediction. */
  finish(): void {
    this.finishedAt = performance.now()
    this.onDone()
  }
}
