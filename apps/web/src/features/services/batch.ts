import type { BatchAction, Json, Service, Task } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'
import { isPossible } from './use-operations.ts'

/** Which of the chosen services a batch will work on, and how many it leaves alone, and why. */
export type BatchParts = { services: Service[]; notAllowed: number; needless: number }

/** Whether an action would change anything of a service as it is. */
const changesSomething = (action: BatchAction, service: Service): boolean =>
  action === 'deploy' ? service.deploying === null : isPossible(action, service)

/** Sorts out what is done to the chosen services: those that the person may not operate, and those that are so already, stay out. */
export const batchParts = (action: BatchAction, chosen: readonly Service[]): BatchParts => {
  const allowed = chosen.filter((service) => service.may_operate)
  const services = allowed.filter((service) => changesSomething(action, service))
  return {
    services,
    notAllowed: chosen.length - allowed.length,
    needless: allowed.length - services.length,
  }
}

/** A service that a batch did not succeed with, and why. */
export type BatchFailure = { serviceId: string; reason: string }

const failureOf = (entry: Json): BatchFailure[] => {
  if (!isJsonObject(entry) || entry.ok !== false || typeof entry.service_id !== 'string') return []
  const reason = isJsonObject(entry.error) ? entry.error.message : undefined
  return [{ serviceId: entry.service_id, reason: typeof reason === 'string' ? reason : '' }]
}

/** What a batch has done so far: results come while it runs. */
export const batchSoFar = (task: Pick<Task, 'result'>): { done: number; failures: BatchFailure[] } => {
  const entries = Array.isArray(task.result) ? task.result : []
  return { done: entries.length, failures: entries.flatMap(failureOf) }
}
