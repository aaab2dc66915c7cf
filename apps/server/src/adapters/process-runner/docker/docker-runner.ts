import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import { listeningSockets } from '../../../lib/procfs/tcp-sockets.ts'
import { readIfAllowed } from '../../../lib/read-if-allowed.ts'
import { dockerSaid, dockerStatus, type Docker } from '../../docker/docker-client.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import { logKeeper, type LogKeeper } from '../log-keeper.ts'
import { limitGrace, newRecord, processRecords, type ProcessRecord } from '../process-records.ts'
import { unknownProcess } from '../process-runner.errors.ts'
import type { PortSource, ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { watchers } from '../watchers.ts'
import { containerLog, type ContainerLog } from './container-log.ts'
import { checkSpec, portInside } from './container-options.ts'
import { DockerEngine, type ContainerEvent } from './docker-engine.ts'
import { DockerProcess } from './docker-process.ts'

const lookEveryMs = 1_000
const firstPauseMs = 250
const longestPauseMs = 5_000
/** How long `open` waits for Docker. After that, the platform starts without it. */
const openMs = 5_000

/** `folder` is where the runner keeps its records, `platform` names the platform to Docker. */
export type DockerRunnerOptions = {
  docker: Docker
  folder: string
  platform: string
  ports: PortSource
  onError: (error: unknown) => void
  logRotation: LogRotation
}

/** Waits for work, but no longer than this. */
async function firstOf(work: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController()
  const late = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([work, late])
  timer.abort()
}

class DockerRunner implements ProcessRunner {
  readonly kind = 'docker'
  readonly #options: DockerRunnerOptions
  readonly #engine: DockerEngine
  readonly #network: string
  readonly #records
  readonly #processes = new Map<string, { process: DockerProcess; log: ContainerLog }>()
  readonly #queue = keyedQueue()
  readonly #watched = watchers()
  readonly #rotation: LogRotation
  readonly #logs: LogKeeper
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #isOpen = false
  #isAway = true
  #awayBecause: string | null = null
  #ending = new AbortController()
  /** Ends one stream of events; the next one is opened as soon as Docker answers. */
  #hearing = new AbortController()
  #listening: Promise<void> = Promise.resolve()
  #lookingAgain: Promise<void> = Promise.resolve()

  constructor(options: DockerRunnerOptions) {
    this.#options = options
    this.#network = `vitrine-${options.platform}`
    this.#engine = new DockerEngine(options.docker, { platform: options.platform, network: this.#network })
    this.#records = processRecords(options.folder)
    this.#rotation = options.logRotation
    this.#logs = logKeeper({
      rotation: this.#rotation,
      paths: () => this.#all().flatMap(({ record: { spec } }) => [spec.stdoutLog, spec.stderrLog]),
      onError: options.onError,
    })
  }

  async open(): Promise<void> {
    if (this.#isOpen) return
    for (const record of await this.#records.load()) {
      if (record.port !== null) await this.#options.ports.keep(record.spec.id, record.port)
      this.#manage(record)
    }
    this.#isOpen = true
    this.#ending = new AbortController()
    const { signal } = this.#ending
    const first = new Promise<void>((resolve) => {
      this.#listening = this.#listen(resolve)
    })
    await firstOf(first, openMs)
    if (signal.aborted) return
    this.#timer = setInterval(() => void this.#lookAtAll().catch(this.#options.onError), lookEveryMs)
    this.#timer.unref()
    this.#logs.start()
  }

  async add(specs: readonly ProcessSpec[]): Promise<void> {
    for (const spec of specs) if (!this.#processes.has(spec.id)) checkSpec(spec)
    await Promise.all(specs.map((spec) => this.#queue.run(spec.id, () => this.#addOne(spec))))
  }

  async #addOne(spec: ProcessSpec): Promise<void> {
    if (this.#processes.has(spec.id)) return
    for (const path of [spec.stdoutLog, spec.stderrLog]) await mkdir(dirname(path), { recursive: true })
    const record = newRecord({ ...spec })
    await this.#records.save(record)
    this.#watched.notify(this.#manage(record).report())
  }

  remove(id: string): Promise<void> {
    return this.#queue.run(id, async () => {
      const found = this.#processes.get(id)
      if (!found) return
      await found.process.stop()
      found.process.release()
      await found.log.close()
      found.log.forget()
      await this.#options.ports.release(id)
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

  /** In a container nobody else can listen on its port, and who holds the port outside is told by Docker at the start. */
  async listener(id: string): Promise<PortListener> {
    const { pid, generation } = this.#find(id).report()
    if (generation === null) return 'nobody'
    if (pid === null) return 'unknown'
    const lists = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readIfAllowed(() => readFile(`/proc/${pid}/net/${name}`, 'utf8'))),
    )
    if (lists.every((list) => list === null)) return 'unknown'
    const isThere = lists.some((list) => listeningSockets(list ?? '').some(({ port }) => port === portInside))
    return isThere ? 'own' : 'nobody'
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    return new Map(this.#all().map((process) => [process.record.spec.id, process.report()]))
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    clearInterval(this.#timer)
    this.#ending.abort()
    await this.#listening
    await this.#lookingAgain
    for (const process of this.#all()) process.release()
    await this.#queue.settled()
    await this.#logs.close()
    await Promise.all([...this.#processes.values()].map(({ log }) => log.close()))
    this.#processes.clear()
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    if (limit) for (const { record } of this.#all()) limitGrace(record, limit.graceMs)
    await Promise.all([...this.#processes.keys()].map((id) => this.remove(id)))
    await this.#engine.removeNetwork()
    await this.close()
  }

  #all(): DockerProcess[] {
    return [...this.#processes.values()].map(({ process }) => process)
  }
  #find(id: string): DockerProcess {
    const found = this.#processes.get(id)
    if (!found) throw unknownProcess({ id })
    return found.process
  }
  #later(id: string, work: () => Promise<void>): void {
    const carryOut = async () => (this.#isOpen && this.#processes.has(id) ? work() : undefined)
    this.#queue.run(id, carryOut).catch(this.#options.onError)
  }

  /** Hears what happens as long as the runner is open, and reads the state of everything whenever Docker comes back. */
  async #listen(onFirst: () => void): Promise<void> {
    const { signal } = this.#ending
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      const open = () => {
        pauseMs = firstPauseMs
        this.#setAway(false)
        this.#lookingAgain = this.#lookAgain(signal).finally(onFirst)
      }
      const event = (happened: ContainerEvent) => this.#onEvent(happened)
      this.#hearing = new AbortController()
      const until = AbortSignal.any([signal, this.#hearing.signal])
      const unread = this.#options.onError
      const cause = await this.#engine.listen({ open, event, unread }, until).then(
        () => null,
        (error: unknown) => error,
      )
      if (signal.aborted) return
      this.#tellCause(cause)
      this.#setAway(true)
      onFirst()
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    }
  }
  /** Tells why Docker is away, such as a socket that may not be opened: once, although it is asked again and again. */
  #tellCause(cause: unknown): void {
    const said = cause === null ? null : dockerSaid(cause)
    if (said !== null && said !== this.#awayBecause) this.#options.onError(cause)
    this.#awayBecause = said
  }
  #setAway(isAway: boolean): void {
    if (!isAway) this.#awayBecause = null
    if (this.#isAway === isAway) return
    this.#isAway = isAway
    for (const process of this.#all()) process.tell()
  }
  #onEvent(event: ContainerEvent): void {
    const found = this.#processes.get(event.instance)
    if (found) this.#later(event.instance, () => found.process.onEvent(event))
  }

  /** Compares everything with Docker, and removes containers of ours that nobody knows any more. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const looks = this.#all().map((process) =>
      this.#queue.run(process.record.spec.id, async () => this.#isOpen && process.look()),
    )
    for (const result of await Promise.allSettled([...looks, this.#removeOrphans(signal)]))
      if (result.status === 'rejected' && !signal.aborted) this.#options.onError(result.reason)
  }
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    const found = await this.#engine.list(signal)
    // A runner that was closed meanwhile knows no process any more, but their containers live on.
    if (signal.aborted) return
    const orphans = found.filter(({ instance, isOurs }) => isOurs && !this.#processes.has(instance))
    await Promise.all(orphans.map(({ id }) => this.#engine.remove(id)))
  }

  /** Finds containers that Docker has given up, such as one whose port was taken, and a Docker that hangs. */
  async #lookAtAll(): Promise<void> {
    if (this.#isLooking || this.#isAway || this.#processes.size === 0) return
    this.#isLooking = true
    const hearing = this.#hearing
    try {
      await this.#engine.ping()
      const askedAt = Date.now()
      const found = await this.#engine.list()
      const alive = new Set(found.filter((one) => one.isAlive).map(({ id }) => id))
      for (const process of this.#all()) {
        const { id } = process.record.spec
        if (!process.needsLook(alive, askedAt)) continue
        // By its turn, a start may have brought it back.
        this.#later(id, async () => process.look())
      }
    } catch (error) {
      // A daemon that hangs leaves its stream of events open.
      if (dockerStatus(error) === null) hearing.abort()
      else this.#options.onError(error)
    } finally {
      this.#isLooking = false
    }
  }

  #manage(record: ProcessRecord): DockerProcess {
    const { id, stdoutLog, stderrLog } = record.spec
    const { docker, folder, platform, ports, onError } = this.#options
    const cursor = join(folder, 'logs', id)
    const log = containerLog(docker, { stdout: stdoutLog, stderr: stderrLog, cursor }, onError)
    const process = new DockerProcess(record, {
      engine: this.#engine,
      platform,
      network: this.#network,
      rotation: this.#rotation,
      ports,
      log,
      isAway: () => this.#isAway,
      save: (changed) => this.#records.save(changed),
      later: (work) => this.#later(id, work),
      changed: (report) => this.#watched.notify(report),
      onError,
    })
    this.#processes.set(id, { process, log })
    return process
  }
}

/**
 * Runs each process as a container. Containers outlive the control plane and, with `live-restore`, the daemon; Docker
 * starts them again after an exit. Everything of the platform is found by its label, and nothing else is touched.
 */
export const dockerRunner = (options: DockerRunnerOptions): ProcessRunner => new DockerRunner(options)
