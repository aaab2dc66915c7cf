import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as giveWay } from 'node:timers/promises'
import { noSandbox, type Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import { limitKeeper, type LimitKeeper } from '../limit-keeper.ts'
import { launch } from './local-launch.ts'
import { LocalProcess } from './local-process.ts'
import { logKeeper, type LogKeeper } from '../log-keeper.ts'
import {
  limitGrace,
  newRecord,
  processRecords,
  type ProcessRecord,
  type ProcessRecords,
} from '../process-records.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { PortGuard, type GuardedProcess } from '../port-guard.ts'
import { refuseImage, unknownProcess } from '../process-runner.errors.ts'
import type { PortSource, ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import type { LimitMachine } from '../resource-limits/enforcement.ts'
import { resourceLimits, type Limiter } from '../resource-limits/resource-limits.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import type { SocketFolder } from '../socket-folder.ts'
import { watchers } from '../watchers.ts'

const lookEveryMs = 250

/**
 * `folder` is where the local runner keeps its records. `onError` is called for errors of background work.
 */
export type LocalRunnerOptions = {
  folder: string
  ports: PortSource
  sockets: SocketFolder
  onError: (error: unknown) => void
  /** When log files are rotated. */
  logRotation: LogRotation
  /** The sandbox of the machine; by default none. */
  sandbox?: Sandbox
  /** For tests: what this machine offers to enforce limits. */
  examine?: () => Promise<LimitMachine>
}

/** Returns a process whose port must be watched; null while it is not alive or has none. */
function guardedOf({ record, generation }: LocalProcess): GuardedProcess | null {
  const { spec, identity, port } = record
  if (port === null || !identity || generation === null) return null
  return { id: spec.id, pid: identity.pid, generation, port }
}

class LocalRunner implements ProcessRunner {
  readonly kind = 'local'
  readonly #onError: LocalRunnerOptions['onError']
  readonly #records: ProcessRecords
  readonly #processes = new Map<string, LocalProcess>()
  readonly #queue = keyedQueue()
  readonly #spawning = keyedQueue()
  readonly #watched = watchers()
  readonly #limiter: Limiter
  readonly #keeper: LimitKeeper
  readonly #logs: LogKeeper
  readonly #ports: PortSource
  readonly #sockets: SocketFolder
  readonly #guard: PortGuard
  readonly #sandbox: Sandbox
  #lookTimer: NodeJS.Timeout | undefined
  #isOpen = false

  constructor({ folder, ports, sockets, onError, logRotation, sandbox, examine }: LocalRunnerOptions) {
    this.#sandbox = sandbox ?? noSandbox
    this.#onError = onError
    this.#ports = ports
    this.#sockets = sockets
    this.#guard = new PortGuard({
      watched: () => this.#guarded(),
      onLost: ({ id, generation }, lost) =>
        this.#later(id, async () => this.#processes.get(id)?.losePort(generation, lost)),
      onOwn: ({ id, generation }) => {
        const process = this.#processes.get(id)
        // At once: with the sockets of its former life, the gateway would send nothing to its port.
        if (process) this.#watched.notify(process.report())
        this.#later(id, async () => this.#processes.get(id)?.settlePort(generation))
      },
      onError,
    })
    this.#records = processRecords(folder)
    this.#limiter = resourceLimits({
      owner: folder,
      stateFile: join(folder, 'limits', 'cgroups.json'),
      ...(examine && { examine }),
    })
    const all = () => [...this.#processes.values()].map(({ record }) => record)
    this.#keeper = limitKeeper({
      limiter: this.#limiter,
      watched: () =>
        all()
          .filter(({ identity }) => identity !== null)
          .map(({ spec }) => spec),
      onError,
    })
    this.#logs = logKeeper({
      rotation: logRotation,
      paths: () => all().flatMap(({ spec }) => [spec.stdoutLog, spec.stderrLog]),
      onError,
    })
  }

  async open(): Promise<void> {
    if (this.#isOpen) return
    const known = await this.#records.load()
    await this.#limiter.open(new Set(known.map(({ spec }) => spec.id)))
    this.#isOpen = true
    for (const { spec, port } of known) if (port !== null) await this.#ports.keep(spec.id, port)
    const taken = known.map((record) => this.#manage(record))
    await Promise.all(taken.map((process) => this.#queue.run(process.record.spec.id, () => process.adopt())))
    this.#lookTimer = setInterval(() => this.#lookAtAll(), lookEveryMs)
    this.#lookTimer.unref()
    this.#keeper.start()
    this.#guard.start()
    this.#logs.start()
  }

  async add(specs: readonly ProcessSpec[]): Promise<void> {
    await Promise.all(specs.map((spec) => this.#queue.run(spec.id, () => this.#addOne(spec))))
  }

  async #addOne(spec: ProcessSpec): Promise<void> {
    if (this.#processes.has(spec.id)) return
    refuseImage(spec)
    await mkdir(dirname(spec.stdoutLog), { recursive: true })
    await mkdir(dirname(spec.stderrLog), { recursive: true })
    const record = newRecord({ ...spec }, spec.listens === 'socket' ? this.#sockets.pathFor(spec.id) : null)
    await this.#records.save(record)
    this.#watched.notify(this.#manage(record).report())
  }

  remove(id: string): Promise<void> {
    return this.#queue.run(id, async () => {
      const process = this.#processes.get(id)
      if (!process) return
      await process.stop()
      process.release()
      await this.#limiter.forget(id)
      await this.#ports.release(id)
      if (process.record.socket !== null) await rm(process.record.socket, { force: true })
      this.#processes.delete(id)
      this.#watched.forget(id)
      await this.#records.forget(id)
    })
  }

  start(id: string): Promise<void> {
    return this.#queue.run(id, async () => this.#find(id).start())
  }

  stop(id: string): Promise<void> {
    return this.#queue.run(id, async () => this.#find(id).stop())
  }

  async listener(id: string): Promise<PortListener> {
    const process = this.#find(id)
    if (process.record.socket !== null) return process.record.identity === null ? 'nobody' : 'own'
    const guarded = guardedOf(process)
    return guarded ? this.#guard.listener(guarded) : 'nobody'
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    return new Map([...this.#processes].map(([id, process]) => [id, process.report()]))
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    clearInterval(this.#lookTimer)
    this.#keeper.close()
    this.#guard.close()
    await this.#logs.close()
    for (const process of this.#processes.values()) process.release()
    await this.#queue.settled()
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    if (limit) for (const { record } of this.#processes.values()) limitGrace(record, limit.graceMs)
    await Promise.all([...this.#processes.keys()].map((id) => this.remove(id)))
    await this.close()
    await this.#limiter.dispose()
  }

  #guarded(): GuardedProcess[] {
    return [...this.#processes.values()].flatMap((process) => guardedOf(process) ?? [])
  }

  #find(id: string): LocalProcess {
    const found = this.#processes.get(id)
    if (!found) throw unknownProcess({ id })
    return found
  }

  #later(id: string, work: () => Promise<void>): void {
    const carryOut = async () => (this.#isOpen && this.#processes.has(id) ? work() : undefined)
    this.#queue.run(id, carryOut).catch(this.#onError)
  }

  #lookAtAll(): void {
    for (const [id, process] of this.#processes)
      if (process.hasVanished()) this.#later(id, () => process.checkProcess())
  }

  #manage(record: ProcessRecord): LocalProcess {
    const { id } = record.spec
    const process = new LocalProcess(record, {
      save: (changed) => this.#records.save(changed),
      later: (work) => this.#later(id, work),
      changed: (report) => this.#watched.notify(report),
      launch: (spec, socket, onExit) =>
        this.#spawning.run('spawn', async () => {
          // Each start blocks the event loop for some milliseconds. Other work gets a turn in between.
          await giveWay()
          return launch(spec, { limiter: this.#limiter, sandbox: this.#sandbox, socket }, onExit)
        }),
      hasSandbox: this.#sandbox.status.state === 'on',
      limiter: this.#limiter,
      keeper: this.#keeper,
      ports: this.#ports,
      sockets: this.#sockets,
      guard: this.#guard,
      onError: this.#onError,
    })
    this.#processes.set(id, process)
    return process
  }
}

/**
 * Runs processes without any other program: detached, each in its own session. They continue when the control
 * plane dies, and are adopted by pid and start time when it returns. While it is not running, nothing
 * restarts a process that ends.
 */
export const localRunner = (options: LocalRunnerOptions): ProcessRunner => new LocalRunner(options)
