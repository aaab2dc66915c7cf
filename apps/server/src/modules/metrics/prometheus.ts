import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { task, type Service } from '@vitrine/contract'
import type { RecordedCall } from '../calls/call-line.ts'
import type { MetricsRepository } from './metrics.repository.ts'
import { CallMetrics } from './prometheus.calls.ts'
import { ServiceMetrics } from './prometheus.services.ts'

type Deps = {
  version: string
  /** All services with their state. */
  services: () => Promise<readonly Service[]>
  counts: MetricsRepository
}

/** All metrics for Prometheus. */
export type PlatformMetrics = {
  contentType: string
  /** Counts calls that were recorded, and lines of the log that could not be read. */
  addCalls: (calls: readonly RecordedCall[], unreadableLines: number) => void
  /** Notes how long a round took that compares what runs with what should run, in seconds. */
  addRound: (seconds: number) => void
  /** Drops the counts of a deleted service. */
  forgetCalls: (serviceId: string) => void
  /** The current metrics in Prometheus' text format 0.0.4. */
  text: () => Promise<string>
}

/** The sampling interval in milliseconds. It is long, so that an idle control plane stays idle. */
const eventLoopPrecisionMs = 100
/** In seconds. There is a round every five seconds: one that takes longer delays the next. */
const roundBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

/** Creates the metrics. Every name begins with `vitrine_` and ends with its unit. */
export function createPlatformMetrics(deps: Deps): PlatformMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({
    register: registry,
    prefix: 'vitrine_',
    eventLoopMonitoringPrecision: eventLoopPrecisionMs,
  })
  const calls = new CallMetrics(registry)
  const services = new ServiceMetrics(registry)
  const info = { name: 'vitrine_info', help: 'Version of the platform', labelNames: ['version'] }
  new Gauge({ ...info, registers }).set({ version: deps.version }, 1)
  const tasks = new Gauge({
    name: 'vitrine_tasks',
    help: 'Tasks by state',
    labelNames: ['state'],
    registers,
  })
  const ports = new Gauge({
    name: 'vitrine_ports',
    help: 'Ports in the ledger by kind and state',
    registers,
    labelNames: ['kind', 'state'],
  })
  const unreadable = new Counter({
    name: 'vitrine_access_log_unreadable_lines_total',
    registers,
    help: 'Lines of the access log that could not be read',
  })
  const rounds = new Histogram({
    name: 'vitrine_reconcile_duration_seconds',
    help: 'How long the rounds took that compare what runs with what should run',
    buckets: roundBuckets,
    registers,
  })

  async function collect(): Promise<void> {
    const [all, taskCounts, portCounts] = await Promise.all([
      deps.services(),
      deps.counts.taskCounts(),
      deps.counts.portCounts(),
    ])
    calls.keepOnly(new Set(all.map(({ id }) => id)))
    services.set(all)
    for (const state of task.shape.state.options) tasks.set({ state }, 0)
    for (const { state, count } of taskCounts) tasks.set({ state }, count)
    ports.reset()
    for (const { kind, state, count } of portCounts) ports.set({ kind, state }, count)
  }

  return {
    contentType: registry.contentType,
    addCalls: (recorded, unreadableLines) => {
      calls.add(recorded)
      unreadable.inc(unreadableLines)
    },
    addRound: (seconds) => rounds.observe(seconds),
    forgetCalls: (serviceId) => calls.forget(serviceId),
    async text() {
      await collect()
      return registry.metrics()
    },
  }
}
