import type { ProcessState } from '@vitrine/contract'
import { afterExit, recentExits, type Exit } from '../crash-loop.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { NextStep } from './next-step.ts'

/** The pause after a start that was not possible, for example because the engine does not answer. In milliseconds. */
const retryMs = 5_000

/** What a process needs from its runner. */
export type ProcessHost = {
  /** Stores the record of the process. */
  save: () => Promise<void>
  /** Runs work in the background, in turn with the calls for this process. */
  later: (work: () => Promise<void>) => void
  changed: (report: ProcessReport) => void
  onError: (error: unknown) => void
}

/**
 * The part of a process's life that all drivers share: its record, its state, and its next step. Its methods are called
 * one after the other.
 */
export class ProcessLife {
  /** What comes next, after a pause. */
  readonly next: NextStep
  readonly #record: ProcessRecord
  readonly #host: ProcessHost
  readonly #reportIn: (state: ProcessState) => ProcessReport
  #state: ProcessState
  #isReleased = false

  /** @param reportIn makes the report of the process in a state */
  constructor(record: ProcessRecord, host: ProcessHost, reportIn: (state: ProcessState) => ProcessReport) {
    this.#record = record
    this.#host = host
    this.#reportIn = reportIn
    this.#state = record.isEnding ? 'STOPPING' : record.fatal === null ? 'STOPPED' : 'FATAL'
    const mayStart = () => this.isWanted && !this.isAlive
    this.next = new NextStep({ later: (work) => this.later(work), mayStart })
  }

  get state(): ProcessState {
    return this.#state
  }
  /** Whether the process is running, as far as is known. */
  get isAlive(): boolean {
    return this.#record.identity !== null || this.#record.container?.hasEnded === false
  }
  /** Whether the process should run. */
  get isWanted(): boolean {
    return this.#record.desired === 'running' && this.#record.fatal === null
  }

  report(): ProcessReport {
    return this.#reportIn(this.#state)
  }
  /** Reports its state. */
  tell(): void {
    this.#host.changed(this.report())
  }
  move(event: ProcessEvent): void {
    this.#state = nextState(this.#state, event)
    this.tell()
  }

  /** Runs work in the background, in turn with the calls for this process. Without effect once it is released. */
  later(work: () => Promise<void>): void {
    if (!this.#isReleased) this.#host.later(work)
  }
  /** Releases the process. Later events of it have no effect any more. */
  release(): void {
    this.#isReleased = true
    this.next.cancel()
  }

  /**
   * Resolves with the result of work. An error is reported, and the result is then `otherwise`, because the following
   * work must be done in any case.
   */
  async orElse<T>(otherwise: T, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      this.#host.onError(error)
      return otherwise
    }
  }

  /** Records that the process should run. The exits that made it FATAL are forgotten. */
  async want(): Promise<void> {
    const record = this.#record
    this.next.cancel()
    record.desired = 'running'
    record.isEnding = false
    record.fatal = null
    record.exits = []
    await this.#host.save()
  }

  /**
   * Records that the process should not run. The driver ends it, and then calls `gone`. If the control plane is killed in
   * between, the process is STOPPING for the next one, whose driver goes on.
   */
  async unwant(): Promise<void> {
    this.next.cancel()
    this.#record.desired = 'stopped'
    this.#record.isEnding = true
    await this.#host.save()
    this.move('stop')
  }

  /** Records that nothing of the process is left, because it was stopped or given up. */
  async gone(): Promise<void> {
    const record = this.#record
    const isStopped = record.desired === 'stopped'
    record.startedAt = null
    record.isEnding = false
    if (isStopped) record.fatal = null
    await this.#host.save()
    if (isStopped) this.move('stopped')
  }

  /**
   * Makes it count as running once it has run for its start seconds, if `isSame` then says that this is still the same
   * life.
   */
  async settle(isSame: () => boolean | Promise<boolean>): Promise<void> {
    const { spec, startedAt } = this.#record
    const left = spec.startSeconds * 1000 - (Date.now() - (startedAt ?? 0))
    const stayedUp = async () => {
      if (await isSame()) this.move('stayed_up')
    }
    if (left <= 0) await stayedUp()
    else this.next.after(left, stayedUp)
  }

  /**
   * Records that it has ended by itself. Returns the pause before its next start, in milliseconds, or null if it is
   * given up. `leave` is called when the exit is stored, before it is reported.
   */
  async exited(
    exit: Exit,
    leave: (isGivenUp: boolean) => Promise<void> = async () => undefined,
  ): Promise<number | null> {
    const record = this.#record
    this.#end()
    record.exits = [...recentExits(record.exits, exit.at), exit]
    this.next.cancel()
    const next = afterExit(record.exits, exit.at)
    const isGivenUp = next.kind === 'give_up'
    if (isGivenUp) record.fatal = next.reason
    await this.orElse(undefined, this.#host.save())
    await this.orElse(undefined, leave(isGivenUp))
    this.move(isGivenUp ? 'gave_up' : 'exited')
    return isGivenUp ? null : next.afterMs
  }

  /**
   * Records that it has ended because another process has its port. It starts with another port after a pause, in
   * milliseconds.
   */
  async lostPort(pauseMs: number, start: () => Promise<void>): Promise<void> {
    this.#end()
    await this.orElse(undefined, this.#host.save())
    this.move('lost_port')
    this.next.start(pauseMs, start)
  }

  /** Starts it. If that is not possible now, it tries again as long as the process should run. */
  async keepStarting(start: () => Promise<void>): Promise<void> {
    try {
      await start()
    } catch (error) {
      this.#host.onError(error)
      if (this.isWanted) this.next.start(retryMs, () => this.keepStarting(start))
    }
  }

  #end(): void {
    const record = this.#record
    if (record.container) record.container.hasEnded = true
    record.identity = null
    record.startedAt = null
  }
}
