import { usesRuntime, type StepOf } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Words } from '../../lib/words.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { StoredInstance } from '../instances/instances.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { isContainerMode } from '../releases/mode-of.ts'
import { releaseNotFound } from '../releases/releases.errors.ts'
import { prepareInstances, verified, verifyInstances } from '../rollouts/roll-out.ts'
import { configure, fetchCode, placeModels, prepareEnvironment } from './build.ts'
import { deployInput, type Deploy, type DeployDeps, type DeployInput } from './deploy.types.ts'
import { examineRelease } from './examine-release.ts'
import { changeOf } from './release-change.ts'
import { storeReportedSchemas } from './reported-schemas.ts'
import { hasSwitched, routeToRelease } from './switch-release.ts'
import { imageSteps } from './build-image.ts'
import { undoDeploy } from './undo-deploy.ts'

/** The context of a deploy or a rollback. A deploy has all steps of a rollback, and others before them. */
type Context = TaskContext<DeployInput, StepOf<'service.rollback'>>

async function load(deps: DeployDeps, context: Context): Promise<Deploy> {
  const { service_id: serviceId, release: number } = context.input
  const service = await loadService(deps, serviceId)
  const release = await deps.releases.get(serviceId, number)
  if (!release) throw releaseNotFound({ service_id: serviceId, release: number })
  return { service, release, folder: serviceFolders(deps.paths, serviceId).release(number), context }
}

/** Finds out and stores what a ready instance offers besides its health. Resolves with words about it. */
const examine = (deps: DeployDeps, deploy: Deploy, endpoint: InstanceEndpoint): Promise<Words> =>
  usesRuntime(deploy.release.manifest)
    ? storeReportedSchemas(deps, deploy, endpoint)
    : examineRelease(deps, deploy, endpoint)

/**
 * Starts the instances of the release beside those that serve, verifies them, and examines the first. Resolves with the
 * instances to end after the switch. If an earlier attempt of this task has already switched, they are all that is left to do.
 */
async function startRelease(deps: DeployDeps, deploy: Deploy): Promise<readonly StoredInstance[]> {
  const { release, context } = deploy
  await context.takeTurn()
  // Read again, because the wishes for its instances may have changed during the build.
  const service = await loadService(deps, deploy.service.id)
  if (hasSwitched(deploy)) {
    const rows = await deps.instanceRows.list(service.id)
    return rows.filter((row) => row.release !== release.number)
  }
  const change = changeOf(deps, deploy, service)
  const { fresh, remove } = await context.step('start', () => prepareInstances(deps, change))
  await context.step('verify', async (report) => {
    const ready = await verifyInstances(deps, change, fresh, report)
    return verified(ready, ready ? await examine(deps, deploy, ready.endpoint) : undefined)
  })
  return remove
}

const resultOf = ({ service, release }: Deploy) => ({ service_id: service.id, release: release.number })

/**
 * The kind of task that builds a release and switches to it. After a failure the old release keeps serving,
 * and nothing of the new one runs.
 */
export const deployTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.deploy'> => ({
  kind: 'service.deploy',
  ...deps.builds,
  input: deployInput,
  // A build takes minutes and touches nothing that serves. Meanwhile, the service gets the instances that its load needs.
  takesTurnLater: true,
  run: async (context) => {
    let deploy = await load(deps, context)
    const { step } = context
    if (!hasSwitched(deploy)) {
      // The address of a new service says from now on that nothing serves there yet. It is repeated until the gateway follows.
      if (deploy.service.currentRelease === null) void deps.gateway.sync([deploy.service.id]).catch(() => {})
      await step('fetch', () => fetchCode(deps, deploy))
      if (isContainerMode(deploy.release.config.mode)) deploy = await imageSteps(deps, deploy, step)
      else {
        const packageFolder = deploy.folder
        await step('environment', (report) => prepareEnvironment(deps, { ...deploy, packageFolder }, report))
        await step('configure', () => configure(deps, deploy))
      }
      await step('models', (report) => placeModels(deps, deploy, report))
    }
    const remove = await startRelease(deps, deploy)
    await routeToRelease(deps, deploy, remove)
    return resultOf(deploy)
  },
  undo: ({ input, error }) => undoDeploy(deps, input, error),
})

/** The kind of task that returns to an earlier release. Its folder still exists, so nothing is built. */
export const rollbackTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.rollback'> => ({
  kind: 'service.rollback',
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    const remove = await startRelease(deps, deploy)
    await routeToRelease(deps, deploy, remove)
    return resultOf(deploy)
  },
  undo: async ({ input, error, hasStarted }) => {
    // Another rollback to the same release may be running; its instances are not ours to remove.
    if (hasStarted) await undoDeploy(deps, input, error)
  },
})
