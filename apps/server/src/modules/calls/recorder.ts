import { setTimeout as delay } from 'node:timers/promises'
import {
  fileIdentity,
  fileState,
  listLogFiles,
  openIfThere,
  readLines,
  type LogFile,
} from './access-log-files.ts'
import { readCallLine, type RecordedCall } from './call-line.ts'
import { sumCalls, type ReplicaOf } from './call-sums.ts'
import type { RecordingsRepository } from './recordings.repository.ts'

const pollMs = 500
/** At least so often all files are looked at, also those that were set aside: a gateway that is being replaced may still write to one. */
const lookAtAllEvery = 20
const retryMs = 1_000
/** Some 1,500 lines: what is held in memory, and what one transaction takes. */
const batchBytes = 512 * 1024

type Deps = {
  /** The gateway's access log. */
  path: string
  records: Pick<RecordingsRepository, 'positions' | 'record'>
  replicaOf: ReplicaOf
  /** Hears of calls once they are kept. */
  onRecorded: (calls: readonly RecordedCall[]) => Promise<void> | void
  /** Hears why nothing can be recorded for now, and null when it goes on. */
  onProblem: (problem: unknown) => void
}

/**
 * Makes rows of the gateway's access log. It goes on from where it stopped: the position in each file is kept in the transaction
 * that keeps the rows, so no line counts twice or never, whoever dies when. It is never in a request's way.
 */
export class CallRecorder {
  readonly #deps: Deps
  readonly #buffer = Buffer.alloc(batchBytes)
  readonly #stopped = new AbortController()
  /** How far each file was read, by its identity; null when it has to be asked for. */
  #positions: Map<string, number> | null = null
  /** States in which files were read to their end. */
  #finished: ReadonlySet<string> = new Set()
  #lastState: string | null | undefined
  #polls = 0
  #hasProblem = false
  #running: Promise<void> = Promise.resolve()
  /** Lines so far that were none of ours. */
  unreadable = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Begins to record. */
  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when the batch under way is kept. */
  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      const waitMs = await this.#turn()
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** One look at the files; how long to wait for the next. */
  async #turn(): Promise<number> {
    try {
      const state = await fileState(this.#deps.path)
      const isDue = this.#polls++ % lookAtAllEvery === 0
      if (isDue || this.#hasProblem || state !== this.#lastState) await this.#readAll()
      this.#lastState = state
      this.#tell(null)
      return pollMs
    } catch (error) {
      // Whether the last batch was kept is not known now: the database is asked where to go on.
      this.#positions = null
      this.#tell(error)
      return retryMs
    }
  }

  #tell(problem: unknown): void {
    const hasProblem = problem !== null
    if (hasProblem !== this.#hasProblem) this.#deps.onProblem(problem)
    this.#hasProblem = hasProblem
  }

  async #readAll(): Promise<void> {
    this.#positions ??= await this.#deps.records.positions()
    const finished = new Set<string>()
    for (const file of await listLogFiles(this.#deps.path)) {
      if (this.#stopped.signal.aborted) return
      if (!this.#finished.has(file.state)) await this.#readFile(file, this.#positions)
      finished.add(file.state)
    }
    this.#finished = finished
  }

  async #readFile({ path }: LogFile, positions: Map<string, number>): Promise<void> {
    const file = await openIfThere(path)
    if (!file) return
    try {
      const id = await fileIdentity(file)
      if (id === null) return
      for (;;) {
        const from = positions.get(id) ?? 0
        const { lines, end } = await readLines(file, from, this.#buffer)
        if (end === from || this.#stopped.signal.aborted) return
        await this.#keep({ file: id, from, to: end }, lines)
        positions.set(id, end)
      }
    } finally {
      await file.close()
    }
  }

  async #keep(position: { file: string; from: number; to: number }, lines: readonly string[]): Promise<void> {
    const read = lines.map(readCallLine)
    const calls = read.filter((call) => call !== null && call !== 'unreadable')
    const sums = sumCalls(calls, this.#deps.replicaOf)
    if (!(await this.#deps.records.record({ ...position, calls, sums })))
      throw new Error(`${this.#deps.path} was read by somebody else as well`)
    this.unreadable += read.filter((call) => call === 'unreadable').length
    await this.#deps.onRecorded(calls)
  }
}
