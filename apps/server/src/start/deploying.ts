import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openLimitedJobs, type LimitedJobs } from '../adapters/process-runner/resource-limits/limited-jobs.ts'
import { runsImages } from '../adapters/process-runner/runners.ts'
import { systemClock } from '../lib/clock.ts'
import type { CodeHost } from '../adapters/code-host/code-host.ts'
import type { Recogniser } from '../modules/algorithms/recognition/recogniser.ts'
import { placesOfPythons } from '../modules/environments/interpreter-places.ts'
import { environmentGroups } from '../modules/environments/environment-groups.ts'
import { Environments } from '../modules/environments/environments.ts'
import type { Bus } from '../lib/bus.ts'
import type { GatewaySync } from '../modules/gateway/gateway.sync.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { PortsDeps } from '../modules/ports/ports.deps.ts'
import { deployTimeouts } from '../modules/deployments/deploy-timeouts.ts'
import { deployTask, rollbackTask } from '../modules/deployments/deploy.task.ts'
import type { PackageExamples } from '../modules/deployments/deploy.types.ts'
import type { InDeploymentTransaction } from '../modules/deployments/deployments.records.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'
import type { TemporaryInstances } from '../modules/runs/temporary/temporary-instances.ts'
import type { ModelProvider } from '../modules/models/provide-models.ts'
import { runFirstExamples } from '../modules/runs/first-examples.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import { createRecordingsRepository } from '../modules/calls/recordings.repository.ts'
import { forgetCallsOf } from '../modules/calls/calls.usecases.ts'
import { canaryTask } from '../modules/operations/canary.task.ts'
import { createConfigCanaries } from '../modules/configs/canaries/canaries.repository.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import { adjustTask } from '../modules/operations/adjust.task.ts'
import { deleteTask, type DeleteDeps } from '../modules/operations/delete.task.ts'
import type { OperateDeps } from '../modules/operations/operate.ts'
import type { Scaled } from '../modules/operations/scaling-words.ts'
import { sleepTasks } from '../modules/operations/sleep.task.ts'
import { operateTasks } from '../modules/operations/operate.task.ts'
import { batchTask, type BatchDeps } from '../modules/operations/batch.task.ts'
import { revokeAccess } from '../modules/operations/revoke-access.ts'
import { queueTransactions } from '../modules/pipelines/pipelines.assembly.ts'
import { createPushRulesRepository } from '../modules/pipelines/push-rules.repository.ts'
import { deleteWithQueue } from '../modules/pipelines/queue.ts'
import { authorNow, type AuthorDeps } from '../modules/service-grants/author-now.ts'
import type { ServiceApisDeps } from '../modules/service-apis/service-apis.usecases.ts'
import type { SharesRepository } from '../modules/shares/shares.repository.ts'
import type { ServiceChanged } from '../modules/services/service-changed.ts'
import type { TaskKind } from '../modules/tasks/task-kind.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import type { TasksRepository } from '../modules/tasks/tasks.repository.ts'
import { limitsWithin, type Ceilings } from '../modules/quotas/instance-limits.ts'
import { buildsAtOnce } from '../modules/quotas/quotas.ts'
import { removeImagesOf } from '../modules/images/collect-images.ts'
import type { ImagesDeps } from '../modules/images/prepare-image.ts'
import type { FreeNumbers } from '../lib/free-numbers.ts'
import { findProgram } from '../lib/find-program.ts'
import { folderBytes } from '../lib/folder-sizes.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import { openBuildNetwork, type BuildNetworkHere } from './build-network.ts'
import { platformOf } from './docker.ts'
import { wireImages } from './images.ts'
import type { ModulesInput } from './modules-input.ts'
import { withRegistries } from './registries.ts'

/** What runs builds within the limits of an instance for which none are stated. */
const limitedBuilds = ({ paths }: ModulesInput, ceilings: Ceilings): Promise<LimitedJobs> =>
  openLimitedJobs(
    { owner: paths.environments, stateFile: join(paths.run, 'builds', 'cgroups.json') },
    limitsWithin(ceilings, {}),
  )

/** `numbers` are those for groups of environments. Null: they have none. */
type OfEnvironments = { configs: ConfigsRepository; ceilings: Ceilings; numbers: FreeNumbers | null }

