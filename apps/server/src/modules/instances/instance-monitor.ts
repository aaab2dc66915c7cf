import { setImmediate as giveWay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import type { ProcessReport } from '../../adapters/process-runner/process-runner.ts'
import type { InstanceMonitorDeps } from './instance-monitor.deps.ts'
import { InstanceProber } from './instance-prober.ts'
import { InstanceUsage } from './instance-usage.ts'
import {
  hasProcess,
  isChange,
  newProcessState,
  liveOf,
  lives,
  wellSinceBefore,
  type Entry,
  type LiveInstance,
  type RecordedHealth,
  type WatchedInstance,
} from './live-instance.ts'
import { missedDeath } from './missed-death.ts'
import type { HealthFinding } from './reason.ts'

export type { LiveInstance, WatchedInstance }

/** How many instances are probed at the same time at start, when all must be. */
const atOnce = 20
const tickMs = 250
/**
 * How many probes begin before other work has its turn. With thousands of instances, hundreds are due at once, and who asks
 * for a page meanwhile would wait for all of them.
 */
const begunAtOnce = 8
const usageEveryMs = 5_000

/**
 * The actual state of every instance, from the runner's reports and health probes, always up to date. It
 * decides nothing.
 */
export class InstanceMonitor {
  readonly #deps: InstanceMonitorDeps
  readonly #entries = new Map<string, Entry>()
  /** The same by service, because the gateway's table reads every service at every change. */
  readonly #byService = new Map<string, Set<Entry>>()
  readonly #prober: InstanceProber
  readonly #usage: InstanceUsage
  #timers: NodeJS.Timeout[] = []
  #unwatch: (() => void) | null = null
  #isOpen = false

  constructor(deps: InstanceMonitorDeps) {
    this.#deps = deps
    this.#prober = new InstanceProber(deps, (entry) => this.#changed(entry))
    this.#usage = new InstanceUsage(deps.runner)
  }

  /**
   * Starts to listen and to probe. Resolves when every known instance has been probed once. No changes are
   * reported before that, because instances of an earlier control plane would look unreachable. `notedOf`
   * gives the last recorded health of an instance.
   */
  async open(
    instances: readonly WatchedInstance[],
    notedOf: (instance: WatchedInstance) => RecordedHealth | null = () => null,
  ): Promise<void> {
    for (const instance of instances) this.watch(instance)
    this.#unwatch = this.#deps.runner.watch((report) => this.#report(report))
    for (const report of (await this.#deps.runner.reports()).values()) this.#report(report)
    const limit = pLimit(atOnce)
    const first = async (entry: Entry) => {
      await this.#prober.probe(entry)
      if (entry.wellSince)
        entry.wellSince = wellSinceBefore(entry.report, notedOf(entry.watched), entry.wellSince)
    }
    await Promise.all([...this.#entries.values()].map((entry) => limit(() => first(entry))))
    this.#isOpen = true
    for (const serviceId of new Set(instances.map((instance) => instance.serviceId)))
      this.#deps.onChange(serviceId)
    this.#timers = [
      setInterval(() => void this.#tick(), tickMs),
      setInterval(() => void this.#usage.sample(this.pids()).catch(this.#deps.onError), usageEveryMs),
    ]
  }

  /** An instance that was on trial serves from now on. Nothing changes for any other. */
  endTrial(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry?.watched.onTrial) return
    entry.watched.onTrial = false
    this.#changed(entry)
  }

  /** Starts to follow an instance. */
  watch(watched: WatchedInstance): void {
    this.forget(watched.id)
    const entry: Entry = {
      watched: { ...watched },
      report: null,
      restarts: 0,
      probing: false,
      ...newProcessState(),
    }
    this.#entries.set(watched.id, entry)
    const beside = this.#byService.get(watched.serviceId) ?? new Set()
    this.#byService.set(watched.serviceId, beside.add(entry))
  }

  /** From now on the instance's process gets no more requests. The next process of the instance gets them again. */
  withdraw(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.isWithdrawn || !lives(entry.report)) return
    entry.isWithdrawn = true
    this.#changed(entry)
  }

  /** The process of an instance that was withdrawn takes requests again. Nothing changes for any other. */
  restore(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry?.isWithdrawn) return
    entry.isWithdrawn = false
    this.#changed(entry)
  }

  /** What is done, or was done without success, before an instance can be started. Null: nothing. */
  note(id: string, note: Entry['note']): void {
    const entry = this.#entries.get(id)
    if (!entry || isDeepStrictEqual(entry.note, note)) return
    entry.note = note
    this.#changed(entry)
  }

  /** Stops following an instance that was removed. */
  forget(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    const { serviceId } = entry.watched
    const beside = this.#byService.get(serviceId)
    beside?.delete(entry)
    if (beside?.size === 0) this.#byService.delete(serviceId)
  }

  get(id: string): LiveInstance | null {
    const entry = this.#entries.get(id)
    return entry ? this.#live(entry) : null
  }

  /** The report of an instance for which its runner looks now. Null if it does not know the instance. */
  async askRunner(id: string): Promise<ProcessReport | null> {
    return (await this.#deps.runner.reports()).get(id) ?? null
  }

  /** Whether a process of a service runs, here or on another machine, also of its temporary instances. */
  runs(serviceId: string): boolean {
    return [...(this.#byService.get(serviceId) ?? [])].some(({ report }) => hasProcess(report))
  }

  /** The main processes on this machine of all running instances, or of those of one service with its temporary ones. */
  pids(serviceId?: string): number[] {
    const entries = serviceId === undefined ? this.#entries.values() : (this.#byService.get(serviceId) ?? [])
    return [...entries].flatMap(({ report }) => (report?.pid ? [report.pid] : []))
  }

  /** The instances of all releases of a service, without temporary ones. */
  ofService(serviceId: string): LiveInstance[] {
    return [...(this.#byService.get(serviceId) ?? [])]
      .filter(({ watched }) => !watched.temporary)
      .map((entry) => this.#live(entry))
  }

  /** Adds one to the number of restarts because of health. */
  restarted(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.watched.healthRestarts += 1
    this.#changed(entry)
  }

  /** Probes an instance now instead of at its next turn. */
  async probeNow(id: string): Promise<LiveInstance | null> {
    const entry = this.#entries.get(id)
    if (!entry) return null
    await this.#prober.probe(entry)
    return this.#live(entry)
  }

  /**
   * The last finding about an instance's health. If it does not listen on its endpoint, looks up now where it
   * listens instead, and which connection it waits for.
   */
  async lastFinding(id: string): Promise<HealthFinding | null> {
    const entry = this.#entries.get(id)
    const lostPort = entry?.report?.lostPort
    if (lostPort) return { code: 'port_taken', ...lostPort }
    const found = entry?.probe.found ?? null
    const pid = entry?.report?.pid
    if (!entry || found?.code !== 'not_listening' || !pid) return found
    const on = await this.#deps.portsOf(pid)
    // It may have begun to listen there since the probe, so it is asked what it says now.
    if ('port' in found.endpoint && on.includes(found.endpoint.port)) await this.#prober.probe(entry)
    const now = entry.probe.found
    if (now?.code !== 'not_listening') return now
    const [awaits] = (await this.#deps.awaitedBy?.(pid)) ?? []
    return { ...now, on, ...(awaits && { awaits }) }
  }

  /** From now on an instance should have this revision of the configuration. */
  configured(id: string, revision: number): void {
    const entry = this.#entries.get(id)
    if (entry) entry.watched.configRevision = revision
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#isOpen = false
    this.#unwatch?.()
  }

  #live(entry: Entry): LiveInstance {
    return { ...liveOf(entry), usage: this.#usage.of(entry.report) }
  }

  #report(report: ProcessReport): void {
    const entry = this.#entries.get(report.id)
    if (!entry) return
    // It is told like any other, so that the history has its reason.
    const missed = missedDeath(entry.report, report, entry.restarts)
    if (missed) this.#take(entry, missed)
    this.#take(entry, report)
  }

  #take(entry: Entry, report: ProcessReport): void {
    const before = entry.report
    entry.report = report
    if (before?.generation !== report.generation) {
      // A new process: answers of the last one say nothing about it.
      Object.assign(entry, newProcessState())
      entry.restarts = report.restarts
    }
    if (report.state === 'FATAL' && before?.state !== 'FATAL') {
      void this.#explain(entry).catch(this.#deps.onError)
      return
    }
    if (isChange(before, report)) this.#changed(entry)
  }

  #changed(entry: Entry): void {
    if (this.#isOpen) this.#deps.onChange(entry.watched.serviceId)
  }

  /** Begins the probes that are due. One that has to wait for others may have been begun otherwise meanwhile. */
  async #tick(): Promise<void> {
    const now = Date.now()
    const isDue = (entry: Entry) => !entry.probing && entry.nextProbeAt <= now && lives(entry.report)
    const due = [...this.#entries.values()].filter(isDue)
    for (const [index, entry] of due.entries()) {
      if (index > 0 && index % begunAtOnce === 0) await giveWay()
      if (this.#isOpen && this.#entries.get(entry.watched.id) === entry && isDue(entry))
        void this.#prober.takeTurn(entry).catch(this.#deps.onError)
    }
  }

  /** Adds the last log lines to an instance that was given up. They are reported together with the reason, so that its history has one entry. */
  async #explain(entry: Entry): Promise<void> {
    try {
      const lines = await this.#deps.lastLines(entry.watched)
      if (entry.report?.state === 'FATAL') entry.lines = lines
    } finally {
      this.#changed(entry)
    }
  }
}
