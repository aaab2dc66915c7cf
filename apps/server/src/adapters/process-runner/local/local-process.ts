import type { ProcessState } from '@vitrine/contract'
import { isAlive, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { afterExit, endOf, exitCodeOf, recentExits, type Exit } from '../crash-loop.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import type { LostPort } from '../port-fate.ts'
import type { PortGuard } from '../port-guard.ts'
import { hurriedForPort, launchSpecOf, noteLoss } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { PortSource, ProcessReport, ProcessSpec } from '../process-runner.ts'
import { endTree, livesNow } from '../process-tree.ts'
import { treeOf, type Limiter } from '../resource-limits/resource-limits.ts'

/** What a local process needs of its runner. */
export type LocalProcessHost = {
  save(record: ProcessRecord): Promise<void>
  /** Runs work that nobody waits for, in turn with the calls for this process. */
  later(work: () => Promise<void>): void
  changed(report: ProcessReport): void
  /** Starts the process; many at once are started one after the other. */
  launch(spec: ProcessSpec, onExit: (ending: Ending) => void): Promise<ProcessIdentity>
  limiter: Limiter
  keeper: LimitKeeper
  ports: PortSource
  guard: Pick<PortGuard, 'lossOf'>
  onError(error: unknown): void
}

type Ending = { exitCode: number | null; signal: string | null }

const errnoOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null

const generationOf = ({ pid, startTime }: ProcessIdentity): string => `${pid}-${startTime}`

/** The life of one process of the local runner: its record, its state word, its timers. Its methods are called in turn, never two at once. */
export class LocalProcess {
  readonly record: ProcessRecord
  readonly #host: LocalProcessHost
  #state: ProcessState
  #timer: NodeJS.Timeout | undefined
  #lastExit: Exit | null
  /** An adopted process is no child of ours: its end is seen by looking. */
  #isAdopted = false
  #isReleased = false

  constructor(record: ProcessRecord, host: LocalProcessHost) {
    this.record = record
    this.#host = host
    this.#state = record.fatal === null ? 'STOPPED' : 'FATAL'
    this.#lastExit = record.exits.at(-1) ?? null
  }

  report(): ProcessReport {
    const { spec, identity, startedAt, restarts, port, lostPort } = this.record
    const last = this.#lastExit
    return {
      id: spec.id,
      state: this.#state,
      generation: this.generation,
      endpoint: port === null ? null : { host: this.#host.ports.host, port },
      lostPort,
      pid: identity?.pid ?? null,
      startedAt: startedAt === null ? null : new Date(startedAt),
      exitCode: last && exitCodeOf(last),
      overLimit: last?.overLimit ?? null,
      restarts,
      reason: this.#reason(),
    }
  }

  get generation(): string | null {
    return this.record.identity && generationOf(this.record.identity)
  }

  #reason(): ProcessReason | null {
    if (this.#state === 'FATAL') return this.record.fatal
    return this.#state === 'BACKOFF' && this.#lastExit ? endOf(this.#lastExit) : null
  }

  /** Takes up what an earlier runner left: the living process, or the one that should live and does not. */
  async adopt(): Promise<void> {
    const { record } = this
    const { identity } = record
    if (record.desired === 'stopped' || record.fatal !== null) return
    if (identity && (await isAlive(identity))) {
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

  /** Whether this is an adopted process that has ended, which nobody tells us. */
  hasVanished(): boolean {
    const { identity, desired } = this.record
    return this.#isAdopted && identity !== null && desired === 'running' && !livesNow(identity)
  }

  /** Takes up the end of an adopted process. */
  async look(): Promise<void> {
    if (this.hasVanished()) await this.#recordExit({ exitCode: null, signal: null })
  }

  /** Starts it, unless it runs; forgets the ends that made it FATAL. Rejects where it cannot have a port. */
  async start(): Promise<void> {
    const { record } = this
    if (record.desired === 'running' && record.fatal === null && record.identity) return
    clearTimeout(this.#timer)
    await this.#choosePort()
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
    await this.#endTree()
    record.identity = null
    record.startedAt = null
    record.fatal = null
    await this.#host.save(record)
    this.#move('stopped')
  }

  /** Lets go of it: no timer and no ending of this process has an effect any more. */
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

  /** Chosen right before each start: what was free a while ago may be somebody's by now. */
  async #choosePort(): Promise<void> {
    const { record } = this
    if (!record.spec.listens) return
    const { port, lostPort } = record
    record.port = await this.#host.ports.portFor(record.spec.id, port, lostPort)
  }

  /** Starts it again without being asked to. Where it cannot have a port now, that is tried again. */
  async #spawnAgain(): Promise<void> {
    try {
      await this.#choosePort()
    } catch (error) {
      this.#host.onError(error)
      await this.#moveAfterLoss(null)
      return
    }
    await this.#spawn()
  }

  /** The port turned out to be a stranger's while this life of it lasted. */
  async losePort(generation: string, lost: LostPort): Promise<void> {
    const { record } = this
    if (this.generation !== generation || record.desired !== 'running') return
    clearTimeout(this.#timer)
    const { spec, identity } = record
    // Its end is ours from now on, none of its own.
    record.identity = null
    const { stopGraceMs: graceMs } = hurriedForPort(spec)
    await endTree(treeOf(this.#host.limiter, spec, identity), { graceMs })
    await this.#moveAfterLoss(lost)
  }

  /** It listens on its port. */
  async settlePort(generation: string): Promise<void> {
    const { record } = this
    if (this.generation !== generation || record.lostPort === null) return
    record.lostPort = null
    await this.#host.save(record)
    this.#host.changed(this.report())
  }

  /** Has it started with another port after a pause; false where its loss is not believed. */
  async #moveAfterLoss(lost: LostPort | null): Promise<boolean> {
    const { record } = this
    const pauseMs = noteLoss(record, lost, Date.now())
    if (pauseMs === null) return false
    record.identity = null
    record.startedAt = null
    await this.#host.save(record)
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
      const identity = await this.#host.launch(spec, (ending) => {
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

  async #recordExit(ending: Ending, spawnFailed?: Exit['spawnFailed']): Promise<void> {
    const { record } = this
    const at = Date.now()
    const overLimit = await this.#host.keeper.endedFor(record)
    // Of an adopted process nobody hears how it ended; what ends it for a limit is KILL.
    const signal = ending.signal ?? (overLimit !== null && ending.exitCode === null ? 'SIGKILL' : null)
    const ranMs = at - (record.startedAt ?? at)
    const exit: Exit = { at, ranMs, exitCode: ending.exitCode, signal, overLimit, spawnFailed }
    this.#lastExit = exit
    // Workers that outlived their main process would keep its port from the next one.
    await this.#endTree()
    if (!spawnFailed && (await this.#endedForPort())) return
    record.identity = null
    record.startedAt = null
    record.exits = [...recentExits(record.exits, at), exit]
    const next = afterExit(record.exits, at)
    if (next.kind === 'give_up') record.fatal = next.reason
    await this.#host.save(record)
    if (next.kind === 'give_up') return this.#move('gave_up')
    this.#move('exited')
    this.#schedule(next.afterMs, () => this.#restart())
  }

  /** Whether it ended because somebody else has its port, and is being started with another. */
  async #endedForPort(): Promise<boolean> {
    const { spec, port } = this.record
    if (!spec.listens || port === null) return false
    const lost = await this.#host.guard.lossOf(spec, port, async () => new Set())
    return lost !== null && this.#moveAfterLoss(lost)
  }

  async #restart(): Promise<void> {
    if (this.record.desired !== 'running' || this.record.identity) return
    this.record.restarts += 1
    await this.#spawnAgain()
  }
}
