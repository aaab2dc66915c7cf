import type { ProcessState } from '@vitrine/contract'
import { AppError } from '../../../lib/errors.ts'
import { kubernetesSaid, kubernetesUnavailable, refusedStatus } from '../../kubernetes/kubernetes.errors.ts'
import { afterExit, recentExits } from '../crash-loop.ts'
import { NextStep } from '../next-step.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import { reportOrElse } from '../or-else.ts'
import type { ProcessReason } from '../process-reason.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import { clusterRefusal, fullerRefusal } from './cluster-refusal.ts'
import type { KubernetesProcessHost } from './kubernetes-process-host.ts'
import { kubernetesReport } from './kubernetes-report.ts'
import { currentPod, mayRun, type PodFacts, type Seen } from './pod-facts.ts'
import { exitOf, generationOf, passedSince, type KnownLife, type LifeEnd } from './pod-lives.ts'

/** How much longer than its grace time a pod may take before it is removed by force, such as one on a lost node. */
const patienceMs = 30_000
const notBegunMs = 1_000

/** A refusal of the cluster that stays one until somebody does something about it. Pure. */
function lastingRefusal(error: unknown): ProcessReason | null {
  const isTaken = error instanceof AppError && error.code === 'process.kubernetes_name_taken'
  if (!isTaken && refusedStatus(error) === null) return null
  const said = isTaken ? error.message : kubernetesSaid(error)
  return { code: 'refused_by_cluster', cause: 'refused', said }
}

/**
 * The life of one instance in a cluster: its record, state and timers. Its methods are called in turn, never two at once. The cluster
 * starts it again after an exit, with pauses that grow to minutes; while the control plane is there, it shortens them.
 */
export class KubernetesProcess {
  readonly record: ProcessRecord
  readonly #host: KubernetesProcessHost
  readonly #orElse: ReturnType<typeof reportOrElse>
  readonly #next: NextStep
  #state: ProcessState
  #refusal: ProcessReason | null = null
  /** The change of what keeps it running that is our own. */
  #generation = 1
  /** The life, and its address, that was last told. */
  #told = ''

