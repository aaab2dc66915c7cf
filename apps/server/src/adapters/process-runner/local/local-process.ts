import type { ProcessState } from '@vitrine/contract'
import { isAlive, isAliveSync, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { afterExit, endOf, exitCodeOf, recentExits, type Exit } from '../crash-loop.ts'
import { reportOrElse } from '../or-else.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import type { LostPort } from '../port-decision.ts'
import { endingOf, programBegun } from '../process-in-sandbox.ts'
import { endpointOf, launchSpecOf } from '../process-endpoint.ts'
import { withShortGrace, recordLoss } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessReport } from '../process-runner.ts'
import { endTree } from '../process-tree.ts'
import { treeOf } from '../resource-limits/resource-limits.ts'
import type { Ending, LocalProcessHost } from './local-process-host.ts'

const errnoOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null

/**
 * The life of one process of the local runner: its record, state and timers. Its methods are called in turn,
 * never two at once.
 */
export class LocalProcess {
  readonly record: ProcessRecord
  readonly #host: LocalProcessHost
  /** Without the next start, nothing would look after a process any more. */
  readonly #orElse: ReturnType<typeof reportOrElse>
  #state: ProcessState
  #timer: NodeJS.Timeout | undefined
  #lastExit: Exit | null
  /** An adopted process is not our child, so its end is only noticed by checking. */
  #isAdopted = false
  #isReleased = false

  constructor(record: ProcessRecord, host: LocalProcessHost) {
    this.record = record
    this.#host = host
    this.#orElse = reportOrElse((error) => host.onError(error))
    this.#state = record.fatal === null ? 'STOPPED' : 'FATAL'
    this.#lastExit = record.exits.at(-1) ?? null
  }

  report(): ProcessReport {
    const { spec, identity, startedAt, restarts, lostPort } = this.record
    const { generation } = this
    const { guard } = this.#host
    const last = this.#lastExit
    return {
      id: spec.id,
      account: spec.user,
      state: this.#state,
      generation,
      listeners: generation === null ? undefined : guard.listenersOf({ id: spec.id, generation }),
      endpoint: endpointOf(this.record, this.#host.ports.host),
      lostPort,
      pid: identity?.pid ?? null,
      startedAt: startedAt === null ? null : new Date(startedAt),
      exitCode: last && exitCodeOf(last),
      overLimit: last?.overLimit ?? null,
      lastEnd: last && endOf(last),
      restarts,
      reason: this.#reason(),
    }
  }

  get generation(): string | null {
    const { identity } = this.record
    return identity && `${identity.pid}-${identity.startTime}`
  }

  #reason(): ProcessReason | null {
    if (this.#state === 'FATAL') return this.record.fatal
    return this.#state === 'BACKOFF' && this.#lastExit ? endOf(this.#lastExit) : null
  }

  /** Takes over what an earlier runner left: a living process, or one that should live but does not. */
  async adopt(): Promise<void> {
    const { record } = this
    const { identity } = record
    if (record.desired === 'stopped' || record.fatal !== null) return
    if (identity && !this.#isSocketElsewhere && (await isAlive(identity))) {
      this.#isAdopted = true
      this.#move('start')
      const startsForMs = record.spec.startSeconds * 1000 - (Date.now() - (record.startedAt ?? 0))
      if (startsForMs <= 0) this.#move('stayed_up')
      else this.#schedule(startsForMs, () => this.#settleIn(identity))
      return
    }
    await this.#endTree()
    if (identity) record.restarts += 1
    record.identity = null
    await this.#spawnAgain()
  }

  /** Whether its socket is in another folder than that of this runner. */
  get #isSocketElsewhere(): boolean {
    const { socket, spec } = this.record
    return socket !== null && socket !== this.#host.sockets.pathFor(spec.id)
  }

  /** Whether this is an adopted process that has ended. The system does not report such an end. */
  hasVanished(): boolean {
    const { identity, desired } = this.record
    return this.#isAdopted && identity !== null && desired === 'running' && !isAliveSync(identity)
  }

  /** Checks for the end of an adopted process, and handles it. */
  async checkProcess(): Promise<void> {
    if (this.hasVanished()) await this.#recordExit({ exitCode: null, signal: null })
  }

  /** Starts it, unless it runs, and clears the exits that made it FATAL. Rejects if it cannot get a port. */
  async start(): Promise<void> {
    const { record } = this
    if (record.desired === 'running' && record.fatal === null && record.identity) return
    await this.#chooseEndpoint()
    clearTimeout(this.#timer)
    record.desired = 'running'
    record.fatal = null
    record.exits = []
    this.#lastExit = null
    await this.#host.save(record)
    await this.#spawn()
  }

  /** Ends the whole tree. */
  async stop(): Promise<void> {
    const { record } = this
    clearTimeout(this.#timer)
    record.desired = 'stopped'
    await this.#host.save(record)
    this.#move('stop')
    if (record.identity && this.#host.hasSandbox)
      await programBegun(record.spec, record.identity, record.startedAt ?? 0)
    await this.#endTree()
    record.identity = null
    record.startedAt = null
    record.fatal = null
    await this.#host.save(record)
    this.#move('stopped')
  }

  /** Releases the process: its timers and its exit have no effect any more. */
  release(): void {
    this.#isReleased = true
    clearTimeout(this.#timer)
  }

  #move(event: ProcessEvent): void {
    this.#state = nextState(this.#state, event)
    this.#host.changed(this.report())
  }

  #schedule(afterMs: number, work: () => Promise<void>): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#host.later(work), afterMs)
    this.#timer.unref()
  }

  #endTree(): Promise<void> {
    const { spec, identity } = this.record
    return endTree(treeOf(this.#host.limiter, spec, identity), { graceMs: spec.stopGraceMs })
  }

  async #settleIn(identity: ProcessIdentity): Promise<void> {
    if (this.record.identity === identity && (await isAlive(identity))) this.#move('stayed_up')
  }

  /**
   * Chosen right before each start, because a port that was free before may be taken by now, and the folder of
   * sockets may be another one than in the last start of the platform.
   */
  async #chooseEndpoint(): Promise<void> {
    const { record } = this
    if (record.socket !== null) record.socket = this.#host.sockets.pathFor(record.spec.id)
    if (record.spec.listens !== 'port') return
    const { port, lostPort } = record
    record.port = await this.#host.ports.portFor(record.spec.id, port, lostPort)
  }

  /** Restarts the process after an exit. If it cannot get a port now, this is tried again. */
  async #spawnAgain(): Promise<void> {
    try {
      await this.#chooseEndpoint()
    } catch (error) {
      this.#host.onError(error)
      await this.#moveAfterLoss(null)
      return
    }
    await this.#spawn()
  }

