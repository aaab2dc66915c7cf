import { join } from 'node:path'
import { setImmediate as giveWay } from 'node:timers/promises'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { noSandbox, type Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { FramedRunner, type Driver, type FrameOptions } from '../frame/framed-runner.ts'
import type { ProcessHost } from '../frame/process-life.ts'
import type { Processes } from '../frame/processes.ts'
import { limitKeeper, type LimitKeeper } from '../limit-keeper.ts'
import { PortGuard, type GuardedProcess } from '../port-guard.ts'
import { keepPorts } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import { refuseImage } from '../process-runner.errors.ts'
import type { PortSource, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import type { LimitMachine } from '../resource-limits/enforcement.ts'
import { resourceLimits, type Limiter } from '../resource-limits/resource-limits.ts'
import type { SocketFolder } from '../socket-folder.ts'
import { launch } from './local-launch.ts'
import { LocalProcess } from './local-process.ts'

const lookEveryMs = 250

/** What a local runner needs to know of its machine. */
export type LocalRunnerOptions = FrameOptions & {
  ports: PortSource
  sockets: SocketFolder
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

class LocalDriver implements Driver<LocalProcess> {
  readonly kind = 'local'
  readonly check = refuseImage
  readonly #options: LocalRunnerOptions
  readonly #processes: Processes<LocalProcess>
  readonly #spawning = keyedQueue()
  readonly #limiter: Limiter
  readonly #keeper: LimitKeeper
  readonly #guard: PortGuard
  readonly #sandbox: Sandbox
  #lookTimer: NodeJS.Timeout | undefined

  constructor(options: LocalRunnerOptions, processes: Processes<LocalProcess>) {
    const { folder, onError, sandbox, examine } = options
    this.#options = options
    this.#processes = processes
    this.#sandbox = sandbox ?? noSandbox
    this.#limiter = resourceLimits({
      owner: folder,
      stateFile: join(folder, 'limits', 'cgroups.json'),
      ...(examine && { examine }),
    })
    const living = () => processes.all().filter(({ record }) => record.identity !== null)
    const watched = () => living().map(({ record }) => record.spec)
    this.#keeper = limitKeeper({ limiter: this.#limiter, watched, onError })
    this.#guard = new PortGuard({
      watched: () => processes.all().flatMap((process) => guardedOf(process) ?? []),
      onLost: ({ id, generation }, lost) =>
        processes.later(id, (process) => process.losePort(generation, lost)),
      onOwn: ({ id, generation }) => {
        // Published at once: until then, the gateway knows only the sockets of the former process and sends nothing to
        // this port.
        if (processes.has(id)) processes.find(id).tell()
        processes.later(id, (process) => process.settlePort(generation))
      },
      onError,
    })
  }

  socketOf({ id, listens }: ProcessSpec): string | null {
    return listens === 'socket' ? this.#options.sockets.pathFor(id) : null
  }

  make(record: ProcessRecord, host: ProcessHost): LocalProcess {
    const { ports, sockets } = this.#options
    return new LocalProcess(record, {
      ...host,
      launch: (spec, socket, onExit) =>
        this.#spawning.run('spawn', async () => {
          // Each start blocks the event loop for some milliseconds. Other work gets a turn in between.
          await giveWay()
          return launch(spec, { limiter: this.#limiter, sandbox: this.#sandbox, socket }, onExit)
        }),
      hasSandbox: this.#sandbox.status.state === 'on',
      limiter: this.#limiter,
      keeper: this.#keeper,
      ports,
      sockets,
      guard: this.#guard,
    })
  }

  async prepare(known: readonly ProcessRecord[]): Promise<void> {
    await this.#limiter.open(new Set(known.map(({ spec }) => spec.id)))
    await keepPorts(this.#options.ports, known)
  }

  async open(signal: AbortSignal): Promise<void> {
    const processes = this.#processes
    await Promise.all(
      processes.all().map((process) => processes.run(process.record.spec.id, () => process.adopt())),
    )
    if (signal.aborted) return
    this.#lookTimer = setInterval(() => this.#lookAtAll(), lookEveryMs)
    this.#lookTimer.unref()
    this.#keeper.start()
    this.#guard.start()
  }

  async close(): Promise<void> {
    clearInterval(this.#lookTimer)
    this.#keeper.close()
    this.#guard.close()
  }

  async dispose(): Promise<void> {
    await this.#limiter.dispose()
  }

  async listener(process: LocalProcess): Promise<PortListener> {
    const { socket, identity } = process.record
    if (socket !== null) return identity === null ? 'nobody' : 'own'
    const guarded = guardedOf(process)
    return guarded ? this.#guard.listener(guarded) : 'nobody'
  }

  #lookAtAll(): void {
    for (const process of this.#processes.all())
      if (process.hasVanished()) this.#processes.later(process.record.spec.id, () => process.checkProcess())
  }
}

/**
 * Runs processes without any other program: detached, each in its own session. They continue when the control
 * plane dies, and are adopted by pid and start time when it returns. While it is not running, nothing
 * restarts a process that ends.
 */
export const localRunner = (options: LocalRunnerOptions): ProcessRunner =>
  new FramedRunner(options, (processes: Processes<LocalProcess>) => new LocalDriver(options, processes))
