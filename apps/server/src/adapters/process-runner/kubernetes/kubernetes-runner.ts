import { connect } from 'node:net'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keyedQueue } from '../../../lib/keyed-queue.ts'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import { logKeeper, type LogKeeper } from '../log-keeper.ts'
import { limitGrace, newRecord, processRecords, type ProcessRecord } from '../process-records.ts'
import { unknownProcess } from '../process-runner.errors.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { watchers } from '../watchers.ts'
import { watchCluster, type ClusterEvent } from './cluster-watch.ts'
import { KubernetesCluster } from './kubernetes-cluster.ts'
import { checkSpec, portInside, type ClusterSetting } from './kubernetes-objects.ts'
import { KubernetesProcess } from './kubernetes-process.ts'
import { mayRun } from './pod-facts.ts'
import { podLog, type PodLog } from './pod-log.ts'
import { SeenObjects } from './seen-objects.ts'

/** How long `open` waits for the cluster. After that, the platform starts without it. */
const openMs = 5_000
const connectMs = 1_000

/** `folder` is where the runner keeps its records. */
export type KubernetesRunnerOptions = ClusterSetting & {
  client: KubernetesClient
  folder: string
  onError: (error: unknown) => void
  logRotation: LogRotation
}

/** Whether somebody accepts connections there. */
const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs })
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.on('connect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })

/** Runs processes in a cluster. */
export type KubernetesRunner = Omit<ProcessRunner, 'kind'> & { readonly kind: 'kubernetes' }

class ClusterRunner implements KubernetesRunner {
  readonly kind = 'kubernetes'
  readonly #options: KubernetesRunnerOptions
  readonly #cluster: KubernetesCluster
  readonly #seen: SeenObjects
  readonly #records
  readonly #processes = new Map<string, { process: KubernetesProcess; log: PodLog }>()
  readonly #queue = keyedQueue()
  readonly #watched = watchers()
  readonly #logs: LogKeeper
  #isOpen = false
  #isAway = true
  #ending = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  constructor(options: KubernetesRunnerOptions) {
    this.#options = options
    this.#cluster = new KubernetesCluster(options.client, options)
    this.#seen = new SeenObjects((of) => this.#cluster.owns(of))
    this.#records = processRecords(options.folder)
    this.#logs = logKeeper({
      rotation: options.logRotation,
      paths: () => this.#all().flatMap(({ record: { spec } }) => [spec.stdoutLog, spec.stderrLog]),
      onError: options.onError,
    })
  }

  async open(): Promise<void> {
    if (this.#isOpen) return
    for (const record of await this.#records.load()) this.#manage(record)
    this.#isOpen = true
    this.#ending = new AbortController()
    const { signal } = this.#ending
    const first = new Promise<void>((resolve) => {
      this.#watching = this.#watch(signal, resolve)
    })
    const timer = new AbortController()
    await Promise.race([first, delay(openMs, undefined, { signal: timer.signal }).catch(() => undefined)])
    timer.abort()
    if (!signal.aborted) this.#logs.start()
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

  /** A pod has an address of its own, so nobody else can listen there. */
  async listener(id: string): Promise<PortListener> {
    const { generation, endpoint } = this.#find(id).report()
    if (generation === null || endpoint === null || 'socket' in endpoint) return 'nobody'
    return (await accepts(endpoint.host, portInside)) ? 'own' : 'nobody'
  }

  async reports(): Promise<Map<string, ProcessReport>> {
    return new Map(this.#all().map((process) => [process.record.spec.id, process.report()]))
  }

  watch(onChange: (report: ProcessReport) => void): () => void {
    return this.#watched.add(onChange)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#ending.abort()
    await this.#watching
    for (const process of this.#all()) process.release()
    await this.#queue.settled()
    await this.#logs.close()
    await Promise.all([...this.#processes.values()].map(({ log }) => log.close()))
    this.#processes.clear()
    this.#options.client.close()
  }

  async shutdown(limit?: { graceMs: number }): Promise<void> {
    if (limit) for (const { record } of this.#all()) limitGrace(record, limit.graceMs)
    await Promise.all([...this.#processes.keys()].map((id) => this.remove(id)))
    await this.close()
  }

  #all(): KubernetesProcess[] {
    return [...this.#processes.values()].map(({ process }) => process)
  }
  #find(id: string): KubernetesProcess {
    const found = this.#processes.get(id)
    if (!found) throw unknownProcess({ id })
    return found.process
  }
  #later(id: string, work: () => Promise<void>): void {
    const carryOut = async () => (this.#isOpen && this.#processes.has(id) ? work() : undefined)
    this.#queue.run(id, carryOut).catch(this.#options.onError)
  }

  /** Follows the cluster as long as the runner is open. `onFirst` is called when it was seen, or does not answer. */
  #watch(signal: AbortSignal, onFirst: () => void): Promise<void> {
    const on = {
      listed: (all: ReadonlyMap<string, readonly unknown[]>) => {
        this.#seen.replaceAll(all)
        this.#setAway(false)
        void this.#lookAtAll().finally(onFirst)
      },
      event: (event: ClusterEvent) => this.#onEvent(event),
      away: (error: unknown) => {
        if (!this.#isAway || this.#processes.size > 0) this.#options.onError(error)
        this.#setAway(true)
        onFirst()
      },
    }
    return watchCluster({ client: this.#options.client, kinds: this.#cluster.kinds, on }, signal)
  }
  #setAway(isAway: boolean): void {
    if (this.#isAway === isAway) return
    this.#isAway = isAway
    for (const process of this.#all()) process.tell()
  }
  #onEvent(event: ClusterEvent): void {
    const id = this.#seen.take(event)
    const found = this.#processes.get(id)
    if (!found) return
    const isLost = event.kind === 'replicaSets' && event.type === 'DELETED'
    this.#later(id, () => (isLost ? found.process.look() : found.process.see()))
  }

  /** Compares everything with the cluster, and removes objects of ours that nobody knows any more. */
  async #lookAtAll(): Promise<void> {
    const looks = this.#all().map((process) =>
      this.#queue.run(process.record.spec.id, async () => (this.#isOpen ? process.look() : undefined)),
    )
    const orphans = [...this.#seen.instances()].filter((id) => !this.#processes.has(id))
    for (const result of await Promise.allSettled([...looks, ...orphans.map((id) => this.#removeOrphan(id))]))
      if (result.status === 'rejected' && this.#isOpen) this.#options.onError(result.reason)
  }
  async #removeOrphan(id: string): Promise<void> {
    if (!this.#isOpen) return
    await this.#cluster.removeKeeper(id)
    const pods = this.#seen.of(id).pods.filter((pod) => mayRun(pod, Date.now()))
    await Promise.all(pods.map((pod) => this.#cluster.endPod(pod, 0)))
  }

  #manage(record: ProcessRecord): KubernetesProcess {
    const { id, stdoutLog, stderrLog } = record.spec
    const { client, namespace, folder, drainSeconds, onError } = this.#options
    const paths = { stdout: stdoutLog, stderr: stderrLog, cursor: join(folder, 'logs', id) }
    const log = podLog({ client, namespace, paths, onError })
    const process = new KubernetesProcess(record, {
      cluster: this.#cluster,
      seen: this.#seen,
      log,
      drainMs: record.spec.listens ? drainSeconds * 1000 : 0,
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
 * Runs each process as a pod, which a ReplicaSet of its own keeps running, also while the control plane is away. Everything of the
 * platform is found by its label and its name, and nothing else is touched.
 */
export const kubernetesRunner = (options: KubernetesRunnerOptions): KubernetesRunner =>
  new ClusterRunner(options)
