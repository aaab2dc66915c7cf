import { randomUUID } from 'node:crypto'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Logger } from 'pino'
import { unforeseen } from '../../../lib/internal.errors.ts'
import type { MemoryBudget, Hold } from '../../../lib/memory-budget.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AppError } from '../../../lib/errors.ts'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import { retryUntilReachable } from '../../../adapters/database/database-retry.ts'
import type { ReadMedia } from '../../service-apis/input-media.ts'
import { forgetPrediction } from '../calling/forget-prediction.ts'
import { callInstance, type InstanceCall } from '../calling/instance-call.ts'
import { createGeneratedFiles, type GeneratedFiles } from '../files/generated-files.ts'
import { callOperation } from '../calling/operation-call.ts'
import type { FindInstance, RunInstance } from '../run-instance.ts'
import { maskedEvents, maskedFailure } from '../events/masked-events.ts'
import type { StoredCall } from '../stored-call.ts'
import type { PredictEvent, RunEvent } from '../events/run-events.ts'
import type { KeepFiles } from '../files/keep-files.ts'
import { lossOf } from './lost-run.ts'
import { hasRunEnded, nextRun } from './progress.ts'
import { RunListeners } from './run-listeners.ts'
import { untilStored } from './until-stored.ts'
import { failureOf, type RunRecord } from '../run-record.ts'
import { runCancelled } from '../runs.errors.ts'
import type { RunsRepository } from '../runs.repository.ts'
import type { StartedCall } from '../calling/started-call.ts'

/** Why a run is interrupted: somebody cancelled it, or this control plane stops and the next one continues it. */
type Cut = 'cancelled' | 'left'

/** What executing a run needs. */
export type ActiveRunDeps = {
  runs: Pick<RunsRepository, 'begin' | 'setCall' | 'end'>
  keepFiles: KeepFiles
  /** Reads the media files in the inputs of runs that call an API of the package's own. */
  readMedia: ReadMedia
  /** The memory that all calls share. */
  memory: MemoryBudget
  /** The folder for files that have not arrived completely. */
  uploads: string
  /** Hides the secrets of a service in what its algorithm prints. */
  maskOf: (serviceId: string) => Promise<(text: string) => string>
  clock: Clock
  logger: Logger
  /** The pause before the end of a run is stored again after that has failed, in milliseconds. Tests set it. */
  storePauseMs?: number
}

/** Begins runs one after the other for each instance, so that runs reach it in the order of their turns. */
const begins = keyedQueue()

/** A run that this control plane executes, from its row to its end. */
export class ActiveRun {
  readonly #deps: ActiveRunDeps
  readonly #controller = new AbortController()
  /** Aborts when the next control plane takes the run over, also after it was cancelled. */
  readonly #leaving = new AbortController()
  readonly #listeners = new RunListeners()
  #run: RunRecord
  readonly #begun: StartedCall | null
  #call: StoredCall | null
  #endpoint: InstanceEndpoint | null = null
  #found: Pick<RunInstance, 'lost' | 'whyEnded'> = {}
  /** The files that were made from the answers of an API. */
  readonly #files: GeneratedFiles
  /** The part of the memory of all calls that its call holds. */
  readonly #hold: Hold
  #mask: ((text: string) => string) | undefined
  #hasEnd = false
  #isEndStored = false
  #done = Promise.resolve()

  /** `person` is one name for the person or visitor for whom the run counts. */
  constructor(
    deps: ActiveRunDeps,
    { run, person, begun }: { run: RunRecord; person: string; begun: StartedCall | null },
  ) {
    this.#deps = deps
    this.#hold = deps.memory.open(person, this.#controller.signal)
    this.#files = createGeneratedFiles(deps.uploads)
    this.#run = run
    this.#begun = begun
    this.#call = begun?.call ?? null
  }

  /** The current state of the run, which is newer than its row. */
  get run(): RunRecord {
    return this.#run
  }