  /** Called when a foreign process turned out to hold the port during this life of the process. */
  async losePort(generation: string, lost: LostPort): Promise<void> {
    const { record } = this
    if (this.generation !== generation || record.desired !== 'running') return
    clearTimeout(this.#timer)
    const { spec, identity } = record
    // From now on its exit is caused by us and does not count as its own.
    record.identity = null
    const target = treeOf(this.#host.limiter, spec, identity)
    await this.#orElse(undefined, endTree(target, { graceMs: withShortGrace(spec).stopGraceMs }))
    await this.#moveAfterLoss(lost)
  }

  /** Called when it listens on its port. */
  async settlePort(generation: string): Promise<void> {
    const { record } = this
    if (this.generation !== generation || record.lostPort === null) return
    record.lostPort = null
    await this.#host.save(record)
    this.#host.changed(this.report())
  }

  /** Schedules a start with another port after a pause. Returns false if the loss is not believed. */
  async #moveAfterLoss(lost: LostPort | null): Promise<boolean> {
    const { record } = this
    const pauseMs = recordLoss(record, lost, Date.now())
    if (pauseMs === null) return false
    record.identity = null
    record.startedAt = null
    await this.#orElse(undefined, this.#host.save(record))
    this.#move('lost_port')
    this.#schedule(pauseMs, () => this.#restartElsewhere())
    return true
  }

  async #restartElsewhere(): Promise<void> {
    if (this.record.desired === 'running' && !this.record.identity) await this.#spawnAgain()
  }

  async #spawn(): Promise<void> {
    const { record } = this
    const spec = launchSpecOf(record, this.#host.ports.host)
    record.startedAt = Date.now()
    this.#move('start')
    try {
      this.#host.keeper.begin(spec.id)
      const identity = await this.#host.launch(spec, record.socket, (ending) => {
        if (!this.#isReleased) this.#host.later(() => this.#ended(identity, ending))
      })
      record.identity = identity
      this.#isAdopted = false
      await this.#host.save(record)
      this.#host.changed(this.report())
      this.#schedule(spec.startSeconds * 1000, () => this.#settleIn(identity))
    } catch (error) {
      await this.#recordExit({ exitCode: 127, signal: null }, { errno: errnoOf(error) })
    }
  }

  async #ended(identity: ProcessIdentity, ending: Ending): Promise<void> {
    if (this.record.identity === identity && this.record.desired === 'running') await this.#recordExit(ending)
  }

  async #recordExit(seen: Ending, spawnFailed?: Exit['spawnFailed']): Promise<void> {
    const { record } = this
    const ending = endingOf(seen, record.spec)
    const at = Date.now()
    const overLimit = await this.#orElse(null, this.#host.keeper.endedFor(record))
    // The system does not report how an adopted process ended. If it was killed for a limit, the signal was
    // KILL.
    const signal = ending.signal ?? (overLimit !== null && ending.exitCode === null ? 'SIGKILL' : null)
    const ranMs = at - (record.startedAt ?? at)
    const exit: Exit = { at, ranMs, exitCode: ending.exitCode, signal, overLimit, spawnFailed }
    this.#lastExit = exit
    // Workers that outlive their main process would keep its port from the next one.
    await this.#orElse(undefined, this.#endTree())
    if (!spawnFailed && (await this.#endedForPort())) return
    record.identity = null
    record.startedAt = null
    record.exits = [...recentExits(record.exits, at), exit]
    const next = afterExit(record.exits, at)
    if (next.kind === 'give_up') record.fatal = next.reason
    await this.#orElse(undefined, this.#host.save(record))
    if (next.kind === 'give_up') return this.#move('gave_up')
    this.#move('exited')
    this.#schedule(next.afterMs, () => this.#restart())
  }

  /** Whether it exited because another process has its port. It is then started with another port. */
  async #endedForPort(): Promise<boolean> {
    const { spec, port } = this.record
    if (port === null) return false
    const lost = await this.#orElse(
      null,
      this.#host.guard.lossOf(spec, port, async () => new Set()),
    )
    return lost !== null && this.#moveAfterLoss(lost)
  }

  async #restart(): Promise<void> {
    if (this.record.desired !== 'running' || this.record.identity) return
    this.record.restarts += 1
    await this.#spawnAgain()
  }
}
