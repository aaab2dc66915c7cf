import { podFacts, replicaSetFacts, type PodFacts, type ReplicaSetFacts, type Seen } from './pod-facts.ts'
import type { ClusterEvent } from './cluster-watch.ts'

const lookEveryMs = 500

/** The last known objects of the cluster, by instance. */
export class SeenObjects {
  readonly #pods = new Map<string, PodFacts>()
  readonly #replicaSets = new Map<string, ReplicaSetFacts>()
  readonly #waiters = new Set<() => void>()
  readonly #owns: (of: Pick<PodFacts, 'instance' | 'owner'>) => boolean

  /** @param owns tells whether what keeps an instance running, by its name, is ours: somebody may copy our labels */
  constructor(owns: (of: Pick<PodFacts, 'instance' | 'owner'>) => boolean) {
    this.#owns = owns
  }

  of(instance: string): Seen {
    const pods = [...this.#pods.values()].filter((pod) => pod.instance === instance && this.#owns(pod))
    const replicaSet = this.#keepers().find((one) => one.instance === instance) ?? null
    return { pods, replicaSet }
  }

  /** The instances that the cluster has anything of. */
  instances(): Set<string> {
    const all = [...this.#keepers(), ...[...this.#pods.values()].filter(this.#owns)]
    return new Set(all.map(({ instance }) => instance))
  }

  replaceAll(all: ReadonlyMap<string, readonly unknown[]>): void {
    this.#pods.clear()
    this.#replicaSets.clear()
    for (const object of all.get('pods') ?? []) this.#keepPod(podFacts(object))
    for (const object of all.get('replicaSets') ?? []) this.#keepReplicaSet(replicaSetFacts(object))
    this.#wake()
  }

  /** Applies an event, and returns its instance. */
  take({ kind, type, object }: ClusterEvent): string {
    const facts = kind === 'pods' ? podFacts(object) : replicaSetFacts(object)
    if (type === 'DELETED') (kind === 'pods' ? this.#pods : this.#replicaSets).delete(facts.uid)
    else if ('madeAt' in facts) this.#keepPod(facts)
    else this.#keepReplicaSet(facts)
    this.#wake()
    return facts.instance
  }

  /** Applies an answer of the cluster before its watch reports the change. */
  note(replicaSet: ReplicaSetFacts): void {
    this.#keepReplicaSet(replicaSet)
  }

  /** Waits until this holds, or for a time. Resolves with whether it does. */
  async until(holds: () => boolean, ms: number): Promise<boolean> {
    if (holds()) return true
    return new Promise((resolve) => {
      const end = (is: boolean) => {
        clearTimeout(timer)
        clearInterval(ticks)
        this.#waiters.delete(look)
        resolve(is)
      }
      const look = () => holds() && end(true)
      const timer = setTimeout(() => end(false), ms)
      // Some conditions become true only because time passes.
      const ticks = setInterval(look, lookEveryMs)
      this.#waiters.add(look)
    })
  }

  #keepers(): ReplicaSetFacts[] {
    const all = [...this.#replicaSets.values()]
    return all.filter(({ instance, name }) => this.#owns({ instance, owner: name }))
  }
  #keepPod(pod: PodFacts): void {
    this.#pods.set(pod.uid, pod)
  }
  #keepReplicaSet(replicaSet: ReplicaSetFacts): void {
    // A new ReplicaSet of the same name replaces the earlier one.
    for (const [uid, { name }] of this.#replicaSets)
      if (name === replicaSet.name && uid !== replicaSet.uid) this.#replicaSets.delete(uid)
    this.#replicaSets.set(replicaSet.uid, replicaSet)
  }
  #wake(): void {
    for (const look of this.#waiters) look()
  }
}
