import type { ServiceHealth } from '@vitrine/contract'
import type { ProcessReport, ProcessRunner } from '../../adapters/process-runner/process-runner.ts'
import { sampleUsage, type Usage } from '../../lib/process-usage.ts'
import type { InstanceFacts } from '../services/services.state.ts'
import type { Probe, ProbeResult } from './probe.ts'

/** An instance that is watched. */
export type WatchedInstance = {
  id: string
  serviceId: string
  release: number
  port: number
  healthPath: string
  healthIntervalMs: number
  /** Runs for a while beside those that serve: it is nobody's upstream and no part of its service's state. */
  temporary: boolean
}

/** All that is known of an instance now. */
export type LiveInstance = WatchedInstance &
  InstanceFacts & { report: ProcessReport | null; usage: Usage | null }

type Entry = {
  watched: WatchedInstance
  report: ProcessReport | null
  probe: ProbeResult
  nextProbeAt: number
  probing: boolean
  /** It finishes what it has and is then stopped: it shows as STOPPING, so that nobody is sent to it. */
  leaving: boolean
}

/** While a process has not become ready it is asked this often. */
const startingIntervalMs = 250
const tickMs = 250
const usageEveryMs = 5_000
const unknown: ProbeResult = { health: 'UNKNOWN', reason: null }

const lives = (report: ProcessReport | null) => report?.state === 'RUNNING' || report?.state === 'STARTING'
const isWell = (health: ServiceHealth) => health === 'READY' || health === 'BUSY'

type Deps = {
  runner: ProcessRunner
  probe: Probe
  /** Hears of each service of which something changed. */
  onChange: (serviceId: string) => void
  onError: (error: unknown) => void
}

/** What really is: the runner's reports and the health of every instance, kept current. It decides nothing. */
export class LiveBoard {
  readonly #deps: Deps
  readonly #entries = new Map<string, Entry>()
  readonly #usage = new Map<number, Usage>()
  #timers: NodeJS.Timeout[] = []
  #unwatch: (() => void) | null = null
  #isOpen = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Begins to listen and to probe; resolves when every instance known so far was asked once. Nobody is told of a change
   * before that: what an earlier control plane left running would look as if it did not answer.
   */
  async open(instances: readonly WatchedInstance[]): Promise<void> {
    for (const instance of instances) this.watch(instance)
    this.#unwatch = this.#deps.runner.watch((report) => this.#report(report))
    for (const report of (await this.#deps.runner.reports()).values()) this.#report(report)
    await Promise.all([...this.#entries.values()].map((entry) => this.#probe(entry)))
    this.#isOpen = true
    for (const serviceId of new Set(instances.map((instance) => instance.serviceId)))
      this.#deps.onChange(serviceId)
    this.#timers = [
      setInterval(() => this.#tick(), tickMs),
      setInterval(() => void this.#sample().catch(this.#deps.onError), usageEveryMs),
    ]
  }

  /** Begins to follow an instance. */
  watch(watched: WatchedInstance): void {
    const fresh = { report: null, probe: unknown, nextProbeAt: 0, probing: false, leaving: false }
    this.#entries.set(watched.id, { watched, ...fresh })
  }

  /** From now on the instance's process takes no more requests; the next process of the instance does again. */
  leave(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.leaving || !lives(entry.report)) return
    entry.leaving = true
    this.#changed(entry)
  }

  /** Forgets an instance that was removed. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  get(id: string): LiveInstance | null {
    const entry = this.#entries.get(id)
    return entry ? this.#live(entry) : null
  }

  /** The instances of a service, of all its releases that run, without temporary ones. */
  ofService(serviceId: string): LiveInstance[] {
    return [...this.#entries.values()]
      .filter(({ watched }) => watched.serviceId === serviceId && !watched.temporary)
      .map((entry) => this.#live(entry))
  }

  /** Asks an instance now, not at its next turn. */
  async probeNow(id: string): Promise<LiveInstance | null> {
    const entry = this.#entries.get(id)
    if (!entry) return null
    await this.#probe(entry)
    return this.#live(entry)
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#unwatch?.()
  }

  #live(entry: Entry): LiveInstance {
    const { watched, report, probe } = entry
    const health = lives(report) ? probe.health : 'UNKNOWN'
    return {
      ...watched,
      state: entry.leaving ? 'STOPPING' : (report?.state ?? 'STOPPED'),
      health,
      reason: report?.reason ?? (lives(report) ? probe.reason : null),
      report,
      usage: report?.pid ? (this.#usage.get(report.pid) ?? null) : null,
    }
  }

  #report(report: ProcessReport): void {
    const entry = this.#entries.get(report.id)
    if (!entry) return
    const before = entry.report
    entry.report = report
    if (before?.pid !== report.pid) {
      // Another process: what the last one answered says nothing of it.
      entry.probe = unknown
      entry.nextProbeAt = 0
      entry.leaving = false
    }
    if (before?.state !== report.state || before.pid !== report.pid || before.reason !== report.reason)
      this.#changed(entry)
  }

  #changed(entry: Entry): void {
    if (this.#isOpen) this.#deps.onChange(entry.watched.serviceId)
  }

  #tick(): void {
    const now = Date.now()
    for (const entry of this.#entries.values())
      if (!entry.probing && entry.nextProbeAt <= now && lives(entry.report))
        void this.#probe(entry).catch(this.#deps.onError)
  }

  async #probe(entry: Entry): Promise<void> {
    if (!lives(entry.report) || entry.probing) return
    entry.probing = true
    const pid = entry.report?.pid
    try {
      const result = await this.#deps.probe({ port: entry.watched.port, path: entry.watched.healthPath })
      if (entry.report?.pid !== pid) return
      const changed = entry.probe.health !== result.health || entry.probe.reason !== result.reason
      entry.probe = result
      if (changed) this.#changed(entry)
    } finally {
      entry.probing = false
      entry.nextProbeAt =
        Date.now() + (isWell(entry.probe.health) ? entry.watched.healthIntervalMs : startingIntervalMs)
    }
  }

  async #sample(): Promise<void> {
    const pids = [...this.#entries.values()].flatMap(({ report }) => (report?.pid ? [report.pid] : []))
    const sampled = await sampleUsage(pids, this.#usage)
    this.#usage.clear()
    for (const [pid, usage] of sampled) this.#usage.set(pid, usage)
  }
}
