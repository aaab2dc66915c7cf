import { z } from 'zod'
import type { Task } from '@vitrine/contract'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { restartService, startService, stopService, type OperateDeps } from './operate.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'

/** Starting and stopping mostly waits, and must not queue behind builds. */
const withoutLimit = Number.POSITIVE_INFINITY
const operateInput = z.object({ service_id: z.string() })
type Context = TaskContext<z.infer<typeof operateInput>>

async function load(deps: OperateDeps, context: Context): Promise<StoredService> {
  const service = await deps.records.services.get(context.input.service_id)
  if (!service) throw serviceNotFound({ service_id: context.input.service_id })
  return service
}

const done = (service: StoredService) => ({ service_id: service.id })

const startTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.start'> => ({
  kind: 'service.start',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
    await startService(deps, context, service)
    return done(service)
  },
})

const stopTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.stop'> => ({
  kind: 'service.stop',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
    await stopService(deps, context, service)
    return done(service)
  },
})

const restartTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.restart'> => ({
  kind: 'service.restart',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
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