  /** The id of the instance that executes the run, once it has one. */
  get instanceId(): string | null {
    return this.#call?.instanceId ?? null
  }

  /** The address of that instance while it executes the run. */
  get endpoint(): InstanceEndpoint | null {
    return this.#endpoint
  }

  /** The events so far, for listeners that come later. */
  get kept(): RunEvent[] {
    return this.#listeners.kept
  }

  /** Resolves when the run has ended and its end is stored, or when it was left for the next control plane. */
  get done(): Promise<void> {
    return this.#done
  }

  /** Begins the run. It is queued until an instance takes it from its queue. `onEnd` is called before the listeners get the end. */
  begin(findInstance: FindInstance, onEnd: () => void): void {
    this.#done = this.#carryOut(findInstance)
      .catch((error: unknown) =>
        this.#deps.logger.error({ err: error, run: this.#run.id }, 'recording a run failed'),
      )
      .finally(() => {
        onEnd()
        this.#listeners.tell({ event: 'status', data: this.#run })
      })
      .then(() => this.#forgetPrediction())
  }

  /** Interrupts the run. */
  cut(why: Cut): void {
    this.#controller.abort(why)
    if (why === 'left') this.#leaving.abort()
  }

  /** Gives a listener the events so far and all that follow. The last event is `status` with the ended run. */
  follow(listener: (event: RunEvent, ended: boolean) => void): () => void {
    const hear = (event: RunEvent) => listener(event, event.event === 'status' && hasRunEnded(this.#run))
    for (const event of this.#listeners.kept) listener(event, false)
    return this.#listeners.add(hear)
  }

  async #carryOut(findInstance: FindInstance): Promise<void> {
    let giveBack = () => {}
    try {
      const begun = (await this.#resume()) ?? (await this.#callNew(findInstance))
      giveBack = begun.giveBack
      this.#listeners.tell({ event: 'status', data: this.#run })
      for await (const event of maskedEvents(begun.events, this.#mask)) await this.#hear(event)
    } catch (error) {
      // The run has ended even if its end could not be stored. That is not a failure of the run.
      if (this.#hasEnd) throw error
      await this.#fail(error)
    } finally {
      giveBack()
      this.#hold.end()
      await this.#files.end()
    }
  }

  /** Continues what an earlier control plane had begun. Null if there is nothing to continue. */
  async #resume() {
    const resumed = await this.#begun?.resume(this.#hold)
    if (!resumed) return null
    await retryUntilReachable(() => this.#readMask())
    this.#endpoint = resumed.endpoint
    this.#found = resumed
    // The instance sends all earlier events again.
    this.#run = { ...this.#run, progress: null, progress_message: null, logs: '' }
    return { events: resumed.events, giveBack: resumed.giveBack }
  }

  /** Calls an instance. Stores which instance and which prediction id before the call. */
  async #callNew(findInstance: FindInstance) {
    const found = await findInstance(this.#controller.signal)
    this.#found = found
    try {
      const { instanceId, generation, endpoint } = found
      const call: StoredCall = { instanceId, generation, predictionId: randomUUID(), kept: null }
      this.#call = call
      this.#endpoint = endpoint
      this.#run = { ...this.#run, status: 'running', started_at: this.#now() }
      // Nothing is awaited between the end of this turn and the request, so that runs keep their order on the way to the instance.
      await begins.run(instanceId, () =>
        retryUntilReachable(async () => {
          await this.#readMask()
          await this.#deps.runs.begin(this.#run, call)
        }),
      )
      return { events: this.#callAt(found, call), giveBack: found.giveBack }
    } catch (error) {
      found.giveBack()
      throw error
    }
  }

  readonly #readMask = async () => void (this.#mask ??= await this.#deps.maskOf(this.#run.service_id))

  #callAt({ endpoint, operation }: RunInstance, call: StoredCall): AsyncIterable<PredictEvent> {
    const { id, service_id: serviceId, input_data, parameters } = this.#run
    const asked: InstanceCall = {
      id: call.predictionId,
      serviceId,
      endpoint,
      body: { input_data, parameters, batch_id: id },
      signal: this.#hold.signal,
      hold: this.#hold,
      onAnswer: async (kept) => {
        const answered = { ...call, kept }
        this.#call = answered
        // An instance that keeps predictions has its own queue, and tells when a run leaves that queue.
        if (kept) this.#run = { ...this.#run, status: 'queued', started_at: null }
        await this.#storeCall(answered)
        if (kept) this.#listeners.tell({ event: 'status', data: this.#run })
      },
    }
    const { readMedia } = this.#deps
    return operation
      ? callOperation({ ...asked, operation, readMedia, files: this.#files })
      : callInstance(asked)
  }

  #storeCall(call: StoredCall): Promise<void> {
    return retryUntilReachable(() => this.#deps.runs.setCall(this.#run, call))
  }

  async #hear(event: PredictEvent): Promise<void> {
    const next = nextRun(this.#run, event, this.#now())
    if (event.event !== 'completed') {
      const hasStarted = this.#run.status === 'queued'
      this.#run = next
      this.#listeners.tell(event)
      if (hasStarted && this.#call) await this.#storeCall(this.#call)
      return
    }
    const { result, unkept_files } = await this.#deps.keepFiles({
      run: next,
      result: event.data,
      endpoint: this.#endpoint,
      made: this.#files,
      signal: this.#controller.signal,
    })
    await this.#end({ ...next, result, unkept_files, finished_at: this.#now() })
    this.#listeners.tell({ event: 'completed', data: result })
  }

  async #fail(error: unknown): Promise<void> {
    const { signal } = this.#controller
    const lost = await lossOf(error, { run: this.#run, hold: this.#hold, found: this.#found, signal })
    const cut: Cut | null = signal.aborted ? signal.reason : null
    if (cut === 'left') return
    const isOurs = !(error instanceof AppError) && !cut && !lost
    if (isOurs) this.#deps.logger.error({ err: error, run: this.#run.id }, 'run failed')
    const reason = lost ?? (error instanceof AppError ? error : unforeseen(error))
    const failure = failureOf(cut === 'cancelled' ? runCancelled({}) : reason)
    await this.#untilStored(() => this.#readMask())
    await this.#end({
      ...this.#run,
      status: cut === 'cancelled' ? 'cancelled' : 'failed',
      error: maskedFailure(failure, this.#mask),
      finished_at: this.#now(),
    })
  }

  /**
   * Ends the run with this state. Others see the end only once it is stored, which is tried until this control plane stops. Whoever
   * sees it can rely on the run's place being free, and on its media being closed to the instance.
   */
  async #end(run: RunRecord): Promise<void> {
    // To close them takes a moment, in which others would already see the end.
    await this.#files.end()
    this.#hasEnd = true
    await this.#untilStored(() => this.#deps.runs.end(run))
    this.#isEndStored = true
    this.#run = run
  }

  #untilStored(write: () => Promise<unknown>): Promise<void> {
    return untilStored(write, {
      left: this.#leaving.signal,
      pauseMs: this.#deps.storePauseMs,
      onFailure: (error) =>
        this.#deps.logger.error(
          { err: error, run: this.#run.id },
          'the end of a run could not be stored yet',
        ),
    })
  }

  /**
   * Tells the instance to cancel or delete the prediction, if the end of the run is stored. If it is not, the next
   * control plane gets the result from the instance.
   */
  async #forgetPrediction(): Promise<void> {
    if (this.#call === null || this.#endpoint === null || this.#call.kept === false) return
    if (!this.#isEndStored) return
    const { id: run, service_id: serviceId } = this.#run
    const { predictionId: id } = this.#call
    await forgetPrediction(this.#deps, { run, id, serviceId, endpoint: this.#endpoint })
  }

  #now(): string {
    return this.#deps.clock().toISOString()
  }
}
