import { freemem } from 'node:os'
import type { Logger } from 'pino'
import type { Database } from '../adapters/database/database.ts'
import { systemClock } from '../lib/clock.ts'
import { Reconciler } from '../lifecycle/reconciler.ts'
import { HistoryRecorder } from '../modules/service-status/history.recorder.ts'
import { createHistoryRepository } from '../modules/service-status/history.repository.ts'
import { forgetOldHistory } from '../modules/service-status/history.usecases.ts'
import { createScaler } from '../modules/operations/scaling.ts'
import { scaledWords } from '../modules/operations/scaling-words.ts'
import { forgetOldRunsOf } from './forget-old-runs.ts'
import type { Modules } from './modules.ts'

/** Wires what keeps services in their desired state, and what records their changes. Starts nothing. */
export function wireUpkeep(input: { modules: Modules; db: Database; logger: Logger }) {
  const { modules, logger } = input
  const { instances, temporary, gateway, monitor, serviceChanges, taskRunner: tasks } = modules
  const { services, releases, instanceRows } = modules.repositories
  const history = createHistoryRepository(input)
  const recorder = new HistoryRecorder({
    history,
    monitor,
    services: services.some,
    clock: systemClock,
    onStored: (ids) => ids.forEach((id) => modules.historyChanges.publish({ service_id: id })),
    onError: (error) => logger.warn({ err: error }, 'histories cannot be written for now; they wait'),
  })
  const reconciler = new Reconciler({
    services,
    releases,
    instanceRows,
    instances,
    temporary,
    gateway,
    tasks,
    onRound: modules.calls.prometheus.addRound,
    logger,
    onRestarted: (before) => recorder.restarted(before),
  })
  serviceChanges.subscribe(({ service_id: id, change }) => {
    if (change === 'deleted') {
      modules.calls.forgetService(id)
      forgetOldRunsOf(modules).catch((error: unknown) => logger.error({ err: error }, 'old runs'))
      return recorder.forget(id)
    }
    recorder.changed(id)
    reconciler.changed(id)
  })
  const { scalings } = modules
  scalings.subscribe((scaled) => recorder.done(scaled.serviceId, scaledWords(scaled)))
  const scaler = createScaler({
    services,
    monitor,
    instances,
    waitingRuns: modules.running.runQueue.waiting,
    tasks,
    scalings,
    onChanged: (id) => serviceChanges.publish({ service_id: id, change: 'changed' }),
    freeBytes: freemem,
    clock: systemClock,
    logger,
  })
  return {
    reconciler,
    recorder,
    scaler,
    forgetOldHistory: () => forgetOldHistory({ history }, systemClock()),
  }
}
