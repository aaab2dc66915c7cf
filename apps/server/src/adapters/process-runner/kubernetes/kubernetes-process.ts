import type { ProcessState } from '@vitrine/contract'
import { afterExit } from '../crash-loop.ts'
import type { EngineProcess } from '../frame/engine-sight.ts'
import { ProcessLife } from '../frame/process-life.ts'
import { processReport } from '../frame/process-report.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { clusterRefusal, fullerRefusal, lastingRefusal } from './cluster-refusal.ts'
import type { KubernetesProcessHost } from './kubernetes-process-host.ts'
import { portInside, reservedOf } from './kubernetes-objects.ts'
import { removeAll } from './own-pods.ts'
import { currentPod, mayRun, type PodFacts, type Seen } from './pod-facts.ts'
import { exitOf, generationOf, passedSince, type KnownLife, type LifeEnd } from './pod-lives.ts'

/** The generation of an object of a cluster that nobody has changed since it was made. */
const firstGeneration = 1

/**
 * The life of one instance in a cluster. The cluster starts it again after an exit, with pauses that grow to minutes; while the
 * control plane is there, it shortens them.
 */
export class KubernetesProcess implements EngineProcess {
  readonly record: ProcessRecord
  readonly #host: KubernetesProcessHost
  readonly #life: ProcessLife
  #refusal: ProcessReason | null = null
  /** The life, and its address, that was last told. */
  #told = ''

  constructor(record: ProcessRecord, host: KubernetesProcessHost) {
    this.record = record
    this.#host = host
    this.#life = new ProcessLife(record, host, (state) => this.#reportIn(state))
  }

  report(): ProcessReport {
    return this.#life.report()
  }
  tell(): void {
    this.#life.tell()
  }

