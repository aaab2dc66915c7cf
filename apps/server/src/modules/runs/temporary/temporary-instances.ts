import { nextPerson } from '../../../lib/fair-queue.ts'
import { temporaryInstanceId } from '../../instances/instance-spec.ts'
import { wordsOf } from '../../../lib/words.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import { serviceNotReady } from '../../services/services.errors.ts'
import type { Leaser, RunInstance } from '../run-instance.ts'
import { placeReclaimed } from '../runs.errors.ts'
import { TemporaryInstance, type TemporaryInstanceDeps } from './temporary-instance.ts'

const defaults = { atMost: 3, idleMs: 2 * 60_000, turnMs: 2 * 60_000 }

/** A run that waits for an instance of a release. */
type Waiting = {
  id: string
  release: StoredRelease
  person: string
  begin: (instance: TemporaryInstance) => void
  fail: (error: unknown) => void
}

/**
 * Runs releases that do not serve, from their stored folders. There is one instance for each release and `atMost` at
 * once, and each ends `idleMs` milliseconds after its last use. People take turns: a free place goes to the person who
 * holds the fewest, however many releases others asked for before. If somebody waits and no place is free, an instance
 * of the person who holds the most ends, with its runs, once it has been starting or in use for `turnMs` milliseconds.
 * So a run that never ends cannot keep a place for ever. Temporary instances get no requests from the gateway and have
 * no rows. When the control plane ends, only their processes remain, and the reconciler removes those and frees their
 * ports.
 */
export class TemporaryInstances {
  readonly #deps: TemporaryInstanceDeps
  readonly #limits: typeof defaults
  readonly #instances = new Map<string, TemporaryInstance>()
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>()
  /** When each person last got a place, while anybody has one or waits. */
  readonly #served = new Map<string, number>()
  #moment = 0
  /** Ends an instance whose time is over while others wait. */
  #reclaim: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(deps: TemporaryInstanceDeps, limits: Partial<typeof defaults> = {}) {
    this.#deps = deps
    this.#limits = { ...defaults, ...limits }
  }

  /**
   * An instance of a release. If there is none, waits for a free place and starts one. Rejects when the signal aborts.
   */
  async lease(release: StoredRelease, { person, signal }: Leaser): Promise<RunInstance> {
    signal.throwIfAborted()
    const id = temporaryInstanceId(release.serviceId, release.number)
    const instance = new Promise<RunInstance>((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', abort)
        this.#waiting.delete(waiting)
      }
      const waiting: Waiting = {
        id,
        release,
        person,
        begin: (found) => {
          leave()
          resolve(found.use({ person, signal }))
        },
        fail: (error) => {
          leave()
          reject(error)
        },
      }
      const abort = () => {
        waiting.fail(signal.reason)
        this.#admit()
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiting)
    })
    this.#admit()
    return instance
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
    this.#admit()
    await Promise.all([...this.#instances.values()].map((instance) => instance.end()))
  }

  /** Gives instances to those who wait, and makes room if no place is free. Call it after every change. */
  #admit(): void {
    clearTimeout(this.#reclaim)
    if (this.#isClosed) return this.#refuseAll()
    this.#share()
    for (let next = this.#next(); next; next = this.#next()) {
      if (this.#instances.size >= this.#limits.atMost) return this.#makeRoom()
      this.#served.set(next.person, ++this.#moment)
      this.#add(next.release, next.id)
      this.#share()
    }
    if (this.#waiting.size === 0 && this.#held().size === 0) this.#served.clear()
  }

  #refuseAll(): void {
    const reason = wordsOf('STOPPING')
    for (const { release, fail } of [...this.#waiting])
      fail(serviceNotReady({ service_id: release.serviceId, reason }))
  }

  /** Gives existing instances to those who wait for them. This takes nobody's place. */
  #share(): void {
    for (const { id, begin } of [...this.#waiting]) {
      const known = this.#instances.get(id)
      if (known && !known.isEnding) begin(known)
    }
  }

  /** Who gets the next free place. An instance that is ending must be removed before it can be started again. */
  #next(): Waiting | null {
    const able = [...this.#waiting].filter(({ id }) => !this.#instances.has(id))
    const people = new Set(able.map(({ person }) => person))
    const perPerson = Number.POSITIVE_INFINITY
    const person = nextPerson(people, { underWay: this.#held(), served: this.#served, perPerson })
    return able.find((each) => each.person === person) ?? null
  }

  /** How many places each person holds. */
  #held(): Map<string, number> {
    const held = new Map<string, number>()
    for (const { holder } of this.#instances.values())
      if (holder !== null) held.set(holder, (held.get(holder) ?? 0) + 1)
    return held
  }

  /**
   * Ends unused instances. If there are none, ends one that is in use once its time is over. Instances that are already
   * ending make room by themselves.
   */
  #makeRoom(): void {
    const all = [...this.#instances.values()]
    const unused = all.filter(({ isUnused }) => isUnused)
    const ending = all.filter(({ isEnding }) => isEnding).length
    for (const instance of unused.slice(0, Math.max(0, this.#waiting.size - ending))) void instance.end()
    if (unused.length + ending > 0) return
    const held = this.#held()
    const placesOf = ({ holder }: TemporaryInstance) => (holder === null ? 0 : (held.get(holder) ?? 0))
    const person = this.#next()?.person
    const own = person === undefined ? 0 : (held.get(person) ?? 0)
    // A person takes a place only from somebody who has more places, and never from themselves.
    const used = all.flatMap((instance) =>
      instance.usedSince === null || instance.holder === person || placesOf(instance) <= own
        ? []
        : [{ instance, since: instance.usedSince }],
    )
    const [first] = used.toSorted(
      (one, other) => placesOf(other.instance) - placesOf(one.instance) || one.since - other.since,
    )
    if (!first) return
    const { turnMs } = this.#limits
    const { serviceId: service_id, release } = first.instance
    const lost = placeReclaimed({ service_id, release, minutes: turnMs / 60_000 })
    const leftMs = first.since + turnMs - performance.now()
    this.#reclaim = setTimeout(() => void first.instance.end(lost), Math.max(0, leftMs))
  }

  #add(release: StoredRelease, id: string): void {
    const instance = new TemporaryInstance(
      this.#deps,
      { id, release },
      {
        idleMs: this.#limits.idleMs,
        onUnused: () => this.#admit(),
        onEnded: () => {
          this.#instances.delete(id)
          this.#admit()
        },
      },
    )
    this.#instances.set(id, instance)
  }
}
