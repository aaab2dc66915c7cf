import { totalmem } from 'node:os'
import { enforcementHere } from '../adapters/process-runner/resource-limits/machine.ts'
import type { Database } from '../adapters/database/database.ts'
import { createSchemaChecker } from '../adapters/schema-checker/schema-checker.ts'
import { systemClock } from '../lib/clock.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import { findAlgorithm } from '../modules/algorithms/algorithms.repository.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { getVersion } from '../modules/algorithms/algorithms.usecases.ts'
import { createComparisonsRepository } from '../modules/comparisons/comparisons.repository.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { createBus } from '../lib/bus.ts'
import { deploymentTransactions } from '../modules/deployments/deployments.assembly.ts'
import { createInstancesRepository } from '../modules/instances/instances.repository.ts'
import { createReleasesRepository } from '../modules/releases/releases.repository.ts'
import { ceilingsOf } from '../modules/quotas/instance-limits.ts'
import { createStreamPlaces } from '../modules/quotas/stream-places.ts'
import { quotaTable } from '../modules/quotas/quotas.ts'
import { runFairness } from '../modules/runs/run-fairness.ts'
import { RunExecutor } from '../modules/runs/run-executor.ts'
import { keepFilesBy, type RunFilesDeps } from '../modules/runs/run-files.keep.ts'
import { createRunFilesRepository } from '../modules/runs/run-files.repository.ts'
import { createPastRunsRepository } from '../modules/runs/past-runs.repository.ts'
import { createRunSamplesRepository } from '../modules/runs/run-samples.repository.ts'
import { createRunsRepository } from '../modules/runs/runs.repository.ts'
import { TemporaryInstances } from '../modules/runs/temporary-instances.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import { inputAssetsOn } from '../modules/runs/instance-inputs.ts'
import { createSharesRepository } from '../modules/shares/shares.repository.ts'
import { createServiceGroupsRepository } from '../modules/service-groups/service-groups.repository.ts'
import { deployService, type DeployServiceDeps } from '../modules/deployments/deployments.usecases.ts'
import { switchTask } from '../modules/gateway-admin/switch-driver.task.ts'
import type { GatewayDeps } from '../modules/gateway-admin/gateway-admin.usecases.ts'
import { createServicesRepository } from '../modules/services/services.repository.ts'
import type { ChangeServicesDeps } from '../modules/operations/operations.usecases.ts'
import { createPackageExamples } from '../modules/showcase/showcase.usecases.ts'
import type { ServiceChanged } from '../modules/services/service-changed.ts'
import type { TaskChanged } from '../modules/tasks/task-progress.ts'
import { createTaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository } from '../modules/tasks/tasks.repository.ts'
import { createWaking } from '../modules/operations/waking.ts'
import { newWakeAccess } from '../modules/operations/waking.routes.ts'
import { createSleeper } from '../modules/operations/sleep.ts'
import { wireAlgorithms } from './algorithms.ts'
import { wireCalls } from './calls.ts'
import { wireEnvironments, wireServiceTasks } from './deploying.ts'
import { limitsShown, wireHost } from './host.ts'
import { ownUrlOf, publicUrlOf, wireInstances } from './instances.ts'
import { wireMedia } from './media.ts'
import type { ModulesInput } from './modules-input.ts'
import { frontPortsOf } from './ports.ts'
import { wireShares } from './shares.ts'
import { wireWalls } from './walls.ts'

/** Tasks that start and stop processes: a few at the same time keep a small machine busy. */
const tasksAtOnce = { concurrency: 6, perPerson: 4 }
const taskOwner = ({ id, name }: { id: string; name: string }) => ({ id, name })

const repositoriesOf = (db: Database) => ({
  services: createServicesRepository({ db }),
  releases: createReleasesRepository({ db }),
  instanceRows: createInstancesRepository({ db }),
  tasks: createTasksRepository({ db }),
  runs: createRunsRepository({ db }),
  shares: createSharesRepository({ db }),
  runSamples: createRunSamplesRepository({ db }),
  pastRuns: createPastRunsRepository({ db }),
})

type ServiceParts = Pick<
  ChangeServicesDeps,
  | 'services'
  | 'groups'
  | 'releases'
  | 'instanceRows'
  | 'tasks'
  | 'board'
  | 'runner'
  | 'ports'
  | 'gateway'
  | 'disk'
> &
  Pick<DeployServiceDeps, 'inTransaction' | 'ceilings' | 'quotas'> & { algorithms: AlgorithmsDeps }

const servicesOf = (
  input: ModulesInput,
  { algorithms, ...parts }: ServiceParts,
): ChangeServicesDeps & DeployServiceDeps => ({
  ...parts,
  publicUrl: publicUrlOf(input.settings),
  ownUrlOf: (serviceId) => ownUrlOf(input.settings, serviceId),
  getVersion: ({ algorithmId, ref }) =>
    getVersion(algorithms, { algorithmId, ...(ref !== undefined && { ref }) }),
  defaults: {
    mode: input.drivers.runner.kind,
    frontHost: input.settings.VITRINE_HOST,
    ownerOf: taskOwner,
  },
  modes: input.drivers.runner.modes,
})

