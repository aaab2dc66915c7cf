import { Worker } from 'node:worker_threads'
import type {
  CallRequest,
  ConfigChanges,
  ElementResult,
  FromWorker,
  ToWorker,
  WorkerStart,
} from './messages.ts'
import { badOutput, Problem } from './problem.ts'

/** Receives the events of one call. */
export type CallEvents = {
  onLog(stream: 'stdout' | 'stderr', text: string): void
  onProgress(progress: number, message: string | null): void
  /** A generator has yielded. `outputs` is JSON text. */
  onValue(outputs: string): void
}

/** How a call ended. */
export type CallEnd =
  | { type: 'returned'; results: ElementResult[] }
  | { type: 'streamed' }
  | { type: 'streams' }
  | { type: 'raised'; problem: Problem }

/** The outcome of changed variables: the package took them, has no `onConfig`, or threw. */
export type ConfigEnd = 'taken' | 'not-taken' | 'failed'

type Call = { events: CallEvents; resolve(end: CallEnd): void }

/**
 * Runs the algorithm in its own thread, so a `predict` that blocks does not block the event loop of the
 * service.
 */
export class Predictor {
  /** STARTING, READY, SETUP_FAILED, or DEFUNCT when its thread has ended by itself. */
  state: 'STARTING' | 'READY' | 'SETUP_FAILED' | 'DEFUNCT' = 'STARTING'
  detail: string | null = null
  /** Whether `predict` is a generator, as far as known. */
  streams = false
  #takesConfig = false
  readonly #worker: Worker
  readonly #calls = new Map<number, Call>()
  readonly #changes = new Map<number, (end: ConfigEnd) => void>()
  #lastId = 0

  constructor(
    script: string,
    start: WorkerStart,
    readonly onReady: () => void,
    readonly onDefunct: () => void,
  ) {
    this.#worker = new Worker(script, { workerData: start })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => process.stderr.write(`${error.stack ?? error.message}\n`))
    this.#worker.on('exit', (code) => this.#ended(code))
  }

  /** Calls `predict`; never rejects. `aborted` must call back when nobody wants the result any more. */
  call(
    request: Omit<CallRequest, 'type' | 'id'>,
    events: CallEvents,
    onAbort: (abort: () => void) => void,
  ): Promise<CallEnd> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      if (this.state === 'DEFUNCT') return resolve({ type: 'raised', problem: this.#crash() })
      this.#calls.set(id, { events, resolve })
      onAbort(() => this.#post({ type: 'abort', id }))
      this.#post({ type: 'call', id, ...request })
    })
  }

  /** Tells the algorithm of changed variables; never rejects. */
  configure(changes: ConfigChanges): Promise<ConfigEnd> {
    if (this.state !== 'READY' || !this.#takesConfig) return Promise.resolve('not-taken')
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#changes.set(id, resolve)
      this.#post({ type: 'configure', id, changes })
    })
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#worker.removeAllListeners('exit')
    await this.#worker.terminate()
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #crash(): Problem {
    return new Problem('algorithm.crashed', { values: { reason: this.detail ?? '' } })
  }

  #ended(code: number): void {
    if (this.state === 'SETUP_FAILED') return
    this.state = 'DEFUNCT'
    this.detail = `exit ${code}`
    for (const call of this.#calls.values()) call.resolve({ type: 'raised', problem: this.#crash() })
    this.#calls.clear()
    for (const resolve of this.#changes.values()) resolve('failed')
    this.#changes.clear()
    this.onDefunct()
  }

  #receive(message: FromWorker): void {
    if (message.type === 'ready') {
      this.streams = message.streams
      this.#takesConfig = message.takesConfig
      this.state = 'READY'
      return this.onReady()
    }
    if (message.type === 'setup-failed') {
      process.stderr.write(`${message.stack}\n`)
      this.detail = message.detail
      this.state = 'SETUP_FAILED'
      return
    }
    if (message.type === 'configured') return this.#configured(message)
    const call = this.#calls.get(message.id)
    if (!call) return
    if (message.type === 'log') return call.events.onLog(message.stream, message.text)
    if (message.type === 'progress') return call.events.onProgress(message.progress, message.message)
    if (message.type === 'value') return call.events.onValue(message.outputs)
    this.#calls.delete(message.id)
    call.resolve(this.#endOf(message))
  }

  #configured({ id, stack }: Extract<FromWorker, { type: 'configured' }>): void {
    if (stack !== null) process.stderr.write(`${stack}\n`)
    this.#changes.get(id)?.(stack === null ? 'taken' : 'failed')
    this.#changes.delete(id)
  }

  #endOf(message: Extract<FromWorker, { type: 'returned' | 'streamed' | 'streams' | 'raised' }>): CallEnd {
    if (message.type === 'streams') this.streams = true
    if (message.type !== 'raised') return message
    process.stderr.write(`${message.stack}\n`)
    const problem =
      'badOutput' in message
        ? badOutput(message.badOutput)
        : new Problem('algorithm.failed', { words: message.message })
    return { type: 'raised', problem }
  }
}
