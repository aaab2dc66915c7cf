import type { Task } from '@vitrine/contract'
import { api } from '../../api/client.ts'
import type { useSession } from '../session/session.ts'

type Repeated = Pick<Task, 'id' | 'kind' | 'state' | 'service_id'>

/** The permission that repeating a task needs. Null for kinds that cannot be repeated as a whole. */
const permissionOf = (kind: Task['kind']) => {
  if (kind === 'service.deploy' || kind === 'service.rollback') return 'services.deploy'
  if (kind === 'service.start' || kind === 'service.wake' || kind === 'service.restart')
    return 'services.operate'
  return null
}

/** Whether a person can repeat a task: it has not succeeded, and they may do the same work. */
export const isRetryable = (task: Repeated, session: Pick<ReturnType<typeof useSession>, 'may'>): boolean => {
  const permission = permissionOf(task.kind)
  const hasFailed = task.state === 'failed' || task.state === 'cancelled'
  return hasFailed && task.service_id !== null && permission !== null && session.may(permission)
}

/**
 * Whether the same work may succeed at the next attempt, because the package is not known to be the cause. Of a failed
 * deploy, the server knows it (`may_pass`). Pure.
 */
export const mayHelpToRepeat = ({ error }: Pick<Task, 'error'>): boolean =>
  error === null || !error.code.startsWith('deploy.') || error.details.may_pass === true

/** Whether repeating a deploy puts older code in the place of a later release that serves. Pure. */
export const replacesNewer = (
  task: Pick<Task, 'kind' | 'release'>,
  service: { release: number | null },
): boolean =>
  task.kind === 'service.deploy' &&
  task.release !== undefined &&
  service.release !== null &&
  service.release > task.release

/**
 * Starts the same work again: a deploy of the same code with the same options, or a start. Resolves with the
 * new task's id.
 * @throws ApiError
 */
export const retryTask = async ({ id, kind, service_id: serviceId }: Repeated): Promise<string> => {
  if (permissionOf(kind) === 'services.deploy' || serviceId === null)
    return (await api('POST /tasks/{id}/retry', { params: { id } })).task_id
  const input = { params: { id: serviceId } }
  const begun =
    kind === 'service.restart'
      ? await api('POST /services/restart/{id}', input)
      : await api('POST /services/start/{id}', input)
  return begun.task_id
}
