import { once } from 'node:events'
import { temporaryInstanceId } from '../instances/instance-spec.ts'
import { wordsOf } from '../../lib/words.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady } from '../services/services.errors.ts'
import type { RunInstance } from './run-instance.ts'
import { TemporaryInstance, type TemporaryInstanceDeps } from './temporary-instance.ts'

const defaults = { atMost: 3, idleMs: 2 * 60_000, turnMs: 2 * 60_000 }

/**
 * Runs releases that do not serve, from their stored folders. There is one instance for each release and
 * `atMost` at once, and each ends `idleMs` milliseconds after its last use. If others wait for a place, the one that has been
 * used longest ends with its runs once it was used, or has been starting, for `turnMs` milliseconds: a run that never ends
 * must not keep everybody's place. They get no requests from the
 * gateway and have no rows. So when the control plane ends, only their processes remain, and the reconciler
 * removes those and frees their ports.
 */
export class TemporaryInstances {
  readonly #deps: TemporaryInstanceDeps
  readonly #limits: typeof defaults
  readonly #instances = new Map<string, TemporaryInstance>()
  readonly #changes = new EventTarget()
  #isClosed = false

  constructor(deps: TemporaryInstanceDeps, limits: Partial<typeof defaults> = {}) {
    this.#deps = deps
    this.#limits = { ...defaults, ...limits }
  }

  /**
   * An instance of a release. Starts one if there is none, and waits for a free place. Rejects when `signal`
   * aborts.
   */
  async lease(release: StoredRelease, signal: AbortSignal): Promise<RunInstance> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#isClosed)
        throw serviceNotReady({ service_id: release.serviceId, reason: wordsOf('STOPPING') })
      const instance = this.#find(release)
      if (instance) return instance.use(signal)
      const cancel = this.#endLongestUsed()
      try {
        await once(this.#changes, 'change', { signal })
      } finally {
        cancel()
      }
    }
  }

  /** The ids of instances that the reconciler must ignore. */
  ids(): ReadonlySet<string> {
    return new Set(this.#instances.keys())
  }

  /** Ends the instances of a deleted service. */
  async endOf(serviceId: string): Promise<void> {
    const its = [...this.#instances.values()].filter((instance) => instance.serviceId === serviceId)
    await Promise.all(its.map((instance) => instance.end()))
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#instances.values()].map((instance) => instance.end()))
  }

  /** The instance to use now, or null if there is no free place yet. */
  #find(release: StoredRelease): TemporaryInstance | null {
    const id = temporaryInstanceId(release.serviceId, release.number)
    const known = this.#instances.get(id)
    if (known) return known.isEnding ? null : known
    if (this.#instances.size < this.#limits.atMost) return this.#add(release, id)
    const unused = [...this.#instances.values()].find((instance) => instance.isUnused)
    void unused?.end()
    return null
  }

  /** If no place is free, ends the longest used instance when it has had its time. Returns what cancels this. */
  #endLongestUsed(): () => void {
    const all = [...this.#instances.values()]
    if (all.length < this.#limits.atMost || all.some(({ isEnding }) => isEnding)) return () => {}
    const used = all.flatMap((instance) =>
      instance.usedSince === null ? [] : [{ instance, since: instance.usedSince }],
    )
    const [longest] = used.toSorted((one, other) => one.since - other.since)
    if (!longest) return () => {}
    const leftMs = longest.since + this.#limits.turnMs - performance.now()
    const timer = setTimeout(() => void longest.instance.end(), Math.max(0, leftMs))
    return () => clearTimeout(timer)
  }

  #add(release: StoredRelease, id: string): TemporaryInstance {
    const changed = () => this.#changes.dispatchEvent(new Event('change'))
    const instance = new TemporaryInstance(
      this.#deps,
      { id, release },
      {
        idleMs: this.#limits.idleMs,
        onUnused: changed,
        onEnded: () => {
          this.#instances.delete(id)
          changed()
        },
      },
    )
    this.#instances.set(id, instance)
    return instance
  }
}
