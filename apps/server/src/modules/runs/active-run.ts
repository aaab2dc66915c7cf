import type { Logger } from 'pino'
import { isAway } from '../../adapters/database/database.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { internalError } from '../../http/http.errors.ts'
import { callInstance } from './instance-call.ts'
import { RunHistory, type RunEvent } from './run-history.ts'
import type { Place } from './run-place.ts'
import { hasRunEnded, nextRun } from './run-progress.ts'
import { failureOf, type RunRecord } from './run-record.ts'
import { runCancelled, runInterrupted } from './runs.errors.ts'
import type { RunsRepository } from './runs.repository.ts'

/** Why a run is aborted. */
type Cut = 'cancelled' | 'shutdown'

/** What carrying out a run needs. */
export type ActiveRunDeps = { runs: Pick<RunsRepository, 'save'>; clock: Clock; logger: Logger }

/** A server that was killed is back within seconds. */
const databaseWaitMs = 60_000

/** What a run that ended early is told to have failed of. */
function errorOf(cut: Cut | null, error: unknown): AppError {
  if (cut !== null) return cut === 'cancelled' ? runCancelled({}) : runInterrupted({})
  return error instanceof AppError ? error : internalError({}, error)
}

/** A run that is carried out here: once, from its row to its end. */
export class ActiveRun {
  readonly #deps: ActiveRunDeps
  readonly #controller = new AbortController()
  readonly #history = new RunHistory()
  readonly #listeners = new Set<(event: RunEvent) => void>()
  #run: RunRecord
  #port: number | null = null
  #done = Promise.resolve()

  constructor(deps: ActiveRunDeps, run: RunRecord) {
    this.#deps = deps
    this.#run = run
  }

  /** The run as it is now, ahead of its row. */
  get run(): RunRecord {
    return this.#run
  }

  /** Port of the instance that carries it out, once it has one. */
  get port(): number | null {
    return this.#port
  }

  /** What happened so far, for whoever comes later. */
  get kept(): RunEvent[] {
    return [...this.#history]
  }

  /** Resolves when it has ended and its end is recorded. */
  get done(): Promise<void> {
    return this.#done
  }

  /** Begins it; it is queued until it has its place. `onEnd` is called at its end, before those who follow hear of it. */
  begin(place: Place, onEnd: () => void): void {
    this.#done = this.#carryOut(place)
      .catch((error: unknown) =>
        this.#deps.logger.error({ err: error, run: this.#run.id }, 'recording a run failed'),
      )
      .finally(() => {
        onEnd()
        this.#tell({ event: 'status', data: this.#run })
      })
  }

  /** Asks it to end. */
  cut(why: Cut): void {
    this.#controller.abort(why)
  }

  /** Gives a listener what happened so far and what comes, the last event being `status` of the ended run. */
  follow(listener: (event: RunEvent, ended: boolean) => void): () => void {
    const hear = (event: RunEvent) => listener(event, event.event === 'status' && hasRunEnded(this.#run))
    for (const event of this.#history) listener(event, false)
    this.#listeners.add(hear)
    return () => this.#listeners.delete(hear)
  }

  async #carryOut(place: Place): Promise<void> {
    const { signal } = this.#controller
    let leave = () => {}
    try {
      const placed = await place(signal)
      leave = placed.leave
      const { port } = placed
      this.#port = port
      const { id, service_id: serviceId, input_data, parameters } = this.#run
      await this.#become({ ...this.#run, status: 'running', started_at: this.#now() })
      this.#tell({ event: 'status', data: this.#run })
      const body = { input_data, parameters, batch_id: id }
      for await (const event of callInstance({ serviceId, port, body, signal })) {
        await this.#become(nextRun(this.#run, event, this.#now()))
        this.#tell(event)
      }
    } catch (error) {
      await this.#fail(error)
    } finally {
      leave()
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { signal } = this.#controller
    const cut: Cut | null = signal.aborted ? signal.reason : null
    if (!(error instanceof AppError) && !cut)
      this.#deps.logger.error({ err: error, run: this.#run.id }, 'run failed')
    this.#run = {
      ...this.#run,
      status: cut === 'cancelled' ? 'cancelled' : 'failed',
      error: failureOf(errorOf(cut, error)),
      finished_at: this.#now(),
    }
    await this.#record()
  }

  #now(): string {
    return this.#deps.clock().toISOString()
  }

  #tell(event: RunEvent): void {
    this.#history.add(event)
    for (const listener of this.#listeners) listener(event)
  }

  /** The run is this from now on; its row follows where its status is another. */
  async #become(next: RunRecord): Promise<void> {
    const before = this.#run.status
    this.#run = next
    if (next.status !== before) await this.#record()
  }

  /** Writes the run's row. Where the database is away, it waits for it: a run that ended would count as running for ever. */
  async #record(): Promise<void> {
    const run = this.#run
    let problem: unknown
    const save = () =>
      this.#deps.runs.save(run).then(
        () => true,
        (error: unknown) => {
          if (!isAway(error)) throw error
          problem = error
          return false
        },
      )
    const recorded = await waitFor(save, { timeoutMs: databaseWaitMs, everyMs: 100, slowingToMs: 2_000 })
    if (!recorded) throw problem
  }
}
