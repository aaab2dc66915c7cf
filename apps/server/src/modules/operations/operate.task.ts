import { z } from 'zod'
import type { Task } from '@vitrine/contract'
import type { TaskKind } from '../tasks/task-kind.ts'
import { restartService, startService, stopService, type OperateDeps } from './operate.ts'
import type { StoredService } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'

/** Starting and stopping mostly waits, and must not queue behind builds. */
const withoutLimit = Number.POSITIVE_INFINITY
const operateInput = z.object({ service_id: z.string() })

const done = (service: StoredService) => ({ service_id: service.id })

const startTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.start'> => ({
  kind: 'service.start',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    await startService(deps, context, service)
    return done(service)
  },
})

const stopTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.stop'> => ({
  kind: 'service.stop',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    await stopService(deps, context, service)
    return done(service)
  },
})

const restartTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.restart'> => ({
  kind: 'service.restart',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    await restartService(deps, context, service)
    return done(service)
  },
})

/** The kinds of task that start, stop and restart a service. */
export const operateTasks = (deps: OperateDeps): TaskKind<typeof operateInput>[] =>
  [startTask, stopTask, restartTask].map((make) => make(deps))

/** The kind of task for an action. */
export const operateKind = (action: 'start' | 'stop' | 'restart' | 'delete'): Task['kind'] =>
  `service.${action}`
