import { z } from 'zod'
import type { StepOf, Task } from '@vitrine/contract'
import type { StoredService } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { restartService, startService, stopService, type OperateDeps } from './operate.ts'

/** Starting and stopping mostly waits, and must not queue behind builds. */
const withoutLimit = Number.POSITIVE_INFINITY
const operateInput = z.object({ service_id: z.string() })

type OperateKind = 'service.start' | 'service.stop' | 'service.restart'

/** A kind of task that does something with the instances of a service. */
const operateTask = <Kind extends OperateKind>(
  deps: OperateDeps,
  kind: Kind,
  operate: (
    deps: OperateDeps,
    context: TaskContext<z.output<typeof operateInput>, StepOf<Kind>>,
    service: StoredService,
  ) => Promise<void>,
): TaskKind<typeof operateInput, Kind> => ({
  kind,
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    await operate(deps, context, service)
    return { service_id: service.id }
  },
})

/** The kinds of task that start, stop and restart a service. */
export const operateTasks = (deps: OperateDeps): TaskKind<typeof operateInput>[] => [
  operateTask(deps, 'service.start', startService),
  operateTask(deps, 'service.stop', stopService),
  operateTask(deps, 'service.restart', restartService),
]

/** The kind of task for an action. */
export const operateKind = (action: 'start' | 'stop' | 'restart' | 'delete'): Task['kind'] =>
  `service.${action}`
