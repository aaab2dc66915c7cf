import type { Logger } from 'pino'
import { serviceOfInstance } from '../modules/instances/instance-spec.ts'
import {
  addInstance,
  removeInstance,
  watched,
  type InstancesDeps,
  type KnownInstance,
} from '../modules/instances/instances.usecases.ts'
import type { ReleasesRepository } from '../modules/releases/releases.repository.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import { plan, type Action } from './reconcile.ts'

type Deps = {
  services: ServicesRepository
  releases: ReleasesRepository
  tasks: Pick<TaskRunner, 'resume' | 'now' | 'isUntouched'>
  instances: InstancesDeps
  /** Instances that run for a while and are in nobody's rows. */
  temporary: { ids: () => ReadonlySet<string> }
  logger: Logger
}

type Wanted = KnownInstance & { running: boolean }

const everyMs = 5_000

/** Moves what is towards what is desired, at boot and all the time. */
export function createReconciler(deps: Deps) {
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null

  /** The instances that should be known to the runner: those of the releases that serve. */
  async function wanted(): Promise<Wanted[]> {
    const [services, active, rows] = await Promise.all([
      deps.services.all(),
      deps.releases.active(),
      deps.releases.instances(),
    ])
    const byId = new Map(services.map((service) => [service.id, service]))
    return rows.flatMap((row) => {
      const service = byId.get(row.serviceId)
      const release = active.get(row.serviceId)
      if (!service || !release || release.number !== row.release) return []
      return [{ ...row, health: release.manifest.health, running: service.desired === 'running' }]
    })
  }

  async function carryOut(action: Action, instance: Wanted | undefined): Promise<void> {
    deps.logger.info({ action: action.type, instance: action.id }, 'reconcile')
    if (action.type === 'remove') return removeInstance(deps.instances, action.id)
    if (action.type === 'start') return deps.instances.runner.start(action.id)
    if (action.type === 'stop') return deps.instances.runner.stop(action.id)
    if (instance) await addInstance(deps.instances, instance)
  }

  async function once(): Promise<void> {
    await deps.tasks.resume()
    const since = deps.tasks.now()
    const [desired, reports] = await Promise.all([wanted(), deps.instances.runner.reports()])
    // Read after the reports: whatever they show of these was begun before.
    const temporary = deps.temporary.ids()
    const byId = new Map(desired.map((instance) => [instance.id, instance]))
    for (const action of plan(desired, reports, temporary)) {
      try {
        // Asked now and not before: a task that began meanwhile works on what this action was planned for.
        if (deps.tasks.isUntouched(serviceOfInstance(action.id), since))
          await carryOut(action, byId.get(action.id))
      } catch (error) {
        // One that cannot be helped must not keep the others from it; the next round tries again.
        deps.logger.error({ err: error, ...action }, 'reconcile failed')
      }
    }
  }

  const reconcile = (): Promise<void> => {
    running ??= once().finally(() => (running = null))
    return running
  }

  return {
    /** What the board is to follow from the start. */
    watched: async () => (await wanted()).map(watched),
    reconcile,
    /** Reconciles from now on. */
    start(): void {
      timer = setInterval(() => {
        reconcile().catch((error: unknown) => deps.logger.error({ err: error }, 'reconcile failed'))
      }, everyMs)
    },
    async close(): Promise<void> {
      if (timer) clearInterval(timer)
      await running
    },
  }
}
