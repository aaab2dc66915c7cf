import { Counter, Histogram, type Registry } from 'prom-client'
import type { RecordedCall } from '../calls/call-line.ts'

const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'] as const

const classOf = (status: number): (typeof statusClasses)[number] =>
  statusClasses[Math.floor(status / 100) - 1] ?? 'other'

/** Upper bounds of the duration histogram, in seconds. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Metrics of recorded calls, counted since this process started. */
export class CallMetrics {
  readonly #services = new Set<string>()
  readonly #calls: Counter<'service_id' | 'status_class'>
  readonly #bytes: Counter<'service_id' | 'direction'>
  readonly #duration: Histogram<'service_id'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#calls = new Counter({
      name: 'vitrine_calls_total',
      help: 'Requests to services that passed the gateway',
      labelNames: ['service_id', 'status_class'],
      registers,
    })
    this.#bytes = new Counter({
      name: 'vitrine_call_bytes_total',
      help: 'Bytes of bodies of these requests (in) and of their answers (out)',
      labelNames: ['service_id', 'direction'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'vitrine_call_duration_seconds',
      help: 'Time from a request to the end of its answer',
      labelNames: ['service_id'],
      buckets: durationBounds,
      registers,
    })
  }

  /** Counts calls that were recorded. */
  add(calls: readonly RecordedCall[]): void {
    for (const { serviceId, status, bytesIn, bytesOut, latencyMs } of calls) {
      this.#services.add(serviceId)
      this.#calls.inc({ service_id: serviceId, status_class: classOf(status) })
      this.#bytes.inc({ service_id: serviceId, direction: 'in' }, bytesIn)
      this.#bytes.inc({ service_id: serviceId, direction: 'out' }, bytesOut)
      this.#duration.observe({ service_id: serviceId }, latencyMs / 1000)
    }
  }

  /** Removes services that no longer exist, so that there are never more series than services. */
  keepOnly(serviceIds: ReadonlySet<string>): void {
    for (const serviceId of this.#services) if (!serviceIds.has(serviceId)) this.forget(serviceId)
  }

  /** Removes the counts of a deleted service. */
  forget(serviceId: string): void {
    if (!this.#services.delete(serviceId)) return
    for (const each of statusClasses) this.#calls.remove({ service_id: serviceId, status_class: each })
    for (const each of ['in', 'out']) this.#bytes.remove({ service_id: serviceId, direction: each })
    this.#duration.remove({ service_id: serviceId })
  }
}
