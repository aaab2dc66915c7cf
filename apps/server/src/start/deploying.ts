import { runsImages } from '../adapters/process-runner/runners.ts'
import { systemClock } from '../lib/clock.ts'
import { forgetCallsOf } from '../modules/calls/calls.usecases.ts'
import { createRecordingsRepository } from '../modules/calls/recordings.repository.ts'
import { createConfigCanaries } from '../modules/configs/canaries/canaries.repository.ts'
import { deployTask, rollbackTask } from '../modules/deployments/deploy.task.ts'
import type { DeployDeps, PackageExamples } from '../modules/deployments/deploy.types.ts'
import { removeImagesOf } from '../modules/images/collect-images.ts'
import type { ModelProvider } from '../modules/models/provide-models.ts'
import { adjustTask } from '../modules/operations/adjust.task.ts'
import { batchTask, type BatchDeps } from '../modules/operations/batch.task.ts'
import { canaryTask } from '../modules/operations/canary.task.ts'
import { deleteTask, type DeleteDeps } from '../modules/operations/delete.task.ts'
import type { OperateDeps } from '../modules/operations/operate.ts'
import { operateTasks } from '../modules/operations/operate.task.ts'
import { revokeAccess } from '../modules/operations/revoke-access.ts'
import { sleepTasks } from '../modules/operations/sleep.task.ts'
import { queueTransactions } from '../modules/pipelines/pipelines.assembly.ts'
import { createPushRulesRepository } from '../modules/pipelines/push-rules.repository.ts'
import { deleteWithQueue } from '../modules/pipelines/queue.ts'
import { buildsAtOnce } from '../modules/quotas/quotas.ts'
import { runFirstExamples } from '../modules/runs/first-examples.ts'
import { authorNow } from '../modules/service-grants/author-now.ts'
import type { TaskKind } from '../modules/tasks/task-kind.ts'
import type { Base } from './base.ts'
import type { ModulesInput } from './modules-input.ts'
import type { Running } from './running.ts'

/** What only deploys need: the files and examples that a package names. `newest` deploys the newest version of a service's algorithm. */
type Deploying = { modelFiles: ModelProvider; examples: PackageExamples; newest: BatchDeps['deploy'] }

/** What starting and stopping the instances of services needs. */
const operatingOf = (
  { paths }: ModulesInput,
  { repositories: { services, releases, instanceRows }, ports }: Base,
  { instances, gateway }: Running,
): OperateDeps => ({ paths, services, releases, instanceRows, ports, instances, gateway })

/** What a deploy needs beside that. */
function deployingOf(
  input: ModulesInput,
  base: Base,
  { serviceApis, running }: Running,
  { modelFiles, examples }: Deploying,
): Omit<DeployDeps, keyof OperateDeps> {
  const { environments, runtimeRequirements, images, inTransaction, serviceChanges, onError } = base
  const { codeHost, recogniser } = base.algorithms
  return {
    inTransaction,
    codeHost,
    recogniser,
    environments,
    runtimeRequirements,
    images,
    examples,
    modelFiles,
    apiDocuments: serviceApis.documents,
    memory: serviceApis.memory,
    builds: buildsAtOnce(input.settings),
    onDeployed(serviceId) {
      serviceChanges.publish({ service_id: serviceId, change: 'changed' })
      runFirstExamples(running, serviceId).catch(onError)
    },
    onError,
  }
}

/** What a deletion of a service takes away with it. */
function deletionOf(
  input: ModulesInput,
  { repositories, images, serviceChanges, onError }: Base,
  { temporary }: Running,
): Omit<DeleteDeps, keyof OperateDeps> {
  const access = {
    links: repositories.shares,
    closeServiceToKeys: input.access.closeServiceToKeys,
    pushRules: createPushRulesRepository(input.drivers),
    clock: systemClock,
  }
  const recordings = createRecordingsRepository(input.drivers)
  return {
    // A daemon that does not answer must not prevent a deletion. What stays is collected within the hour.
    async removeImages(serviceId) {
      if (runsImages(input.drivers.runner)) await removeImagesOf(images, serviceId).catch(onError)
    },
    endTemporary: (serviceId) => temporary.endOf(serviceId),
    revokeAccess: (serviceId) => revokeAccess(access, serviceId),
    forgetCalls: (serviceId, before) => forgetCallsOf({ recordings }, serviceId, before),
    deleteService: (serviceId) =>
      deleteWithQueue({ inTransaction: queueTransactions(input.drivers.db), clock: systemClock }, serviceId),
    onDeleted: (serviceId) => serviceChanges.publish({ service_id: serviceId, change: 'deleted' }),
  }
}

/** Batches, in which each service is judged when its turn comes. */
const batches = (
  operate: OperateDeps,
  { repositories: { tasks }, taskRunner: runner, authors, onError }: Base,
  deploy: BatchDeps['deploy'],
) => batchTask({ operate, tasks, runner, authorNow: (author) => authorNow(authors, author), deploy, onError })

/** The kinds of task that deploy and operate services. */
export function wireServiceTasks(
  input: ModulesInput,
  base: Base,
  running: Running,
  deploying: Deploying,
): TaskKind[] {
  const operate = operatingOf(input, base, running)
  const deploy = { ...operate, ...deployingOf(input, base, running, deploying) }
  return [
    deployTask(deploy),
    rollbackTask(deploy),
    ...operateTasks(operate),
    deleteTask({ ...operate, ...deletionOf(input, base, running) }),
    adjustTask({ ...operate, scalings: base.scalings }),
    canaryTask({
      ...operate,
      configs: base.configs,
      canaries: createConfigCanaries(input.drivers),
      inTransaction: base.inTransaction,
      memory: deploy.memory,
      clock: systemClock,
    }),
    ...sleepTasks(operate),
    batches(operate, base, deploying.newest),
  ]
}
