import type { ListQuery, TaskState } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayUse, visibleRows } from '../../lib/policy.ts'
import { taskNotFound } from './tasks.errors.ts'
import type { TaskRecord } from './task-progress.ts'
import type { StoredTask, TasksRepository } from './tasks.repository.ts'

type Deps = { tasks: TasksRepository }

/**
 * Finds a task that the actor may see: their own, or any for an administrator. For the actor, other tasks do
 * not exist.
 */
export async function getTask(deps: Deps, input: { actor: Actor; id: string }): Promise<StoredTask> {
  const stored = await deps.tasks.get(input.id)
  if (!stored || !maySeeTask(input.actor, stored)) throw taskNotFound({ task_id: input.id })
  return stored
}

const keptMs = 90 * 24 * 3600 * 1000

/**
 * Deletes tasks that ended more than ninety days ago, but not the newest of each service. Resolves with how many were
 * deleted.
 */
export const forgetOldTasks = (
  deps: { tasks: Pick<TasksRepository, 'deleteEnded'> },
  now: Date,
): Promise<number> => deps.tasks.deleteEnded(new Date(now.getTime() - keptMs))

/** Whether the actor may see a task. */
export const maySeeTask = (
  actor: Actor,
  { createdById, services }: Pick<StoredTask, 'createdById' | 'services'>,
): boolean => mayUse(actor, { ownerId: createdById, services })

/** The actor's tasks. For an administrator, all tasks. */
export function listTasks(
  deps: Deps,
  input: {
    actor: Actor
    query: ListQuery & { service_id?: string | undefined; state?: TaskState | undefined }
  },
): Promise<{ items: TaskRecord[]; total: number }> {
  const { query } = input
  const visible = visibleRows(input.actor)
  return deps.tasks.list(
    {
      serviceId: query.service_id,
      state: query.state,
      createdById: visible.ownerId,
      within: visible.services,
    },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
}
