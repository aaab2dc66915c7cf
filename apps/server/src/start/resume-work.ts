import type { Logger } from 'pino'
import type { AccountBlock } from '../lib/account-block.ts'
import type { DataPaths } from '../lib/paths.ts'
import { closeEnvironments } from '../lifecycle/close-environments.ts'
import { endUnownedAccounts, moveToAccounts } from '../lifecycle/move-to-accounts.ts'
import { processUnattended } from '../modules/assets/keep-asset.ts'
import { failOrphanedDeploys } from '../modules/deployments/fail-orphaned-deploys.ts'
import { recoverPipelines } from '../modules/pipelines/queue.ts'
import { claimFrontPorts } from '../modules/ports/front-ports.ts'
import { recoverRuns } from '../modules/runs/recovery/recover-runs.ts'
import type { Modules } from './modules.ts'
import type { wireUpkeep } from './upkeep.ts'

/**
 * Resumes the work of an earlier control plane: adopts its instances, and continues its runs and tasks. The order is
 * required:
 *
 * 1. What has no owner is released before anything starts. Later it could not be distinguished from what a new request has
 *    just taken.
 * 2. The monitor knows the instances. Without it, runs and changes of services fail.
 * 3. The API answers (`serve`), because algorithms read the media of runs there. Tasks that requests start wait for 5.
 * 4. Runs go on, before any task: a task that stops an instance waits for the runs on it.
 * 5. Tasks go on, the oldest first. Then pipelines whose task is gone end, and those that wait begin.
 * 6. The reconciler changes what no task is working on.
 */
export async function resumeWork(
  modules: Modules,
  { reconciler, recorder }: ReturnType<typeof wireUpkeep>,
  input: { block: AccountBlock | null; logger: Logger; paths: DataPaths; serve: () => Promise<void> },
): Promise<void> {
  const { block, logger, paths, serve } = input
  const { repositories, monitor, taskRunner } = modules
  const owners = { block, services: repositories.services, instances: modules.instances }
  await endUnownedAccounts(owners)
  for (const service of await moveToAccounts(owners))
    logger.info({ service }, 'the service has an account of its own from now on')
  await closeEnvironments({
    ...owners,
    environments: modules.environments,
    hashOf: async (id, release) => (await repositories.releases.get(id, release))?.environmentHash ?? null,
  })
  await failOrphanedDeploys({ ...modules.services, ...repositories, paths })
  const instances = await repositories.instanceRows.list()
  await modules.ports.ports.releaseUnclaimed({ instanceIds: instances.map(({ id }) => id) })
  await claimFrontPorts(modules.ports)
  await recorder.open()
  await monitor.open(await reconciler.watched(), (instance) => recorder.notedOf(instance))
  taskRunner.hold()
  await serve()
  await recoverRuns(modules.running)
  await taskRunner.resume()
  await recoverPipelines(modules.pipelines)
  await processUnattended(modules.media)
  await reconciler.reconcile()
  reconciler.start()
}
