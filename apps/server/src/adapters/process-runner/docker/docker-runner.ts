import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { listeningSockets } from '../../../lib/procfs/tcp-sockets.ts'
import { readIfAllowed } from '../../../lib/read-if-allowed.ts'
import type { Docker } from '../../docker/docker-client.ts'
import { EngineSight } from '../frame/engine-sight.ts'
import { FramedRunner, type Driver, type FrameOptions } from '../frame/framed-runner.ts'
import type { ProcessHost } from '../frame/process-life.ts'
import type { Processes } from '../frame/processes.ts'
import { keepPorts } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { PortSource, ProcessRunner } from '../process-runner.ts'
import { containerLog } from './container-log.ts'
import { checkSpec, portInside } from './container-options.ts'
import { DockerEngine } from './docker-engine.ts'
import { DockerProcess } from './docker-process.ts'
import { watchDocker, type DockerListener } from './docker-watch.ts'

/** `platform` names the platform to Docker. */
export type DockerRunnerOptions = FrameOptions & {
  docker: Docker
  platform: string
  ports: PortSource
}

class DockerDriver implements Driver<DockerProcess> {
  readonly kind = 'docker'
  readonly check = checkSpec
  readonly #options: DockerRunnerOptions
  readonly #processes: Processes<DockerProcess>
  readonly #engine: DockerEngine
  readonly #network: string
  readonly #sight: EngineSight<DockerProcess>

  constructor(options: DockerRunnerOptions, processes: Processes<DockerProcess>) {
    const { docker, platform, onError } = options
    this.#options = options
    this.#processes = processes
    this.#network = `vitrine-${platform}`
    this.#engine = new DockerEngine(docker, { platform, network: this.#network })
    const isIdle = () => processes.all().length === 0
    this.#sight = new EngineSight({
      processes,
      follow: (signal) => watchDocker({ engine: this.#engine, isIdle, on: this.#listener() }, signal),
      removeOrphans: (signal) => this.#removeOrphans(signal),
      onError,
    })
  }

  make(record: ProcessRecord, host: ProcessHost): DockerProcess {
    const { id, stdoutLog, stderrLog } = record.spec
    const { docker, folder, platform, ports, logRotation, onError } = this.#options
    const cursor = join(folder, 'logs', id)
    return new DockerProcess(record, {
      ...host,
      engine: this.#engine,
      platform,
      network: this.#network,
      rotation: logRotation,
      ports,
      log: containerLog(docker, { stdout: stdoutLog, stderr: stderrLog, cursor }, onError),
      isAway: () => this.#sight.isAway,
    })
  }

  prepare(known: readonly ProcessRecord[]): Promise<void> {
    return keepPorts(this.#options.ports, known)
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#sight.open(signal)
  }

  close(): Promise<void> {
    return this.#sight.close()
  }

  dispose(): Promise<void> {
    return this.#engine.removeNetwork()
  }

  /**
   * Nobody else can listen on the port within a container, and Docker reports at the start if the port outside is
   * taken.
   */
  async listener(process: DockerProcess): Promise<PortListener> {
    const { pid, generation } = process.report()
    if (generation === null) return 'nobody'
    if (pid === null) return 'unknown'
    const lists = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readIfAllowed(() => readFile(`/proc/${pid}/net/${name}`, 'utf8'))),
    )
    if (lists.every((list) => list === null)) return 'unknown'
    const isThere = lists.some((list) => listeningSockets(list ?? '').some(({ port }) => port === portInside))
    return isThere ? 'own' : 'nobody'
  }

  #listener(): DockerListener {
    const processes = this.#processes
    return {
      here: () => this.#sight.here(),
      away: () => this.#sight.away(),
      event: (event) => processes.later(event.instance, (process) => process.onEvent(event)),
      alive: (alive, askedAt) => {
        for (const process of processes.all())
          // When its turn comes, a start may have brought it back.
          if (process.needsLook(alive, askedAt)) processes.later(process.record.spec.id, () => process.look())
      },
      error: this.#options.onError,
    }
  }

  async #removeOrphans(signal: AbortSignal): Promise<void> {
    const found = await this.#engine.list(signal)
    // A runner that was closed in the meantime knows no processes any more, but their containers keep running.
    if (signal.aborted) return
    const orphans = found.filter(({ instance, isOurs }) => isOurs && !this.#processes.has(instance))
    await Promise.all(orphans.map(({ id }) => this.#engine.remove(id)))
    // Volumes are left over if somebody else removed their container, or if a control plane ended just after it did.
    await this.#engine.removeLeftVolumes(signal)
  }
}

/**
 * Runs each process as a container. Containers outlive the control plane and, with `live-restore`, the daemon; Docker
 * starts them again after an exit. Everything of the platform is found by its label, and nothing else is touched.
 */
export const dockerRunner = (options: DockerRunnerOptions): ProcessRunner =>
  new FramedRunner(options, (processes: Processes<DockerProcess>) => new DockerDriver(options, processes))