/** Creates the builder of environments, with the tools of this machine and what limits its builds. */
export async function wireEnvironments(
  input: ModulesInput,
  { configs, ceilings, numbers }: OfEnvironments,
): Promise<{
  environments: Environments
  runtimeRequirements: string
  builds: LimitedJobs
  buildNetwork: BuildNetworkHere
  images: ImagesDeps
}> {
  const { settings, commandEnv, nodeTools, paths } = input
  const runtimeRequirements = await readFile(join(input.runtimesFolder, 'python', 'requirements.txt'), 'utf8')
  const path = commandEnv.PATH ?? ''
  const builds = await limitedBuilds(input, ceilings)
  const buildNetwork = await openBuildNetwork(input)
  const environments = new Environments({
    folder: paths.environments,
    pythonCandidates: settings.VITRINE_PYTHON
      ? [settings.VITRINE_PYTHON]
      : ['/usr/bin/python3', (await findProgram('python3', path)) ?? '/usr/local/bin/python3'],
    morePythons: () => placesOfPythons({ home: homedir(), path, named: settings.VITRINE_PYTHONS ?? [] }),
    // Root has put into the setting what it trusts (root/open-root.ts).
    ...(settings.VITRINE_ROOT === 'drop' && { trustedPythons: new Set(settings.VITRINE_PYTHONS) }),
    nodeTools,
    get commandEnv() {
      return withRegistries(commandEnv, input.drivers.current)
    },
    sandbox: input.drivers.sandbox,
    network: buildNetwork.network,
    timeoutMs: deployTimeouts.install,
    silenceMs: deployTimeouts.silence,
    read: [
      ...(await installationsOf([nodeTools.node, nodeTools.npm], paths.root)),
      ...(settings.VITRINE_SHARED_FOLDERS ?? []),
    ],
    runtimeRequirements,
    pipIndexUrl: null,
    accounts: input.jobAccounts,
    groups: environmentGroups(numbers),
    jobs: builds,
    disk: {
      limitBytes: settings.VITRINE_CEILING_BUILD_DISK_MB * 1024 ** 2,
      measure: (folder, signal) => folderBytes([folder], { signal }),
    },
    clock: systemClock,
  })
  const { policy } = buildNetwork
  const platform = await platformOf(input)
  const images = wireImages(input, { configs, ceilings, policy, platform, runtimeRequirements })
  return { environments, runtimeRequirements, builds, buildNetwork, images }
}

type Parts = {
  running: RunsDeps
  instanceRows: InstancesRepository
  inTransaction: InDeploymentTransaction
  configs: ConfigsRepository
  temporary: Pick<TemporaryInstances, 'endOf'>
  shares: Pick<SharesRepository, 'revokeOfStage'>
  ports: PortsDeps
  instances: InstancesDeps
  gateway: GatewaySync
  environments: Environments
  runtimeRequirements: string
  images: ImagesDeps
  recogniser: Recogniser
  codeHost: CodeHost
  serviceApis: Pick<ServiceApisDeps, 'documents' | 'memory'>
  examples: PackageExamples
  modelFiles: ModelProvider
  serviceChanges: Bus<ServiceChanged>
  scalings: Bus<Scaled>
  tasks: TasksRepository
  runner: TaskRunner
  authors: AuthorDeps
  /** Starts to deploy the newest version of a service's algorithm. */
  deployNewest: BatchDeps['deploy']
  onError: (error: unknown) => void
}

/** What a deletion of a service takes away with it. */
function deletion(input: ModulesInput, parts: Parts): Omit<DeleteDeps, keyof OperateDeps> {
  const access = {
    links: parts.shares,
    closeServiceToKeys: input.access.closeServiceToKeys,
    pushRules: createPushRulesRepository(input.drivers),
    clock: systemClock,
  }
  const recordings = createRecordingsRepository(input.drivers)
  return {
    // A daemon that does not answer must not prevent a deletion. What stays is collected within the hour.
    async removeImages(serviceId) {
      if (runsImages(input.drivers.runner)) await removeImagesOf(parts.images, serviceId).catch(parts.onError)
    },
    endTemporary: (serviceId) => parts.temporary.endOf(serviceId),
    revokeAccess: (serviceId) => revokeAccess(access, serviceId),
    forgetCalls: (serviceId, before) => forgetCallsOf({ recordings }, serviceId, before),
    deleteService: (serviceId) =>
      deleteWithQueue({ inTransaction: queueTransactions(input.drivers.db), clock: systemClock }, serviceId),
    onDeleted: (serviceId) => parts.serviceChanges.publish({ service_id: serviceId, change: 'deleted' }),
  }
}

/** Batches, in which each service is judged when its turn comes. */
const batches = (operate: OperateDeps, { tasks, runner, authors, deployNewest: deploy, onError }: Parts) =>
  batchTask({ operate, tasks, runner, authorNow: (author) => authorNow(authors, author), deploy, onError })

/** The kinds of task that deploy and operate services. */
export function wireServiceTasks(input: ModulesInput, parts: Parts): TaskKind[] {
  const { running, ports, instances, gateway, serviceChanges, onError } = parts
  const { paths } = input
  const records = {
    services: running.services,
    releases: running.releases,
    instanceRows: parts.instanceRows,
  }
  const { environments, runtimeRequirements, images, recogniser, examples, modelFiles } = parts
  const deploy = {
    paths,
    ...records,
    ports,
    instances,
    gateway,
    inTransaction: parts.inTransaction,
    codeHost: parts.codeHost,
    environments,
    runtimeRequirements,
    recogniser,
    examples,
    modelFiles,
    images,
    apiDocuments: parts.serviceApis.documents,
    memory: parts.serviceApis.memory,
    builds: buildsAtOnce(input.settings),
    onDeployed: (serviceId: string) => {
      serviceChanges.publish({ service_id: serviceId, change: 'changed' })
      runFirstExamples(running, serviceId).catch(onError)
    },
    onError,
  }
  const operate = { paths, ...records, ports, instances, gateway }
  return [
    deployTask(deploy),
    rollbackTask(deploy),
    ...operateTasks(operate),
    deleteTask({ ...operate, ...deletion(input, parts) }),
    adjustTask({ ...operate, scalings: parts.scalings }),
    canaryTask({
      ...operate,
      configs: parts.configs,
      canaries: createConfigCanaries(input.drivers),
      inTransaction: parts.inTransaction,
      memory: deploy.memory,
      clock: systemClock,
    }),
    ...sleepTasks(operate),
    batches(operate, parts),
  ]
}
