import { connect } from 'node:net'
import { join } from 'node:path'
import type { PortListener } from '../../../lib/procfs/port-ownership.ts'
import type { Usage } from '../../../lib/procfs/process-usage.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { EngineSight } from '../frame/engine-sight.ts'
import { FramedRunner, type Driver, type FrameOptions } from '../frame/framed-runner.ts'
import type { ProcessHost } from '../frame/process-life.ts'
import type { Processes } from '../frame/processes.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessRunner } from '../process-runner.ts'
import { watchCluster, type ClusterEvent, type ClusterListener } from './cluster-watch.ts'
import { DisruptionBudgets, groupsOfSeveral } from './disruption-budgets.ts'
import { KubernetesCluster } from './kubernetes-cluster.ts'
import { checkSpec, portInside, type ClusterSetting } from './kubernetes-objects.ts'
import { KubernetesProcess } from './kubernetes-process.ts'
import { currentPod, mayRun } from './pod-facts.ts'
import { podLog } from './pod-log.ts'
import { PodUsage } from './pod-usage.ts'
import { SeenObjects } from './seen-objects.ts'

const connectMs = 1_000

/** What the runner needs to know of its cluster. */
export type KubernetesRunnerOptions = ClusterSetting &
  FrameOptions & {
    client: KubernetesClient
    /**
     * Whether the platform is a pod of this cluster. The end of that pod is that of an upgrade or of a node, after which another one goes
     * on with the same pods of services. So they outlive a shutdown.
     */
    isInside?: boolean
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

class KubernetesDriver implements Driver<KubernetesProcess> {
  readonly kind = 'kubernetes'
  readonly check = checkSpec
  readonly #options: KubernetesRunnerOptions
  readonly #processes: Processes<KubernetesProcess>
  readonly #cluster: KubernetesCluster
  readonly #seen: SeenObjects
  readonly #sight: EngineSight<KubernetesProcess>
  readonly #usage: PodUsage
  readonly #budgets: DisruptionBudgets
  #followingBudgets: Promise<void> = Promise.resolve()

  constructor(options: KubernetesRunnerOptions, processes: Processes<KubernetesProcess>) {
    const { client, onError } = options
    this.#options = options
    this.#processes = processes
    this.#cluster = new KubernetesCluster(client, options)
    this.#usage = new PodUsage(client, options)
    const groups = () => groupsOfSeveral(processes.all().map(({ record }) => record))
    this.#budgets = new DisruptionBudgets({ client, setting: options, groups, onError })
    this.#seen = new SeenObjects((of) => this.#cluster.owns(of))
    const { kinds } = this.#cluster
    this.#sight = new EngineSight({
      processes,
      follow: (signal) => watchCluster({ client, kinds, on: this.#listener() }, signal),
      removeOrphans: (signal) => this.#removeOrphans(signal),
      onError,
    })
  }

  make(record: ProcessRecord, host: ProcessHost): KubernetesProcess {
    const { id, stdoutLog, stderrLog, listens } = record.spec
    const { client, namespace, folder, drainSeconds, onError } = this.#options
    const paths = { stdout: stdoutLog, stderr: stderrLog, cursor: join(folder, 'logs', id) }
    return new KubernetesProcess(record, {
      ...host,
      changed: (report) => {
        host.changed(report)
        this.#budgets.look()
      },
      cluster: this.#cluster,
      seen: this.#seen,
      log: podLog({ client, namespace, paths, onError }),
      drainMs: listens ? drainSeconds * 1000 : 0,
      isAway: () => this.#sight.isAway,
    })
  }

  open(signal: AbortSignal): Promise<void> {
    this.#followingBudgets = this.#budgets.follow(signal)
    return this.#sight.open(signal)
  }

  async close(): Promise<void> {
    await this.#sight.close()
    await this.#followingBudgets
    this.#options.client.close()
  }

  async dispose(): Promise<void> {
    // The next start removes what a cluster that does not answer keeps.
    if (!this.#sight.isAway) await this.#budgets.removeAll()
    this.#options.client.close()
  }

  /** A pod has an address of its own, so nobody else can listen there. */
  async listener(process: KubernetesProcess): Promise<PortListener> {
    const { generation, endpoint } = process.report()
    if (generation === null || endpoint === null || 'socket' in endpoint) return 'nobody'
    return (await accepts(endpoint.host, portInside)) ? 'own' : 'nobody'
  }

  async usage(): Promise<ReadonlyMap<string, Usage>> {
    if (this.#processes.all().length === 0 || this.#sight.isAway) return new Map()
    const byPod = await this.#usage.read(Date.now())
    return new Map(
      this.#processes.all().flatMap(({ record: { spec } }) => {
        const pod = currentPod(this.#seen.of(spec.id))
        const usage = pod && byPod.get(pod.name)
        return usage ? [[spec.id, usage] as const] : []
      }),
    )
  }

  #listener(): ClusterListener {
    return {
      listed: (all) => {
        this.#seen.replaceAll(all)
        this.#sight.here()
        this.#budgets.again()
      },
      event: (event) => this.#onEvent(event),
      away: (error) => {
        if (!this.#sight.isAway || this.#processes.all().length > 0) this.#options.onError(error)
        this.#sight.away()
      },
    }
  }

  #onEvent(event: ClusterEvent): void {
    const id = this.#seen.take(event)
    const isLost = event.kind === 'replicaSets' && event.type === 'DELETED'
    this.#processes.later(id, (process) => (isLost ? process.look() : process.see()))
  }

  async #removeOrphans(signal: AbortSignal): Promise<void> {
    const orphans = [...this.#seen.instances()].filter((id) => !this.#processes.has(id))
    await Promise.all(
      orphans.map(async (id) => {
        await this.#cluster.removeKeeper(id)
        if (signal.aborted) return
        const pods = this.#seen.of(id).pods.filter((pod) => mayRun(pod, Date.now()))
        await Promise.all(pods.map((pod) => this.#cluster.endPod(pod, 0)))
      }),
    )
  }
}

/**
 * Runs each process as a pod, which a ReplicaSet of its own keeps running, also while the control plane is away. Everything of the
 * platform is found by its label and its name, and nothing else is touched.
 */
export function kubernetesRunner(options: KubernetesRunnerOptions): ProcessRunner {
  const runner = new FramedRunner(
    options,
    (processes: Processes<KubernetesProcess>) => new KubernetesDriver(options, processes),
  )
  if (options.isInside) runner.shutdown = () => runner.close()
  return runner
}
