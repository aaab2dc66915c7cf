import type { EndpointResponse, MetricPoint } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { reaches } from '../../lib/policy.ts'
import { addSums, type CallSum } from '../calls/call-sums.ts'
import type { CallsRepository } from '../calls/calls.repository.ts'
import { latencyQuantile } from '../calls/latency-histogram.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import { chartSteps, smallChartSteps, type ChartSteps } from './chart-steps.ts'
import type { UsageHistory, UsagePoint } from './usage-history.ts'

/** What charts need. */
export type MetricsDeps = {
  services: ServicesRepository
  calls: Pick<CallsRepository, 'sumsOf' | 'sumsOfAll'>
  usage: UsageHistory
  clock: Clock
}

const placeOf = (at: Date, { since, stepS }: ChartSteps) =>
  Math.floor((at.getTime() - since.getTime()) / 1000 / stepS)

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10)

function toPoint(at: Date, sums: readonly CallSum[], used: UsagePoint | undefined): MetricPoint {
  const { calls, errors, bytesIn, bytesOut, latency } = addSums(sums)
  return {
    at: at.toISOString(),
    calls,
    errors,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
    p50_ms: rounded(latencyQuantile(latency, 0.5)),
    p95_ms: rounded(latencyQuantile(latency, 0.95)),
    cpu: used?.cpu ?? null,
    memory_bytes: used?.memoryBytes ?? null,
    open_files: used?.openFiles ?? null,
  }
}

/** The charts of a service, or of one of its replicas. Throws `service.not_found`. */
export async function serviceMetrics(
  deps: MetricsDeps,
  input: { id: string; minutes: number; replica: number | null },
): Promise<EndpointResponse<'GET /services/{id}/metrics'>> {
  const { id: serviceId } = await loadService(deps, input.id)
  const steps = chartSteps(input.minutes, deps.clock())
  const of = { serviceId, replica: input.replica }
  const sums = await deps.calls.sumsOf({ ...of, stepS: steps.sumS, since: steps.since })
  const inSteps = Array.from({ length: steps.count }, (): CallSum[] => [])
  for (const sum of sums) inSteps[placeOf(sum.at, steps)]?.push(sum)
  const used = deps.usage.over(of, steps)
  const stepMs = steps.stepS * 1000
  return {
    step_s: steps.stepS,
    points: inSteps.map((each, place) =>
      toPoint(new Date(steps.since.getTime() + place * stepMs), each, used[place]),
    ),
  }
}

/** Small charts of all services that the actor reaches. Takes two queries, however many services there are. */
export async function allServiceMetrics(
  deps: MetricsDeps,
  input: { actor: Actor; minutes: number; points: number },
): Promise<EndpointResponse<'GET /service-metrics'>> {
  const steps = smallChartSteps(input.minutes, input.points, deps.clock())
  const { since, stepS, sumS, count } = steps
  const [services, sums] = await Promise.all([
    deps.services.all(),
    deps.calls.sumsOfAll({ stepS: sumS, groupS: stepS, since }),
  ])
  const zeros = () => Array.from({ length: count }, () => 0)
  const shown = services.filter(({ id }) => reaches(input.actor, [id]))
  const charts = new Map(shown.map(({ id }) => [id, { calls: zeros(), errors: zeros() }]))
  for (const { serviceId, groups } of sums) {
    const chart = charts.get(serviceId)
    for (const [place, calls, errors] of groups) {
      if (!chart || place >= count) continue
      chart.calls[place] = calls
      chart.errors[place] = errors
    }
  }
  const memory = deps.usage.memoryOfAll(steps)
  return {
    step_s: stepS,
    since: since.toISOString(),
    items: [...charts].map(([serviceId, chart]) => ({
      service_id: serviceId,
      ...chart,
      memory_bytes: memory.get(serviceId) ?? Array.from({ length: count }, () => null),
    })),
  }
}
