import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { everyEnd } from '../../lib/every-end.ts'
import { removeFolder } from '../../lib/foreign-folder.ts'
import { pathExists } from '../../lib/path-exists.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { removeInstance } from '../instances/instances.usecases.ts'
import { ownerOfLog } from '../instances/log-names.ts'
import { releaseUnusedFrontPorts } from '../ports/front-ports.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { StoredTask, TasksRepository } from '../tasks/tasks.repository.ts'
import { stopService, type OperateDeps } from './operate.ts'

/** What deleting needs. */
export type DeleteDeps = OperateDeps & {
  /** Ends the access to a service by links and by keys that name it: its ID may become somebody else's. */
  revokeAccess: (serviceId: string) => Promise<void>
  /** Deletes the calls of a service that has no row any more. `before`: when another one with its ID was created, whose calls stay. */
  forgetCalls: (serviceId: string, before: Date | null) => Promise<void>
  /** Deletes the row of a service, and lets the pipelines end that wait for it. */
  deleteService: (serviceId: string) => Promise<void>
  /** Called once a service has no row any more. */
  onDeleted: (serviceId: string) => void
  /** Removes the images of a service from the Docker daemon, if there is one. */
  removeImages: (serviceId: string) => Promise<void>
  /** Ends the processes of a service that run without serving. */
  endTemporary: (serviceId: string) => Promise<void>
}

/** `created_at` is of the row that is meant. */
const deleteInput = z.object({ service_id: z.string(), created_at: z.string() })

type NamedService = Pick<StoredService, 'id' | 'createdAt'>

/** The task that deletes a service. It says which one, because another may have its ID when its turn comes. Pure. */
export const deletionOf = ({ id, createdAt }: NamedService) => ({
  kind: 'service.delete' as const,
  serviceId: id,
  input: { service_id: id, created_at: createdAt.toISOString() },
})

const means = ({ created_at: createdAt }: z.output<typeof deleteInput>, service: NamedService): boolean =>
  createdAt === service.createdAt.toISOString()

/** Whether a task deletes this service, and not an earlier one that had its ID. Pure. */
export const deletes = (
  { task, input }: Pick<StoredTask, 'task' | 'input'>,
  service: NamedService,
): boolean =>
  task.kind === 'service.delete' && task.service_id === service.id && means(deleteInput.parse(input), service)

/** Deletes the releases and work folder of a service, and the logs of all its replicas, also rotated ones. */
async function removeFiles(paths: DataPaths, serviceId: string): Promise<void> {
  await removeFolder(serviceFolders(paths, serviceId).root)
  const isItsLog = (name: string) => ownerOfLog(name)?.serviceId === serviceId
  const logs = (await pathExists(paths.serviceLogs)) ? await readdir(paths.serviceLogs) : []
  for (const name of logs.filter(isItsLog)) await rm(join(paths.serviceLogs, name), { force: true })
}

/** Deletes the row of a service that was stopped, after everything that needs it. */
async function deleteRow(deps: DeleteDeps, serviceId: string): Promise<void> {
  for (const instance of await deps.instanceRows.list(serviceId))
    await removeInstance(deps.instances, instance.id)
  await deps.revokeAccess(serviceId)
  await deps.deleteService(serviceId)
}

/** Releases the front ports of services without rows. The gateway listens on them until it has followed. */
async function releasePorts(
  deps: Pick<DeleteDeps, 'gateway' | 'ports'>,
  serviceIds: readonly string[],
): Promise<void> {
  await deps.gateway.sync(serviceIds)
  for (const id of serviceIds) await releaseUnusedFrontPorts(deps.ports, id)
}

/** Ends and deletes what a service without a row still has. One failing part does not keep the others. */
async function clearAway(deps: DeleteDeps, serviceId: string): Promise<void> {
  await everyEnd([
    releasePorts(deps, [serviceId]),
    // Its processes must have ended, because they could still write into its folders.
    deps.endTemporary(serviceId).then(() => removeFiles(deps.paths, serviceId)),
    deps.forgetCalls(serviceId, null),
    deps.removeImages(serviceId),
  ])
}

/** The kind of task that deletes a service. */
export const deleteTask = (deps: DeleteDeps): TaskKind<typeof deleteInput, 'service.delete'> => ({
  kind: 'service.delete',
  // No limit: the task mostly waits, and must not queue behind builds.
  atOnce: Number.POSITIVE_INFINITY,
  input: deleteInput,
  run: async (context) => {
    const { service_id: id } = context.input
    const service = await deps.services.get(id)
    // The service that was meant is gone. The files and the newer calls now belong to its successor.
    if (service && !means(context.input, service)) {
      await deps.forgetCalls(id, service.createdAt)
      return { service_id: id }
    }
    if (service) await stopService(deps, context, service)
    await context.step('delete', async () => {
      // Without a row, an earlier control plane has deleted it. One that has come since is somebody else's.
      if (service) await deleteRow(deps, id)
      deps.onDeleted(id)
      return { value: await clearAway(deps, id) }
    })
    return { service_id: id }
  },
})

/**
 * Deletes what failed deletions left of services that do not exist any more: their files and calls, and their front ports. Where another
 * service has the ID by now, only the calls are deleted that are older than it, because the folders are its own.
 */
export async function removeRemains(deps: {
  paths: DataPaths
  gateway: DeleteDeps['gateway']
  ports: DeleteDeps['ports']
  forgetCalls: DeleteDeps['forgetCalls']
  services: Pick<ServicesRepository, 'get'>
  tasks: Pick<TasksRepository, 'failedDeletions'>
  runner: Pick<TaskRunner, 'inTurn'>
}): Promise<void> {
  const failed = await deps.tasks.failedDeletions()
  for (const id of failed)
    // In its turn, because somebody may deploy a new service with this name.
    await deps.runner.inTurn(id, async () => {
      const successor = await deps.services.get(id)
      if (!successor) await removeFiles(deps.paths, id)
      await deps.forgetCalls(id, successor?.createdAt ?? null)
    })
  if (failed.length > 0) await releasePorts(deps, failed)
}
