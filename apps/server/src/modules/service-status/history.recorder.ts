import type { Words } from '../../lib/words.ts'
import type { InstanceMonitor, LiveInstance } from '../instances/instance-monitor.ts'
import { unseenDeath } from '../instances/missed-death.ts'
import { reasonWords, type Reason } from '../instances/reason.ts'
import { isChange, type HistoryEvent } from './history.ts'
import type { HistoryRepository } from './history.repository.ts'
import type { StoredService } from '../services/services.repository.ts'
import { serviceState } from './service-state.ts'

type Deps = {
  history: Pick<HistoryRepository, 'insert' | 'latest'>
  monitor: Pick<InstanceMonitor, 'ofService'>
  /** The rows of these services. Deleted ones are left out. */
  services: (ids: readonly string[]) => Promise<readonly StoredService[]>
  clock: () => Date
  /** Is told which services have new records, once they are stored. */
  onStored: (serviceIds: readonly string[]) => void
  onError: (error: unknown) => void
}

const flushMs = 1_000
/** How long it waits before it writes again what could not be written. */
const againMs = 5_000
/** The number of events that wait while the database is unreachable. Older ones are dropped. */
const mostWaiting = 10_000
/** Events of one statement. PostgreSQL takes at most 65,535 values in one, and each event has seven. */
const mostAtOnce = 1_000

const eventOf = (live: LiveInstance, at: Date, reason: Reason | null): HistoryEvent => ({
  at,
  serviceId: live.serviceId,
  instanceId: live.id,
  release: live.release,
  status: live.state,
  health: live.health,
  reason: reason && reasonWords(reason),
})

/** The last record of a service or of an instance. `isFormer`: only an earlier control plane has recorded it. */
type Noted = { event: HistoryEvent; isFormer: boolean }

/**
 * Records the state changes of services and their instances in batches, in the background. Nothing waits for
 * it, and what cannot be written is tried again until it is. An instance is recorded at each change, and its service
 * at most once a second.
 */
