import type { Database } from '../adapters/database/database.ts'
import { platformActor } from '../lib/actor.ts'
import { systemClock } from '../lib/clock.ts'
import type { RecordedCall } from '../modules/calls/call-line.ts'
import { createCallsRepository } from '../modules/calls/calls.repository.ts'
import { forgetCallsOf, forgetOldCalls, keyUsesOf } from '../modules/calls/calls.usecases.ts'
import { LastRequestTimes } from '../modules/calls/last-requests.ts'
import { createKeptFolder } from '../modules/calls/kept-bodies.ts'
import { CallRecorder } from '../modules/calls/recorder.ts'
import { createRecordingsRepository } from '../modules/calls/recordings.repository.ts'
import type { InstanceMonitor } from '../modules/instances/instance-monitor.ts'
import type { SecretMasks } from '../modules/configs/secrets/secret-masks.ts'
import { createMetricsRepository } from '../modules/metrics/metrics.repository.ts'
import type { MetricsDeps } from '../modules/metrics/metrics.usecases.ts'
import { createPlatformMetrics } from '../modules/metrics/prometheus.ts'
import { sampleEveryS, UsageHistory } from '../modules/metrics/usage-history.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import { listServices, type ReadServicesDeps } from '../modules/service-status/service-status.usecases.ts'
import type { ModulesInput } from './modules-input.ts'

/** More instances than any machine has at one time. */
const replicasRemembered = 10_000
const everyService = {
  actor: platformActor,
  language: 'en',
  query: { page: 1, page_size: 100_000, q: '', sort: '' },
} as const

/**
 * The replica number of an instance, past or present. The last log lines of a removed instance are read after
 * it is gone.
 */
function replicasOf(monitor: Pick<InstanceMonitor, 'get'>): (instanceId: string) => number {
  const known = new Map<string, number>()
  return (instanceId) => {
    const replica = known.get(instanceId) ?? monitor.get(instanceId)?.replica
    if (replica === undefined) return 0
    if (known.size >= replicasRemembered) known.clear()
    known.set(instanceId, replica)
    return replica
  }
}

type Parts = {
  services: ServicesRepository
  monitor: InstanceMonitor
  reading: ReadServicesDeps
  masks: SecretMasks
  onError: (error: unknown) => void
}

function recorderOf(
  input: ModulesInput,
  parts: Parts,
  db: Database,
  onRecorded: (calls: readonly RecordedCall[], unreadable: number) => Promise<void>,
): CallRecorder {
  return new CallRecorder({
    path: input.paths.accessLog,
    records: createRecordingsRepository({ db }),
    kept: createKeptFolder(input.paths.keptBodies),
    maskOf: parts.masks.of,
    replicaOf: replicasOf(parts.monitor),
    onRecorded,
    onProblem: (problem) =>
      problem === null
        ? input.logger.info('calls are recorded again')
        : input.logger.warn(
            { err: problem },
            'calls cannot be recorded for now; they wait in the access log',
          ),
  })
}

/**
 * Wires the recording of calls and what uses it: the list, charts, metrics and the time of each service's
 * last request.
 */
export function wireCalls(input: ModulesInput, parts: Parts) {
  const { db } = input.drivers
  const { services, monitor, onError } = parts
  const calls = createCallsRepository({ db })
  const recordings = createRecordingsRepository({ db })
  const lastRequests = new LastRequestTimes()
  const usage = new UsageHistory()
  const prometheus = createPlatformMetrics({
    version: input.version,
    services: async () => (await listServices(parts.reading, everyService)).items,
    counts: createMetricsRepository({ db }),
  })
  const recorder = recorderOf(input, parts, db, async (recorded, unreadable) => {
    lastRequests.add(recorded)
    prometheus.addCalls(recorded, unreadable)
    await input.access.noteKeyUses(keyUsesOf(recorded))
  })
  const sample = async () => {
    const ids = await services.ids()
    usage.add(
      ids.flatMap((id) => monitor.ofService(id)),
      systemClock(),
    )
  }
  const metrics: MetricsDeps = { services, calls, usage, clock: systemClock }
  return {
    reading: { calls, services },
    metrics,
    prometheus,
    /** The times of each service's last request. Complete once `open` has resolved. */
    lastRequests,
    /**
     * Starts to record and to sample. The monitor must know the instances before. Resolves with a function that
     * stops this.
     */
    async open(): Promise<() => Promise<void>> {
      lastRequests.load(await recordings.lastRequests())
      recorder.start()
      const timer = setInterval(() => void sample().catch(onError), sampleEveryS * 1000)
      return async () => {
        clearInterval(timer)
        await recorder.close()
      }
    },
    /** Drops what is in memory of a deleted service. */
    forgetService(serviceId: string): void {
      lastRequests.forget(serviceId)
      usage.forget(serviceId)
      prometheus.forgetCalls(serviceId)
    },
    forgetCallsOf: (serviceId: string, before: Date | null) =>
      forgetCallsOf({ recordings }, serviceId, before),
    forgetOld: () =>
      forgetOldCalls(
        { recordings, kept: createKeptFolder(input.paths.keptBodies) },
        { days: input.drivers.current.number('calls.keep_days'), now: systemClock() },
      ),
  }
}
