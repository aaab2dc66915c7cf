import { z } from 'zod'
import type { TaskKind } from '../tasks/task-kind.ts'
import { putToSleep, startService, type OperateDeps } from './operate.ts'
import { serviceIsStopped } from '../services/services.errors.ts'
import { loadService } from '../services/services.usecases.ts'

const sleepInput = z.object({ service_id: z.string() })

/** The task mostly waits, and must not queue behind builds. */
const atOnce = Number.POSITIVE_INFINITY

const noneLeft = { zh: '服务已不需要休眠', en: 'the service does not need to sleep any more' }

/**
 * The kind of task that stops the instances of an idle service. Its desired state stays. Requests that arrive
 * after the task has begun wait, and wake the service when it has ended. If the task fails, the service is awake.
 */
const sleepTask = (deps: OperateDeps): TaskKind<typeof sleepInput, 'service.sleep'> => ({
  kind: 'service.sleep',
  atOnce,
  input: sleepInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    const { id, desired, idleMinutes } = service
    // While the task was queued, another one may have changed the desired state.
    if (desired === 'stopped' || idleMinutes === null) {
      await context.step('stop', async () => ({ message: noneLeft, skipped: true, value: null }))
    } else await putToSleep(deps, context, service)
    return { service_id: id }
  },
})

/**
 * The kind of task that starts a sleeping service. If it does not start, it still counts as awake, and its state gives the reason.
 */
const wakeTask = (deps: OperateDeps): TaskKind<typeof sleepInput, 'service.wake'> => ({
  kind: 'service.wake',
  atOnce,
  input: sleepInput,
  run: async (context) => {
    const service = await loadService(deps, context.input.service_id)
    if (service.desired === 'stopped') throw serviceIsStopped({ service_id: service.id })
    await startService(deps, context, service)
    return { service_id: service.id }
  },
  undo: async ({ input }) => {
    await deps.services.update(input.service_id, { asleep: false })
    await deps.gateway.sync([input.service_id])
  },
})

/** The kinds of task that put a service to sleep and wake it. */
export const sleepTasks = (deps: OperateDeps): TaskKind<typeof sleepInput>[] => [
  sleepTask(deps),
  wakeTask(deps),
]