  constructor(record: ProcessRecord, host: KubernetesProcessHost) {
    this.record = record
    this.#host = host
    this.#orElse = reportOrElse((error) => host.onError(error))
    this.#next = new NextStep({
      later: (work) => host.later(work),
      mayStart: () => this.#isWanted && !this.#isAlive,
    })
    this.#state = record.fatal === null ? 'STOPPED' : 'FATAL'
  }

  report(): ProcessReport {
    return kubernetesReport(this.record, {
      state: this.#state,
      isAway: this.#host.isAway(),
      refusal: this.#refusal,
    })
  }

  get #isAlive(): boolean {
    return this.record.container?.hasEnded === false
  }
  get #isWanted(): boolean {
    return this.record.desired === 'running' && this.record.fatal === null
  }
  get #seen(): Seen {
    return this.#host.seen.of(this.record.spec.id)
  }

  /** Starts it, unless it runs, and clears the exits that made it FATAL. */
  async start(): Promise<void> {
    const { record } = this
    const isThere = this.#state === 'RUNNING' || this.#state === 'STARTING'
    if (this.#isWanted && (this.#isAlive || isThere)) return
    this.#next.cancel()
    record.desired = 'running'
    record.fatal = null
    record.exits = []
    record.container = null
    record.startedAt = null
    await this.#host.save(record)
    await this.#launch()
  }

  /** Ends its pod and removes all that the cluster has of it. */
  async stop(): Promise<void> {
    this.#next.cancel()
    this.record.desired = 'stopped'
    await this.#host.save(this.record)
    this.#move('stop')
    await this.#endUnwanted()
  }

  /** Releases the process: nothing that happens to it has an effect any more. */
  release(): void {
    this.#next.release()
  }

  /** Tells again how it is, because the cluster has gone away or come back. */
  tell(): void {
    this.#host.changed(this.report())
  }

  /** Compares what is known with the cluster, which may have lost what keeps it running. */
  async look(): Promise<void> {
    const { pods, replicaSet } = this.#seen
    if (!this.#isWanted)
      return replicaSet || pods.some((pod) => mayRun(pod, Date.now())) || this.#state === 'STOPPING'
        ? this.#endUnwanted()
        : undefined
    const found = await this.#host.cluster.replicaSet(this.record.spec.id)
    if (found === null) return this.#launchAgain()
    this.#host.seen.note(found)
    await this.see()
  }

  /** Handles what the cluster was seen to have of it. */
  async see(): Promise<void> {
    if (!this.#isWanted) return
    const { record } = this
    const { seen } = this.#host
    if (this.#state === 'STOPPED') this.#move('start')
    const { replicaSet } = this.#seen
    if (replicaSet && replicaSet.generation > this.#generation) {
      const back = await this.#host.cluster.putBack(record.spec)
      this.#generation = back.generation
      seen.note(back)
      this.#host.onError(new Error(`somebody changed ReplicaSet ${back.name}, which was put back`))
    }
    await this.#noticeRemoval()
    const pod = currentPod(this.#seen)
    if (this.#isWanted && pod) await this.#compare(pod)
    if (this.#isWanted) this.#refuse(fullerRefusal(clusterRefusal(this.#seen), this.#refusal))
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
      if (!this.#isWanted) return
      if (life) record.container = { ...life, hasEnded: true }
      await this.#recordExit(end, pod)
    }
    if (!this.#isWanted) return
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
    record.startedAt = Date.parse(life.startedAt)
    await this.#host.save(record)
    this.#host.log.follow({ name: pod.name, uid: pod.uid, restartCount: life.restartCount })
    this.#next.cancel()
    this.#refusal = null
    this.#move('start')
    const generation = generationOf(life)
    const left = record.spec.startSeconds * 1000 - (Date.now() - record.startedAt)
    const settle = async () => {
      if (generationOf(record.container) === generation) this.#move('stayed_up')
    }
    if (left <= 0) await settle()
    else this.#next.after(left, settle)
  }

  /** The cluster pauses before the next life, longer each time. A new pod has no such pause. */
  #startSooner(pod: PodFacts): void {
    const { exits } = this.record
    const last = exits.at(-1)?.at ?? Date.now()
    const next = afterExit(exits, Date.now())
    if (next.kind === 'give_up' || this.#next.isStart) return
    this.#next.start(Math.max(0, last + next.afterMs - Date.now()), () => this.#replace(pod))
  }

  async #replace({ uid }: PodFacts): Promise<void> {
    const pod = currentPod(this.#seen)
    if (pod?.uid !== uid || pod.running) return
    await this.#drainLog(pod)
    await this.#host.cluster.endPod(pod, 0)
  }

  #drainLog({ name, uid, restartCount }: PodFacts): Promise<void> {
    return this.#orElse(undefined, this.#host.log.drain({ name, uid, restartCount }))
  }

  #refuse(refusal: ProcessReason | null): void {
    const isNew = refusal !== null && this.#refusal?.code !== refusal.code
    this.#refusal = refusal
    if (isNew) this.#move('exited')
    else this.tell()
  }

  #move(event: ProcessEvent): void {
    this.#state = nextState(this.#state, event)
    this.#host.changed(this.report())
  }

  /** Makes its objects. Rejects if the cluster refuses, if foreign objects have their name, or if it is away. */
  async #launch(): Promise<void> {
    const { record } = this
    this.#refusal = null
    this.#move('start')
    try {
      const made = await this.#host.cluster.make(record.spec)
      this.#generation = made.generation
      this.#host.seen.note(made)
    } catch (error) {
      record.fatal = lastingRefusal(error)
      if (record.fatal !== null) await this.#host.save(record)
      this.#move(record.fatal === null ? 'exited' : 'gave_up')
      throw error
    }
  }

  /** If the cluster is away or refuses, this is tried again. */
  async #launchAgain(): Promise<void> {
    const { record } = this
    if (this.#isAlive) await this.#recordExit({ removed: '' })
    if (!this.#isWanted) return
    try {
      await this.#launch()
    } catch (error) {
      this.#host.onError(error)
      if (record.fatal === null) this.#next.start(5_000, () => this.#launchAgain())
    }
  }

  async #recordExit(end: LifeEnd, pod?: PodFacts): Promise<void> {
    const { record } = this
    const at = Date.now()
    const exit = exitOf(end, { limits: record.spec.limits, startedAt: record.startedAt }, at)
    if (record.container) record.container.hasEnded = true
    record.startedAt = null
    record.exits = [...recentExits(record.exits, at), exit]
    this.#next.cancel()
    const next = afterExit(record.exits, at)
    if (next.kind === 'give_up') record.fatal = next.reason
    await this.#orElse(undefined, this.#host.save(record))
    if (pod && end !== null && 'of' in end) await this.#drainLog(pod)
    // The cluster would start it again for ever.
    if (next.kind === 'give_up') await this.#orElse(undefined, this.#removeAll(0))
    this.#move(next.kind === 'give_up' ? 'gave_up' : 'exited')
  }

  /** Ends what is stopped or given up. If the cluster goes away meanwhile, `look` does it again. */
  async #endUnwanted(): Promise<void> {
    const { record } = this
    await this.#removeAll(record.spec.stopGraceMs)
    record.container = null
    record.startedAt = null
    if (record.desired === 'stopped') record.fatal = null
    await this.#host.save(record)
    if (record.desired === 'stopped') this.#move('stopped')
  }

  async #removeAll(graceMs: number): Promise<void> {
    const { id } = this.record.spec
    const { cluster, seen, drainMs } = this.#host
    await cluster.removeKeeper(id)
    const left = () => seen.of(id).pods.filter((pod) => mayRun(pod, Date.now()))
    const ending = left()
    const totalMs = graceMs === 0 ? 0 : graceMs + drainMs
    // A program that has not begun needs no time to finish.
    const graceOf = ({ hasBegun }: PodFacts) => (hasBegun ? totalMs : Math.min(totalMs, notBegunMs))
    await Promise.all(ending.map((pod) => cluster.endPod(pod, graceOf(pod))))
    const isGone = () => left().length === 0
    if (!(await seen.until(isGone, totalMs + patienceMs))) {
      await Promise.all(left().map((pod) => cluster.endPod(pod, 0)))
      if (!(await seen.until(isGone, patienceMs)))
        throw kubernetesUnavailable({ why: `pod ${left()[0]?.name ?? ''} does not end` })
    }
    for (const pod of ending) await this.#drainLog(pod)
  }
}
