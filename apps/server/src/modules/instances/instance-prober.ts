import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { countProbe, isWell } from './health-count.ts'
import { nextProbeMs } from './health-interval.ts'
import type { InstanceMonitorDeps } from './instance-monitor.deps.ts'
import { endpointOf, lives, livesMs, noteProbe, timingOf, unknown, type Entry } from './live-instance.ts'
import { beforeFirstAnswer, isSameResult, isUnanswered, type ProbeResult } from './probe.ts'

/** The age in milliseconds before ports of a process are looked up, and the time between two such look-ups. */
const listensAfterMs = 3_000
const listensAgainMs = 30_000

/** Whether the process that did not answer on its port was found to listen on this port. */
const listensThere = ({ reason }: ProbeResult): boolean =>
  reason?.code === 'not_listening' && 'port' in reason.endpoint && reason.on.includes(reason.endpoint.port)

/** Asks instances how they are, and notes in their entries what they answer. */
export class InstanceProber {
  readonly #deps: Pick<InstanceMonitorDeps, 'runner' | 'probe' | 'healthIntervalMs' | 'portsOf'>
  readonly #onChange: (entry: Entry) => void

  /** `onChange` gets each entry whose result has changed. */
  constructor(
    deps: Pick<InstanceMonitorDeps, 'runner' | 'probe' | 'healthIntervalMs' | 'portsOf'>,
    onChange: (entry: Entry) => void,
  ) {
    this.#deps = deps
    this.#onChange = onChange
  }

  /** A regular probe, whose failure counts. Extra probes do not count, because waiting for an instance would then cause restarts. */
  async takeTurn(entry: Entry): Promise<void> {
    const generation = entry.report?.generation
    await this.probe(entry)
    if (entry.report?.generation !== generation || isWell(entry.probe.health)) return
    entry.count = countProbe(entry.count, entry.probe.health, this.#timing(entry))
  }

  readonly #timing = (entry: Entry) => timingOf(entry, this.#deps.healthIntervalMs)

  /** Probes an instance and notes the result, unless it has no process or is being probed already. */
  async probe(entry: Entry): Promise<void> {
    const { report } = entry
    // An instance that waits for another port is STARTING without a process, so another process may answer there.
    const endpoint = endpointOf(report)
    if (!lives(report) || !endpoint || !report?.generation || entry.probing) return
    entry.probing = true
    try {
      let result = await this.#ask(entry, endpoint)
      // It may have begun to listen between the question and the look at its ports.
      if (listensThere(result)) result = await this.#ask(entry, endpoint)
      if (entry.report?.generation !== report.generation) return
      const changed = !isSameResult(entry.probe, result)
      noteProbe(entry, result)
      if (isWell(result.health)) entry.count = countProbe(entry.count, result.health, this.#timing(entry))
      if (changed) this.#onChange(entry)
    } finally {
      entry.probing = false
      const waitMs = nextProbeMs(entry.count, entry.probe.health, this.#timing(entry), Math.random())
      entry.nextProbeAt = Date.now() + waitMs
    }
  }

  async #ask(entry: Entry, endpoint: InstanceEndpoint): Promise<ProbeResult> {
    const { watched } = entry
    const { id, serviceId, healthPath: path } = watched
    const instance = { id, revision: () => watched.configRevision }
    const found = await this.#deps.probe({ endpoint, path, serviceId, instance })
    return this.#withPorts(entry, await this.#ofItself(entry, found))
  }

  /**
   * The result of a probe if the instance itself answered; else unknown, because another process may have
   * taken the port. This is checked at the first answer of a process, and not again once the instance was
   * seen to answer itself.
   */
  async #ofItself(entry: Entry, found: ProbeResult): Promise<ProbeResult> {
    const { report, watched } = entry
    if (!report?.generation || !report.endpoint || entry.answersItself) return found
    const result = beforeFirstAnswer(found, report.endpoint)
    if (isUnanswered(result)) return result
    const listener = await this.#deps.runner.listener(watched.id)
    // If nobody listens any more, it cannot be known who answered.
    if (typeof listener === 'object' || listener === 'nobody') return unknown
    if (entry.report?.generation === report.generation) entry.answersItself = true
    return result
  }

  /** The result of a probe. If the process does not listen on its endpoint, the result says where it listens instead. */
  async #withPorts(entry: Entry, result: ProbeResult): Promise<ProbeResult> {
    const { report, watched } = entry
    const now = Date.now()
    if (result.reason?.code !== 'not_listening' || !report?.pid) return result
    if (livesMs(report, now) < Math.min(listensAfterMs, watched.startupTimeoutMs / 2))
      return { ...result, reason: null }
    if (now - entry.listens.at >= listensAgainMs)
      entry.listens = { at: now, on: await this.#deps.portsOf(report.pid) }
    return { ...result, reason: { ...result.reason, on: entry.listens.on } }
  }
}