export class HistoryRecorder {
  readonly #deps: Deps
  /** By service, and in it by instance; null for the service as a whole. */
  readonly #noted = new Map<string, Map<string | null, Noted>>()
  readonly #changed = new Set<string>()
  /** What was done with services, for the next time that they are recorded. */
  readonly #done = new Map<string, Words[]>()
  #waiting: HistoryEvent[] = []
  #timer: NodeJS.Timeout | null = null
  #flushing: Promise<void> = Promise.resolve()
  #isOpen = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Loads the last records, so that nothing is recorded twice after a restart. */
  async open(): Promise<void> {
    for (const event of await this.#deps.history.latest()) this.#keep({ event, isFormer: true })
    this.#isOpen = true
  }

  /** The last record of an instance. */
  notedOf(instance: { serviceId: string; id: string }): HistoryEvent | null {
    return this.#noted.get(instance.serviceId)?.get(instance.id)?.event ?? null
  }

  /** Records that something has changed in a service. */
  changed(serviceId: string): void {
    if (!this.#isOpen) return
    const at = this.#deps.clock()
    for (const live of this.#deps.monitor.ofService(serviceId)) {
      this.#noteUnseen(live)
      this.#note(eventOf(live, at, live.reason))
    }
    this.#recordSoon(serviceId)
  }

  /** Records what was done with a service, as the reason beside the state that it has. */
  done(serviceId: string, what: Words): void {
    if (!this.#isOpen) return
    this.#done.set(serviceId, [...(this.#done.get(serviceId) ?? []), what])
    this.#recordSoon(serviceId)
  }

  /** Records that an instance with this state was restarted because of its health. */
  restarted(before: LiveInstance): void {
    const { count, reason } = before
    const why: Reason = { code: 'restarted', probes: count.bad, because: reason }
    this.#note(eventOf({ ...before, state: 'STOPPING' }, this.#deps.clock(), why))
    this.changed(before.serviceId)
  }

  /** Forgets a deleted service. Its history is deleted with it. */
  forget(serviceId: string): void {
    this.#changed.delete(serviceId)
    this.#done.delete(serviceId)
    this.#waiting = this.#waiting.filter((event) => event.serviceId !== serviceId)
    this.#noted.delete(serviceId)
  }

  /** Writes the waiting events, one batch after the other, so that their order stays. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const mine = this.#flushing.catch(() => undefined).then(() => this.#write())
    this.#flushing = mine
    return mine
  }

  async close(): Promise<void> {
    this.#isOpen = false
    await this.flush()
  }

  #recordSoon(serviceId: string): void {
    this.#changed.add(serviceId)
    this.#flushIn(flushMs)
  }

  #flushIn(milliseconds: number): void {
    const again = (error: unknown) => {
      this.#deps.onError(error)
      if (this.#isOpen) this.#flushIn(againMs)
    }
    this.#timer ??= setTimeout(() => void this.flush().catch(again), milliseconds)
  }

  /** Records that the process died while no control plane ran, which no change tells: the next process was found in its place. */
  #noteUnseen(live: LiveInstance): void {
    const noted = this.#noted.get(live.serviceId)?.get(live.id)
    if (!noted?.isFormer) return
    noted.isFormer = false
    const death = unseenDeath(live.report, noted.event)
    if (death) this.#note(eventOf({ ...live, state: 'BACKOFF', health: 'UNKNOWN' }, death.at, death.reason))
  }

  #keep(noted: Noted): void {
    const { serviceId, instanceId } = noted.event
    const beside = this.#noted.get(serviceId) ?? new Map<string | null, Noted>()
    this.#noted.set(serviceId, beside.set(instanceId, noted))
  }

  #note(event: HistoryEvent): void {
    const last = this.#noted.get(event.serviceId)?.get(event.instanceId)
    if (!isChange(last?.event, event)) return
    this.#keep({ event, isFormer: false })
    this.#waiting.push(event)
    if (this.#waiting.length > mostWaiting) this.#waiting.splice(0, this.#waiting.length - mostWaiting)
  }

  async #write(): Promise<void> {
    const changed = [...this.#changed]
    const rows = changed.length > 0 ? await this.#deps.services(changed) : []
    for (const id of changed) this.#changed.delete(id)
    for (const row of rows) this.#noteService(row)
    while (this.#waiting.length > 0) await this.#writeSome()
  }

  async #writeSome(): Promise<void> {
    const batch = this.#waiting.splice(0, mostAtOnce)
    try {
      await this.#deps.history.insert(batch)
    } catch (error) {
      this.#waiting = [...batch, ...this.#waiting].slice(-mostWaiting)
      throw error
    }
    this.#deps.onStored([...new Set(batch.map(({ serviceId }) => serviceId))])
  }

  #noteService(row: StoredService): void {
    const live = this.#deps.monitor.ofService(row.id)
    this.#forgetRemoved(row.id, live)
    const serving = live.filter(({ release }) => release === row.currentRelease)
    const { desired, asleep, currentRelease: release } = row
    const state = serviceState({ desired, asleep, instances: serving, deploying: false, lastFailure: null })
    const who = { at: this.#deps.clock(), serviceId: row.id, instanceId: null, release }
    for (const reason of this.#done.get(row.id) ?? []) this.#note({ ...who, ...state, reason })
    this.#done.delete(row.id)
    this.#note({ ...who, ...state })
  }

  /** Each deploy and each change of the replicas makes new instances, and leaves former ones. */
  #forgetRemoved(serviceId: string, live: readonly LiveInstance[]): void {
    const noted = this.#noted.get(serviceId)
    const ids = new Set(live.map(({ id }) => id))
    for (const id of noted?.keys() ?? []) if (id !== null && !ids.has(id)) noted?.delete(id)
  }
}