  /** Its process is of another machine, so nobody here knows its number. */
  #reportIn(state: ProcessState): ProcessReport {
    const { record } = this
    const { spec, address, container } = record
    const node = container === null || container.hasEnded ? null : record.node
    return processReport(record, {
      state,
      generation: generationOf(container),
      pid: null,
      node,
      reserved: node ? reservedOf(spec.limits) : null,
      endpoint: spec.listens && address !== null ? { host: address, port: portInside } : null,
      away: this.#host.isAway() ? { code: 'engine_away', engine: 'kubernetes' } : null,
      refusal: this.#refusal,
    })
  }

  get #seen(): Seen {
    return this.#host.seen.of(this.record.spec.id)
  }

  async start(): Promise<void> {
    const { record } = this
    const { state, isWanted, isAlive } = this.#life
    if (isWanted && (isAlive || state === 'RUNNING' || state === 'STARTING')) return
    if (state === 'STOPPING') await this.#endUnwanted()
    record.container = null
    record.startedAt = null
    await this.#life.want()
    await this.#launch()
  }

  /** Ends its pod and removes all that the cluster has of it. */
  async stop(): Promise<void> {
    await this.#life.unwant()
    await this.#endUnwanted()
  }

  release(): void {
    this.#life.release()
  }

  close(): Promise<void> {
    return this.#host.log.close()
  }

  async forget(): Promise<void> {
    this.#host.log.forget()
  }

  /** Compares the known state with the cluster, which may have lost the ReplicaSet. */
  async look(): Promise<void> {
    const { pods, replicaSet } = this.#seen
    if (!this.#life.isWanted)
      return replicaSet || pods.some((pod) => mayRun(pod, Date.now())) || this.#life.state === 'STOPPING'
        ? this.#endUnwanted()
        : undefined
    const found = await this.#host.cluster.replicaSet(this.record.spec.id)
    if (found === null) return this.#launchAgain()
    this.#host.seen.note(found)
    await this.see()
  }

  /** Handles what the cluster was seen to have of it. */
  async see(): Promise<void> {
    if (!this.#life.isWanted) return
    const { record } = this
    const { seen } = this.#host
    if (this.#life.state === 'STOPPED') this.#life.move('start')
    const { replicaSet } = this.#seen
    if (replicaSet && replicaSet.generation > (record.keeperGeneration ?? firstGeneration)) {
      const back = await this.#host.cluster.putBack(record.spec, replicaSet)
      await this.#noteGeneration(back.generation)
      seen.note(back)
      this.#host.onError(new Error(`somebody changed ReplicaSet ${back.name}, which was put back`))
    }
    await this.#noticeRemoval()
    const pod = currentPod(this.#seen)
    if (this.#life.isWanted && pod) await this.#compare(pod)
    if (this.#life.isWanted) this.#refuse(fullerRefusal(clusterRefusal(this.#seen), this.#refusal))
  }

  /** The pod that it lives in is gone, or was told to end by somebody else. */
  async #noticeRemoval(): Promise<void> {
    const { container } = this.record
    if (container === null || container.hasEnded) return
    const pod = this.#seen.pods.find(({ uid }) => uid === container.id)
    if (pod && !pod.isEnding && !pod.hasFailed) return
    const end: LifeEnd = pod?.ended && !pod.hasFailed ? { of: pod.ended } : { removed: pod?.said ?? '' }
    await this.#recordExit(end)
  }

  async #compare(pod: PodFacts): Promise<void> {
    const { record } = this
    const before = record.container
    const { ends, begun, life } = passedSince(before, pod)
    if (begun > 0) record.restarts += begun - (before === null ? 1 : 0)
    for (const end of ends) {
      if (!this.#life.isWanted) return
      if (life) record.container = { ...life, hasEnded: true }
      await this.#recordExit(end, pod)
    }
    if (!this.#life.isWanted) return
    // Its address may be known later than its life.
    if (life && pod.running && this.#told !== `${generationOf(life)} ${pod.address}`)
      return this.#lives(life, pod)
    if (pod.waiting?.reason === 'CrashLoopBackOff') this.#startSooner(pod)
  }

  /** A pod lives a life that is known already, or a new one. */
  async #lives(life: KnownLife, pod: PodFacts): Promise<void> {
    const { record } = this
    this.#told = `${generationOf(life)} ${pod.address}`
    record.container = life
    record.address = pod.address
    record.node = pod.node
    record.startedAt = Date.parse(life.startedAt)
    await this.#host.save()
    this.#host.log.follow({ name: pod.name, uid: pod.uid, restartCount: life.restartCount })
    this.#life.next.cancel()
    this.#refusal = null
    this.#life.move('start')
    const generation = generationOf(life)
    await this.#life.settle(() => generationOf(record.container) === generation)
  }

  /** The cluster pauses before the next life, longer each time. A new pod has no such pause. */
  #startSooner(pod: PodFacts): void {
    const { exits } = this.record
    const last = exits.at(-1)?.at ?? Date.now()
    const next = afterExit(exits, Date.now())
    if (next.kind === 'give_up' || this.#life.next.isStart) return
    this.#life.next.start(Math.max(0, last + next.afterMs - Date.now()), () => this.#replace(pod))
  }

  async #replace({ uid }: PodFacts): Promise<void> {
    const pod = currentPod(this.#seen)
    if (pod?.uid !== uid || pod.running) return
    await this.#drainLog(pod)
    await this.#host.cluster.endPod(pod, 0)
  }

  #drainLog({ name, uid, restartCount }: PodFacts): Promise<void> {
    return this.#life.orElse(undefined, this.#host.log.drain({ name, uid, restartCount }))
  }

  #refuse(refusal: ProcessReason | null): void {
    const isNew = refusal !== null && this.#refusal?.code !== refusal.code
    this.#refusal = refusal
    if (isNew) this.#life.move('exited')
    else this.tell()
  }

  /** Makes its objects. Rejects if the cluster refuses, if foreign objects have their name, or if it is away. */
  async #launch(): Promise<void> {
    const { record } = this
    this.#refusal = null
    this.#life.move('start')
    try {
      const made = await this.#host.cluster.make(record.spec)
      await this.#noteGeneration(made.generation)
      this.#host.seen.note(made)
    } catch (error) {
      record.fatal = lastingRefusal(error)
      if (record.fatal !== null) await this.#host.save()
      this.#life.move(record.fatal === null ? 'exited' : 'gave_up')
      throw error
    }
  }

  /** Stores which change of what keeps it running is our own, so that the next start does not take it for somebody else's. */
  async #noteGeneration(generation: number): Promise<void> {
    const { record } = this
    if (generation === (record.keeperGeneration ?? firstGeneration)) return
    record.keeperGeneration = generation
    await this.#host.save()
  }

  /** If the cluster is away or refuses, this is tried again. */
  async #launchAgain(): Promise<void> {
    if (this.#life.isAlive) await this.#recordExit({ removed: '' })
    if (!this.#life.isWanted) return
    await this.#life.keepStarting(() => this.#launch())
  }

  async #recordExit(end: LifeEnd, pod?: PodFacts): Promise<void> {
    const { spec, startedAt } = this.record
    const exit = exitOf(end, { limits: spec.limits, startedAt }, Date.now())
    await this.#life.exited(exit, async (isGivenUp) => {
      if (pod && end !== null && 'of' in end) await this.#drainLog(pod)
      // The cluster would start it again for ever.
      if (isGivenUp) await this.#removeAll(0)
    })
  }

  /** Ends what is stopped or given up. If the cluster goes away meanwhile, `look` does it again. */
  async #endUnwanted(): Promise<void> {
    await this.#removeAll(this.record.spec.stopGraceMs)
    this.record.container = null
    await this.#life.gone()
  }

  async #removeAll(graceMs: number): Promise<void> {
    const ended = await removeAll(this.record.spec.id, this.#host, graceMs)
    for (const pod of ended) await this.#drainLog(pod)
  }
}
