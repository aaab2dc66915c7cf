import { rm } from 'node:fs/promises'
import { z } from 'zod'
import type { Task } from '@vitrine/contract'
import type { DataPaths } from '../../lib/paths.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { drainInstances } from '../instances/drain.ts'
import {
  addInstance,
  removeInstance,
  startInstance,
  type InstancesDeps,
  type KnownInstance,
} from '../instances/instances.usecases.ts'
import type { PortsRepository } from '../ports/ports.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { TaskContext, TaskKind } from '../tasks/task-runner.ts'
import { serviceNeverDeployed, serviceNotFound, startFailed } from './services.errors.ts'
import type { ServicesRepository, StoredService } from './services.repository.ts'

/** What starting, stopping and deleting need. */
export type OperateDeps = {
  paths: DataPaths
  records: { services: ServicesRepository; releases: ReleasesRepository; ports: PortsRepository }
  instances: InstancesDeps
  gateway: GatewaySync
  onDeleted: (serviceId: string) => void
}

/** Starting and stopping only waits: it must not stand behind others' builds. */
const withoutLimit = Number.POSITIVE_INFINITY
const operateInput = z.object({ service_id: z.string() })
type Context = TaskContext<z.infer<typeof operateInput>>

async function load(deps: OperateDeps, context: Context): Promise<StoredService> {
  const service = await deps.records.services.get(context.input.service_id)
  if (!service) throw serviceNotFound({ service_id: context.input.service_id })
  return service
}

/** The instances of the release that serves, with its manifest's health. */
async function servingInstances(deps: OperateDeps, service: StoredService): Promise<KnownInstance[]> {
  if (service.currentRelease === null) throw serviceNeverDeployed({ service_id: service.id })
  const release = await deps.records.releases.get(service.id, service.currentRelease)
  if (!release) throw serviceNeverDeployed({ service_id: service.id })
  const rows = await deps.records.releases.instances(service.id)
  return rows
    .filter((row) => row.release === release.number)
    .map((row) => ({ ...row, health: release.manifest.health }))
}

async function start(deps: OperateDeps, context: Context, service: StoredService): Promise<void> {
  const instances = await servingInstances(deps, service)
  await deps.records.services.update(service.id, { desired: 'running' })
  await context.step('start', async () => {
    for (const instance of instances) {
      if (!deps.instances.board.get(instance.id)) await addInstance(deps.instances, instance)
      const result = await startInstance(deps.instances, instance, { signal: context.signal })
      if (!result.ready)
        throw startFailed({ service_id: service.id, reason: result.reason, lines: result.lines })
    }
    return { value: null }
  })
  await context.step('route', async () => ({ value: await deps.gateway.sync() }))
}

async function stop(deps: OperateDeps, context: Context, service: StoredService): Promise<void> {
  await context.step('stop', async () => {
    const instances = await deps.records.releases.instances(service.id)
    // First nobody is sent to them any more; what they have is finished.
    for (const instance of instances) deps.instances.board.leave(instance.id)
    await deps.gateway.sync()
    const { timeoutS } = service.options
    const left = await drainInstances(deps.instances, instances, { timeoutS, signal: context.signal })
    for (const instance of instances) await deps.instances.runner.stop(instance.id)
    return {
      ...(left > 0 && {
        message: { zh: `${left} 个请求超过等待时间`, en: `${left} requests outlasted the wait` },
      }),
      value: null,
    }
  })
}

const done = (service: StoredService) => ({ service_id: service.id })

const startTask = (deps: OperateDeps): TaskKind<typeof operateInput> => ({
  kind: 'service.start',
  atOnce: withoutLimit,
  steps: ['start', 'route'],
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
    await start(deps, context, service)
    return done(service)
  },
})

const stopTask = (deps: OperateDeps): TaskKind<typeof operateInput> => ({
  kind: 'service.stop',
  atOnce: withoutLimit,
  steps: ['stop'],
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
    await deps.records.services.update(service.id, { desired: 'stopped' })
    await stop(deps, context, service)
    return done(service)
  },
})

const restartTask = (deps: OperateDeps): TaskKind<typeof operateInput> => ({
  kind: 'service.restart',
  atOnce: withoutLimit,
  steps: ['stop', 'start', 'route'],
  input: operateInput,
  run: async (context) => {
    const service = await load(deps, context)
    await servingInstances(deps, service)
    await stop(deps, context, service)
    await start(deps, context, service)
    return done(service)
  },
})

const deleteTask = (deps: OperateDeps): TaskKind<typeof operateInput> => ({
  kind: 'service.delete',
  atOnce: withoutLimit,
  steps: ['stop', 'delete'],
  input: operateInput,
  run: async (context) => {
    const { service_id: id } = context.input
    const service = await deps.records.services.get(id)
    // Begun anew after a restart that came between the row's end and the task's: there is nothing left to stop.
    if (service) {
      await deps.records.services.update(id, { desired: 'stopped' })
      await stop(deps, context, service)
    }
    await context.step('delete', async () => {
      for (const instance of await deps.records.releases.instances(id))
        await removeInstance(deps.instances, instance.id)
      await deps.records.ports.release({ serviceId: id })
      await deps.records.services.delete(id)
      await deps.gateway.sync()
      const folders = serviceFolders(deps.paths, id)
      for (const path of [folders.root, folders.stdoutLog, folders.stderrLog])
        await rm(path, { recursive: true, force: true })
      deps.onDeleted(id)
      return { value: null }
    })
    return { service_id: id }
  },
})

/** Kinds of task that operate a service, by their action. */
export const operateTasks = (deps: OperateDeps): TaskKind<typeof operateInput>[] =>
  [startTask, stopTask, restartTask, deleteTask].map((make) => make(deps))

/** Name of the task of an action. */
export const operateKind = (action: 'start' | 'stop' | 'restart' | 'delete'): Task['kind'] =>
  `service.${action}`
