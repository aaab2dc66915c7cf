import { setTimeout as delay } from 'node:timers/promises'
import {
  fileIdentity,
  fileState,
  listLogFiles,
  openIfThere,
  openState,
  readLines,
} from './access-log-files.ts'
import { readCallLine, type RecordedCall } from './call-line.ts'
import type { ReplicaOf } from './call-sums.ts'
import { maskedBodies, type KeptFolder, type Mask } from './kept-bodies.ts'
import type { RecordingsRepository } from './recordings.repository.ts'

const pollMs = 500
/**
 * After this many looks at the log, all files are checked, also the rotated ones, because a gateway that is
 * being replaced may still write to one.
 */
const lookAtAllEvery = 20
const retryMs = 1_000
/** About 1,500 lines. Limits what is held in memory and what one transaction stores. */
const batchBytes = 512 * 1024

type Deps = {
  /** Path of the gateway's access log. */
  path: string
  records: Pick<RecordingsRepository, 'positions' | 'record'>
  kept: Pick<KeptFolder, 'read' | 'remove'>
  /** What hides the secrets of a service in a text: callers may send them, and programs answer them. */
  maskOf: (serviceId: string) => Promise<Mask>
  replicaOf: ReplicaOf
  /** Gets calls after they have been stored, and the number of lines beside them in an unknown format. */
  onRecorded: (calls: readonly RecordedCall[], unreadable: number) => Promise<void> | void
  /** Gets the reason when nothing can be recorded, and null when recording works again. */
  onProblem: (problem: unknown) => void
}

/**
 * Stores the lines of the gateway's access log as rows. It continues where it stopped: the position in each
 * file is stored in the same transaction as the rows, so every line counts exactly once, even if a process is
 * killed. It never delays a request.
 */
export class CallRecorder {
  readonly #deps: Deps
  readonly #buffer = Buffer.alloc(batchBytes)
  readonly #stopped = new AbortController()
  /** How far each file has been read, by identity. Null if it must be read from the database. */
  #positions: Map<string, number> | null = null
  /** The states of files that have been read to their end. */
  #finished: ReadonlySet<string> = new Set()
  #lastState: string | null | undefined
  #polls = 0
  #hasProblem = false
  #running: Promise<void> = Promise.resolve()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Starts to record. */
  start(): void {
    this.#running = this.#run()
  }

  /** Stops. Resolves when the current batch has been stored. */
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

  /** Checks the files once. Resolves with how long to wait before the next check, in milliseconds. */
  async #turn(): Promise<number> {
    try {
      const state = await fileState(this.#deps.path)
      const isDue = this.#polls++ % lookAtAllEvery === 0
      if (isDue || this.#hasProblem || state !== this.#lastState) await this.#readAll()
      this.#lastState = state
      this.#reportProblem(null)
      return pollMs
    } catch (error) {
      // It is not known whether the last batch was stored, so the positions are read from the database again.
      this.#positions = null
      this.#reportProblem(error)
      return retryMs
    }
  }

  #reportProblem(problem: unknown): void {
    const hasProblem = problem !== null
    if (hasProblem !== this.#hasProblem) this.#deps.onProblem(problem)
    this.#hasProblem = hasProblem
  }

  async #readAll(): Promise<void> {
    this.#positions ??= await this.#deps.records.positions()
    const finished = new Set<string>()
    for (const { path, state } of await listLogFiles(this.#deps.path)) {
      if (this.#stopped.signal.aborted) return
      const read = this.#finished.has(state) ? state : await this.#readFile(path, this.#positions)
      if (read !== null) finished.add(read)
    }
    this.#finished = finished
  }

  /**
   * Reads the file that has a name now to its end. Resolves with its state before that, which is not the listed one
   * if the files were renamed since. Null if there is no such file any more.
   */
  async #readFile(path: string, positions: Map<string, number>): Promise<string | null> {
    const file = await openIfThere(path)
    if (!file) return null
    try {
      const state = await openState(file)
      const id = await fileIdentity(file)
      if (id === null) return state
      for (;;) {
        const from = positions.get(id) ?? 0
        const { lines, end } = await readLines(file, from, this.#buffer)
        if (end === from || this.#stopped.signal.aborted) return state
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
    const kept = calls.flatMap((call) => call.kept ?? [])
    const bodies = await maskedBodies(calls, await this.#deps.kept.read(kept), this.#deps.maskOf)
    const { replicaOf } = this.#deps
    const stored = await this.#deps.records.record({ ...position, calls, bodies, replicaOf })
    if (!stored) throw new Error(`${this.#deps.path} was read by somebody else as well`)
    await this.#deps.kept.remove(kept)
    await this.#deps.onRecorded(stored, read.filter((call) => call === 'unreadable').length)
  }
}
