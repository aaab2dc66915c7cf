import { Counter, Gauge, type Registry } from 'prom-client'
import { processState, serviceHealth, type Service } from '@vitrine/contract'

/** The sum of the known values. Null if none is known. */
const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null)

/** Metrics of the services at the time of the scrape. */
export class ServiceMetrics {
  readonly #services: Gauge<'status'>
  readonly #health: Gauge<'health'>
  readonly #instances: Gauge<'service_id'>
  readonly #ready: Gauge<'service_id'>
  readonly #restarts: Counter<'service_id'>
  readonly #used: {
    gauge: Gauge<'service_id'>
    of: (instance: Service['instances'][number]) => number | null
  }[]

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, label: Label) =>
      new Gauge({ name: `vitrine_${name}`, help, labelNames: [label], registers: [registry] })
    this.#services = gauge('services', 'Services by process state', 'status')
    this.#health = gauge('services_by_health', 'Services by health', 'health')
    this.#ready = gauge('service_ready', '1 where a service is running and READY or BUSY', 'service_id')
    this.#instances = gauge('service_instances', 'Running instances of a service', 'service_id')
    this.#restarts = new Counter({
      name: 'vitrine_service_restarts_total',
      help: 'Restarts of the instances that a service has now',
      labelNames: ['service_id'],
      registers: [registry],
    })
    this.#used = [
      {
        gauge: gauge('service_cpu_cores', 'Processor cores that a service’s instances use', 'service_id'),
        of: ({ cpu }) => cpu,
      },
      {
        gauge: gauge('service_memory_bytes', 'Resident memory of a service’s instances', 'service_id'),
        of: ({ memory_bytes }) => memory_bytes,
      },
      {
        gauge: gauge('service_open_files', 'Open handles of a service’s instances', 'service_id'),
        of: ({ open_files }) => open_files,
      },
    ]
  }

  /** Sets the current state of the services. Must get all of them. */
  set(services: readonly Service[]): void {
    for (const status of processState.options)
      this.#services.set({ status }, services.filter((service) => service.status === status).length)
    for (const health of serviceHealth.options)
      this.#health.set({ health }, services.filter((service) => service.health === health).length)
    for (const each of [
      this.#instances,
      this.#ready,
      this.#restarts,
      ...this.#used.map(({ gauge }) => gauge),
    ])
      each.reset()
    for (const service of services) this.#setOne(service)
  }

  #setOne({ id, status, health, restarts, instances }: Service): void {
    const labels = { service_id: id }
    const running = instances.filter(({ state }) => state === 'RUNNING')
    this.#instances.set(labels, running.length)
    this.#ready.set(labels, status === 'RUNNING' && (health === 'READY' || health === 'BUSY') ? 1 : 0)
    this.#restarts.inc(labels, restarts)
    for (const { gauge, of } of this.#used) {
      const used = sumOf(running.map(of))
      if (used !== null) gauge.set(labels, used)
    }
  }
}
