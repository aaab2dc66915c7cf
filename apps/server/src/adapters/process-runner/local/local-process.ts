import { rm } from 'node:fs/promises'
import type { ProcessState } from '@vitrine/contract'
import { codeOfError } from '../../../lib/code-of-error.ts'
import { isAlive, isAliveSync, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { recentExits, type Exit } from '../crash-loop.ts'
import { ProcessLife } from '../frame/process-life.ts'
import { processReport } from '../frame/process-report.ts'
import type { FramedProcess } from '../frame/processes.ts'
import type { LostPort } from '../port-decision.ts'
import { endingOf, programBegun } from '../process-in-sandbox.ts'
import { endpointOf, launchSpecOf } from '../process-endpoint.ts'
import { withShortGrace, recordLoss } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { endTree } from '../process-tree.ts'
import { treeOf } from '../resource-limits/resource-limits.ts'
import type { Ending, LocalProcessHost } from './local-process-host.ts'

/** The pause before it is tried again to end processes that could not be ended, in milliseconds. */
const endAgainMs = 5_000

/** The life of one process of the local runner. */
export class LocalProcess implements FramedProcess {
  readonly record: ProcessRecord
  readonly #host: LocalProcessHost
  readonly #life: ProcessLife
  #lastExit: Exit | null
  /** An adopted process is not our child, so its end is only noticed by checking. */
  #isAdopted = false

  constructor(record: ProcessRecord, host: LocalProcessHost) {
    this.record = record
    this.#host = host
    this.#lastExit = record.exits.at(-1) ?? null
    this.#life = new ProcessLife(record, host, (state) => this.#reportIn(state))
  }

  report(): ProcessReport {
    return this.#life.report()
  }
  tell(): void {
    this.#life.tell()
  }

  #reportIn(state: ProcessState): ProcessReport {
    const { record, generation } = this
    const { guard, ports } = this.#host
    const { spec, identity } = record
    return processReport(record, {
      state,
      generation,
      pid: identity?.pid ?? null,
      endpoint: endpointOf(record, ports.host),
      listeners: generation === null ? undefined : guard.listenersOf({ id: spec.id, generation }),
      lastExit: this.#lastExit,
    })
  }

  get generation(): string | null {
    const { identity } = this.record
    return identity && `${identity.pid}-${identity.startTime}`
  }

  /**
   * Takes over what an earlier runner left: a living process, one that should live but does not, or one that was being
   * ended. That may take its whole grace time, so this does not wait for it.
   */
  async adopt(): Promise<void> {
    const { record } = this
    const { identity } = record
    if (this.#life.state === 'STOPPING') this.#life.later(() => this.#endAsked())
    if (!this.#life.isWanted) return
    const lives = identity !== null && (await isAlive(identity))
    if (lives && !this.#isSocketElsewhere) {
      this.#isAdopted = true
      this.#life.move('start')
      await this.#life.settle(() => this.#isSame(identity))
      return
    }
    if (identity && !lives) await this.#noteUnseenExit()
    await this.#endTree()
    if (identity) record.restarts += 1
    record.identity = null
    await this.#spawnAgain()
  }

  /** Notes that it ended while no control plane ran. Only the limit of memory leaves a trace. */
  async #noteUnseenExit(): Promise<void> {
    const { record } = this
    const at = Date.now()
    const overLimit = await this.#life.orElse(null, this.#host.keeper.endedFor(record))
    const signal = overLimit && 'SIGKILL'
    this.#lastExit = { at, ranMs: null, exitCode: null, signal, overLimit }
    record.exits = [...recentExits(record.exits, at), this.#lastExit]
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

  /** Rejects if it cannot get a port, or if its former processes still cannot be ended. */
  async start(): Promise<void> {
    if (this.#life.isWanted && this.#life.isAlive) return
    if (this.#life.state === 'STOPPING') await this.#endForGood()
    await this.#chooseEndpoint()
    this.#lastExit = null
    await this.#life.want()
    await this.#spawn()
  }

  async stop(): Promise<void> {
    await this.#life.unwant()
    await this.#endAsked()
  }

  async #endAsked(): Promise<void> {
    const { record } = this
    if (record.identity && this.#host.hasSandbox)
      await programBegun(record.spec, record.identity, record.startedAt ?? 0)
    await this.#endForGood()
  }

  /**
   * Ends its processes. If they cannot be ended, as one that waits for a disk or a graphics card, this is tried again until they
   * are gone. Otherwise it would never be stopped, and so never be started again.
   */
  async #endForGood(): Promise<void> {
    try {
      await this.#endTree()
    } catch (error) {
      this.#life.next.after(endAgainMs, () => this.#life.orElse(undefined, this.#endForGood()))
      throw error
    }
    this.record.identity = null
    await this.#life.gone()
  }

  release(): void {
    this.#life.release()
  }

  async forget(): Promise<void> {
    const { spec, socket } = this.record
    await this.#host.limiter.forget(spec.id)
    await this.#host.ports.release(spec.id)
    if (socket !== null) await rm(socket, { force: true })
  }

  #endTree(): Promise<void> {
    const { spec, identity } = this.record
    return endTree(treeOf(this.#host.limiter, spec, identity), { graceMs: spec.stopGraceMs })
  }

  async #isSame(identity: ProcessIdentity): Promise<boolean> {
    return this.record.identity === identity && (await isAlive(identity))
  }

  /**
   * Chooses the port or socket right before each start, because a port that was free before may be taken by now, and
   * the folder of sockets may be another one than in the last start of the platform.
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
    this.#life.next.cancel()
    const { spec, identity } = record
    // From now on its exit is caused by us and does not count as its own.
    record.identity = null
    const target = treeOf(this.#host.limiter, spec, identity)
    await this.#life.orElse(undefined, endTree(target, { graceMs: withShortGrace(spec).stopGraceMs }))
    await this.#moveAfterLoss(lost)
  }

  /** Called when it listens on its port. */
  async settlePort(generation: string): Promise<void> {
    const { record } = this
    if (this.generation !== generation || record.lostPort === null) return
    record.lostPort = null
    await this.#host.save()
    this.tell()
  }

  /** Schedules a start with another port after a pause. Returns false if the loss is not believed. */
  async #moveAfterLoss(lost: LostPort | null): Promise<boolean> {
    const { record } = this
    const pauseMs = recordLoss(record, lost, Date.now())
    if (pauseMs === null) return false
    await this.#life.lostPort(pauseMs, () => this.#spawnAgain())
    return true
  }

  async #spawn(): Promise<void> {
    const { record } = this
    const spec = launchSpecOf(record, this.#host.ports.host)
    record.startedAt = Date.now()
    this.#life.move('start')
    try {
      this.#host.keeper.begin(spec.id)
      const identity = await this.#host.launch(spec, record.socket, (ending) =>
        this.#life.later(() => this.#ended(identity, ending)),
      )
      record.identity = identity
      this.#isAdopted = false
      await this.#host.save()
      this.tell()
      this.#life.next.after(spec.startSeconds * 1000, async () => {
        if (await this.#isSame(identity)) this.#life.move('stayed_up')
      })
    } catch (error) {
      await this.#recordExit({ exitCode: 127, signal: null }, { errno: codeOfError(error) || null })
    }
  }

  async #ended(identity: ProcessIdentity, ending: Ending): Promise<void> {
    if (this.record.identity === identity && this.record.desired === 'running') await this.#recordExit(ending)
  }

  async #recordExit(seen: Ending, spawnFailed?: Exit['spawnFailed']): Promise<void> {
    const { record } = this
    const ending = endingOf(seen, record.spec)
    const at = Date.now()
    const overLimit = await this.#life.orElse(null, this.#host.keeper.endedFor(record))
    // The system does not report how an adopted process ended. If it was killed for a limit, the signal was
    // KILL.
    const signal = ending.signal ?? (overLimit !== null && ending.exitCode === null ? 'SIGKILL' : null)
    const ranMs = at - (record.startedAt ?? at)
    const exit: Exit = { at, ranMs, exitCode: ending.exitCode, signal, overLimit, spawnFailed }
    this.#lastExit = exit
    // Workers that outlive their main process would keep its port from the next one.
    await this.#life.orElse(undefined, this.#endTree())
    if (!spawnFailed && (await this.#endedForPort())) return
    const pauseMs = await this.#life.exited(exit)
    if (pauseMs !== null) this.#life.next.start(pauseMs, () => this.#restart())
  }

  /** Whether it exited because another process has its port. It is then started with another port. */
  async #endedForPort(): Promise<boolean> {
    const { spec, port } = this.record
    if (port === null) return false
    const lost = await this.#life.orElse(
      null,
      this.#host.guard.lossOf(spec, port, async () => new Set()),
    )
    return lost !== null && this.#moveAfterLoss(lost)
  }

  async #restart(): Promise<void> {
    this.record.restarts += 1
    await this.#spawnAgain()
  }
}
