import type { BatchAction, Json, Service, Task } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import { hasEnded } from '../tasks/use-task.ts'
import { isPossible } from './use-operations.ts'

/** The chosen services that a batch will work on, and how many it leaves out, by reason. */
export type BatchParts = { services: Service[]; notAllowed: number; needless: number }

/** Whether an action would change anything in a service's present state. */
const changesSomething = (action: BatchAction, service: Service): boolean =>
  action === 'deploy' ? service.deploying === null : isPossible(action, service)

/**
 * Selects the services for an action. Left out are those that the person may not operate or deploy, and those that
 * already have the wanted state.
 */
export const batchParts = (action: BatchAction, chosen: readonly Service[]): BatchParts => {
  const allowed = chosen.filter((service) => (action === 'deploy' ? service.may_own : service.may_operate))
  const services = allowed.filter((service) => changesSomething(action, service))
  return {
    services,
    notAllowed: chosen.length - allowed.length,
    needless: allowed.length - services.length,
  }
}

/** A service for which a batch failed, and why. */
export type BatchFailure = { serviceId: string; reason: string }

const failureOf = (entry: Json): BatchFailure[] => {
  if (!isJsonObject(entry) || entry.ok !== false || typeof entry.service_id !== 'string') return []
  const reason = isJsonObject(entry.error) ? entry.error.message : undefined
  return [{ serviceId: entry.service_id, reason: typeof reason === 'string' ? reason : '' }]
}

/**
 * What takes a finished batch back: the action, and the services that the batch changed. One that was stopped before a stop
 * stays stopped. Null if nothing does.
 */
export const undoOf = ({
  batch,
  result,
}: Pick<Task, 'batch' | 'result'>): { action: BatchAction; serviceIds: string[] } | null => {
  const opposite = batch?.action === 'stop' ? 'start' : batch?.action === 'start' ? 'stop' : null
  const entries = Array.isArray(result) ? result : []
  const serviceIds = entries.flatMap((entry) =>
    isJsonObject(entry) &&
    entry.ok === true &&
    entry.changed !== false &&
    typeof entry.service_id === 'string'
      ? [entry.service_id]
      : [],
  )
  return opposite === null || serviceIds.length === 0 ? null : { action: opposite, serviceIds }
}

/** The key of the title of a batch: what it is doing, or what it was, whether it went well or not. */
export const batchTitleKey = (task: Pick<Task, 'batch' | 'state'> | undefined): string =>
  task?.batch ? `batch.${hasEnded(task) ? 'over' : 'doing'}.${task.batch.action}` : 'batch.title'

/** The results of a batch so far. They arrive while it runs. */
export const batchSoFar = (task: Pick<Task, 'result'>): { done: number; failures: BatchFailure[] } => {
  const entries = Array.isArray(task.result) ? task.result : []
  return { done: entries.length, failures: entries.flatMap(failureOf) }
}
