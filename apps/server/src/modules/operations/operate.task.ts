import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Task } from '@vitrine/contract'
import { removeFolder } from '../../lib/foreign-folder.ts'
import { pathExists } from '../../lib/path-exists.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { ownerOfLog } from '../instances/log-names.ts'
import { removeInstance } from '../instances/instances.usecases.ts'
import { releaseServicePorts } from '../ports/ports.usecases.ts'
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

/** Deletes the releases and work folder of a service, and the logs of all its replicas, also rotated ones. */
async function removeFiles(paths: DataPaths, serviceId: string): Promise<void> {
  await removeFolder(serviceFolders(paths, serviceId).root)
  const isItsLog = (name: string) => ownerOfLog(name)?.serviceId === serviceId
  const logs = (await pathExists(paths.serviceLogs)) ? await readdir(paths.serviceLogs) : []
  for (const name of logs.filter(isItsLog)) await rm(join(paths.serviceLogs, name), { force: true })
}

const deleteTask = (deps: OperateDeps): TaskKind<typeof operateInput, 'service.delete'> => ({
  kind: 'service.delete',
  atOnce: withoutLimit,
  input: operateInput,
  run: async (context) => {
    const { service_id: id } = context.input
    const service = await deps.records.services.get(id)
    // After a restart between the deletion of the row and the end of the task, nothing is left to stop.
    if (service) {
      await stopService(deps, context, service)
    }
    await context.step('delete', async () => {
      for (const instance of await deps.records.instanceRows.list(id))
        await removeInstance(deps.instances, instance.id)
      await releaseServicePorts(deps.ports, id)
      await deps.records.services.delete(id)
      await deps.gateway.sync()
      await removeFiles(deps.paths, id)
      deps.onDeleted(id)
      return { value: null }
    })
    return { service_id: id }
  },
})

/** The kinds of task that start, stop, restart and delete a service. */
export const operateTasks = (deps: OperateDeps): TaskKind<typeof operateInput>[] =>
  [startTask, stopTask, restartTask, deleteTask].map((make) => make(deps))

/** The kind of task for an action. */
export const operateKind = (action: 'start' | 'stop' | 'restart' | 'delete'): Task['kind'] =>
  `service.${action}`