const gatewayControlOf = (
  { drivers, settings }: ModulesInput,
  sync: GatewayDeps['sync'],
  services: ChangeServicesDeps,
): GatewayDeps => ({
  gateway: drivers.gateway,
  sync,
  services,
  setting: settings.VITRINE_GATEWAY === 'auto' ? null : settings.VITRINE_GATEWAY,
})

/** Wires the modules: repositories, dependencies of use cases and background parts. Starts nothing. */
export async function wireModules(input: ModulesInput) {
  const { paths, drivers, logger } = input
  const { db, objects, mediaTools: tools } = drivers
  const repositories = repositoriesOf(db)
  const inTransaction = deploymentTransactions(db)
  const { services, releases, instanceRows, tasks, runs, shares } = repositories
  const quotas = quotaTable(input.settings)
  const groups = createServiceGroupsRepository({ db })
  const configs = createConfigsRepository({ db })
  const serviceChanges = createBus<ServiceChanged>()
  const taskChanges = createBus<TaskChanged>()
  const onError = (error: unknown) => logger.error({ err: error }, 'background work failed')
  const taskRunner = createTaskRunner({
    repository: tasks,
    bus: taskChanges,
    clock: systemClock,
    logger,
    ...tasksAtOnce,
  })
  const ports = frontPortsOf(input.settings, db, drivers.claims)
  const algorithms = wireAlgorithms(input, { services, quotas })
  const wakeAccess = newWakeAccess()
  const runFiles: RunFilesDeps = {
    files: createRunFilesRepository({ db }),
    objects,
    uploads: paths.uploads,
    turns: keyedQueue(),
    logger,
  }
  const executor = new RunExecutor({ runs, keepFiles: keepFilesBy(runFiles), clock: systemClock, logger })
  const held = await enforcementHere()
  const ceilings = ceilingsOf(input.settings, { ...held, memoryMb: totalmem() / 1024 ** 2 })
  const { builds, ...made } = await wireEnvironments(input, ceilings)
  const { board, gateway, instances, disk } = await wireInstances(input, {
    ceilings,
    services,
    environments: made.environments,
    releases,
    executor,
    serviceChanges,
    wake: wakeAccess,
    onError,
  })
  const { media, arrived, processing } = wireMedia({
    db,
    services,
    releases,
    objects,
    tools,
    shares,
    taskRunner,
    quotas,
    uploads: paths.uploads,
    arriving: paths.arriving,
    inputsOn: (id) => inputAssetsOn({ board, executor }, id),
  })
  const temporary = new TemporaryInstances({ instances, logger })
  const wake = createWaking({ services, tasks, gateway, runner: taskRunner })
  const running: RunsDeps = {
    ...runFairness({ runs, board, quotas, clock: systemClock }),
    isShown: async (id) => (await shares.shownRuns(systemClock())).includes(id),
    schemas: createSchemaChecker(systemClock),
    runs,
    executor,
    media,
    services,
    releases,
    board,
    temporary,
    wake,
  }
  const serviceDeps = servicesOf(input, {
    services,
    groups,
    releases,
    instanceRows,
    tasks,
    board,
    gateway,
    disk,
    runner: taskRunner,
    ports,
    algorithms,
    inTransaction,
    ceilings,
    quotas,
  })
  const serviceTasks = wireServiceTasks(input, {
    running,
    instanceRows,
    inTransaction,
    temporary,
    ports,
    instances,
    gateway,
    serviceChanges,
    tasks,
    onError,
    runner: taskRunner,
    deployNewest: (target) => deployService(serviceDeps, target),
    ...made,
    examples: createPackageExamples({
      ...media,
      ownerOf: async (algorithmId) => (await findAlgorithm(db, algorithmId))?.row.ownerId ?? null,
    }),
  })
  taskRunner.add(
    ...serviceTasks,
    processing,
    switchTask({ gateway: drivers.gateway, sync: gateway, configs }),
  )
  const showcase = { services: serviceDeps, releases, runSamples: repositories.runSamples }
  const comparisons = { comparisons: createComparisonsRepository({ db }), running }
  const calls = wireCalls(input, { services, board, reading: serviceDeps, onError })
  return {
    publicUrl: publicUrlOf(input.settings),
    repositories,
    configs,
    groups,
    serviceChanges,
    taskChanges,
    board,
    gateway,
    instances,
    disk,
    executor,
    temporary,
    taskRunner,
    ports,
    environments: made.environments,
    calls,
    host: wireHost(input, {
      services,
      board,
      ports,
      onError,
      limits: limitsShown(held.enforcement, ceilings),
    }),
    walls: wireWalls(input, { services, board, held, ceilings, allowUrls: instances.settings.allowUrls }),
    streamPlaces: createStreamPlaces(quotas),
    waking: { access: wakeAccess, wake },
    sleeper: createSleeper({
      services,
      instances,
      lastRequests: calls.lastRequests,
      lastRuns: (ids) => runs.lastAt(ids),
      tasks: taskRunner,
      clock: systemClock,
      logger,
    }),
    showcase,
    comparisons,
    shares: wireShares({
      db,
      shares,
      media,
      showcase,
      comparisons,
      running,
      runFiles,
      streams: input.access.streams,
    }),
    gatewayControl: gatewayControlOf(input, gateway, serviceDeps),
    builds,
    algorithms,
    arrived,
    media,
    running,
    runFiles,
    services: serviceDeps,
  }
}

/** The wired modules. */
export type Modules = Awaited<ReturnType<typeof wireModules>>
