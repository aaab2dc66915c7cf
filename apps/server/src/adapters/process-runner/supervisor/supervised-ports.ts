import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import type { LimitKeeper } from '../limit-keeper.ts'
import type { LostPort } from '../port-decision.ts'
import { PortGuard } from '../port-guard.ts'
import { launchSpecOf } from '../process-endpoint.ts'
import { keepPorts, recordLoss, withShortGrace } from '../process-port.ts'
import type { ProcessRecord, ProcessRecords } from '../process-records.ts'
import type { PortSource, ProcessSpec } from '../process-runner.ts'
import { findTree } from '../process-tree.ts'
import { treeOf } from '../resource-limits/resource-limits.ts'
import type { SupervisedProcesses } from './supervised-processes.ts'
import { endProgram, spawnProgram, type Supervisor } from './supervised-program.ts'

type Deps = {
  supervisor: Supervisor
  processes: SupervisedProcesses
  keeper: Pick<LimitKeeper, 'begin'>
  records: ProcessRecords
  ports: PortSource
  /** Runs work in the background, in turn with the calls for this process. */
  later: (id: string, work: (record: ProcessRecord) => Promise<void>) => void
  onError: (error: unknown) => void
}

/**
 * The ports of programs under a supervisord. The port is in the launch file, which is only rewritten while a
 * program is at rest. So a program that supervisord restarts keeps its port, and the record always has the
 * port of the living process.
 */
export class SupervisedPorts {
  readonly #deps: Deps
  readonly #guard: PortGuard

  constructor(deps: Deps) {
    this.#deps = deps
    this.#guard = new PortGuard({
      watched: () =>
        [...deps.processes.known.values()].flatMap((record) => deps.processes.guarded(record) ?? []),
      onLost: ({ id, generation }, lost) => deps.later(id, (record) => this.#lose(record, generation, lost)),
      onOwn: ({ id }) => {
        const known = deps.processes.known.get(id)
        // Published at once: until then, the gateway knows only the sockets of the former process and sends nothing to
        // this port.
        if (known) deps.processes.publish(known)
        deps.later(id, (record) => this.#settle(record))
      },
      onError: deps.onError,
    })
  }

  /** Starts to watch. Programs that lost their port while no runner was open are started with another one. */
  start(): void {
    this.#guard.start()
    this.moveWaiting()
  }

  close(): void {
    this.#guard.close()
  }

  /** Returns who accepts connections at the endpoint of a process. */
  async listener(record: ProcessRecord): Promise<PortListener> {
    const { processes } = this.#deps
    // supervisord gives the socket to the program alone.
    if (record.socket !== null) return processes.lives(record) ? 'own' : 'nobody'
    const guarded = processes.guarded(record)
    return guarded ? this.#guard.listener(guarded) : 'nobody'
  }

  /** The sockets with which a life of a process was last seen to listen on its port. */
  listenersOf(record: ProcessRecord): string[] | undefined {
    const guarded = this.#deps.processes.guarded(record)
    return guarded ? this.#guard.listenersOf(guarded) : undefined
  }

  /** Returns why a process whose port may have been taken has ended; null for another reason. */
  async lossOf({ spec, port }: ProcessRecord): Promise<LostPort | null> {
    if (port === null) return null
    return this.#guard.lossOf(spec, port, async () => {
      const members = await findTree(treeOf(this.#deps.supervisor.limiter, spec, null))
      return new Set(members.map(({ pid }) => pid))
    })
  }

  /** Reserves the ports of programs that an earlier runner left. */
  keep(records: readonly ProcessRecord[]): Promise<void> {
    return keepPorts(this.#deps.ports, records)
  }

  /**
   * Gives programs that an earlier runner left their sockets in this runner's folder, and returns those whose socket
   * was in another one.
   */
  async moveSockets(records: readonly ProcessRecord[]): Promise<ProcessRecord[]> {
    const { supervisor, records: files } = this.#deps
    const moved = records.filter(({ spec, socket }) => socket !== supervisor.programs.socketOf(spec))
    for (const record of moved) {
      record.socket = supervisor.programs.socketOf(record.spec)
      await files.save(record)
    }
    return moved
  }

  /** Returns what a program is launched with. */
  launched(record: ProcessRecord): ProcessSpec {
    return launchSpecOf(record, this.#deps.ports.host)
  }

  /**
   * Gives a program at rest its port, right before its start, because a port that was free before may be
   * taken by now.
   */
  async choose(record: ProcessRecord): Promise<void> {
    const { spec, port, lostPort } = record
    const { ports, records, supervisor } = this.#deps
    if (spec.listens !== 'port') return
    record.port = await ports.portFor(spec.id, port, lostPort)
    if (record.port === port) return
    await records.save(record)
    await supervisor.programs.writeLaunch(this.launched(record))
  }

  /**
   * Starts a desired program again. If it cannot get a port now, the others are not affected, and it is tried
   * again.
   */
  async startAgain(record: ProcessRecord): Promise<void> {
    const { supervisor, processes, onError } = this.#deps
    try {
      await this.choose(record)
      await spawnProgram(supervisor.daemon, record.spec.id)
    } catch (error) {
      onError(error)
      processes.moving.add(record.spec.id)
    }
  }

  /** Starts the programs that wait for another port. */
  moveWaiting(): void {
    for (const id of this.#deps.processes.moving) this.#deps.later(id, (record) => this.leave(record, 0))
  }

  /** Ends a program that cannot get its port, and schedules a start with another port after a pause. */
  leave(record: ProcessRecord, pauseMs: number): Promise<void> {
    const { processes, records, supervisor } = this.#deps
    return this.#move(record, async () => {
      await records.save(record)
      await endProgram(supervisor, withShortGrace(record.spec))
      await processes.refreshOne(record)
      this.#after(pauseMs, record, () => this.#startElsewhere(record))
    })
  }

  /**
   * One step of moving a program to another port. If it fails, the move begins again after a pause: nothing else
   * looks after a program while it moves.
   */
  async #move(record: ProcessRecord, step: () => Promise<void>): Promise<void> {
    const isMoving = () => this.#deps.processes.moving.has(record.spec.id) && record.desired === 'running'
    if (!isMoving()) return
    try {
      await step()
    } catch (error) {
      this.#deps.onError(error)
      const pauseMs = recordLoss(record, null, Date.now()) ?? 0
      if (isMoving()) this.#after(pauseMs, record, () => this.leave(record, 0))
    }
  }

  #after(pauseMs: number, { spec }: ProcessRecord, work: () => Promise<void>): void {
    setTimeout(() => this.#deps.later(spec.id, work), pauseMs).unref()
  }

  /** A foreign process was found on the port of a living process. */
  async #lose(record: ProcessRecord, generation: string, lost: LostPort): Promise<void> {
    const { processes } = this.#deps
    if (record.desired !== 'running' || record.fatal !== null) return
    if (processes.guarded(record)?.generation !== generation) return
    processes.loseOne(record.spec.id)
    await this.leave(record, recordLoss(record, lost, Date.now()) ?? 0)
  }

  #startElsewhere(record: ProcessRecord): Promise<void> {
    const { id } = record.spec
    const { processes, keeper, supervisor } = this.#deps
    return this.#move(record, async () => {
      await this.choose(record)
      keeper.begin(id)
      await spawnProgram(supervisor.daemon, id)
      processes.moving.delete(id)
      await processes.refreshOne(record)
    })
  }

  /** The process listens on its port. */
  async #settle(record: ProcessRecord): Promise<void> {
    if (record.lostPort === null) return
    record.lostPort = null
    await this.#deps.records.save(record)
    this.#deps.processes.publish(record)
  }
}
