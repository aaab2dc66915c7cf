import type { Database } from '../adapters/database/database.ts'
import { systemClock } from '../lib/clock.ts'
import { inTurn } from '../lib/in-turn.ts'
import { findPortHolder, isPortFree } from '../lib/port-holder.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { getVersion } from '../modules/algorithms/algorithms.usecases.ts'
import { createComparisonsRepository } from '../modules/comparisons/comparisons.repository.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { createPlatformBus } from '../modules/events/platform-bus.ts'
import { createPortsRepository } from '../modules/ports/ports.repository.ts'
import { createReleasesRepository } from '../modules/releases/releases.repository.ts'
import { createRunExecutor } from '../modules/runs/run-executor.ts'
import { createRunsRepository } from '../modules/runs/runs.repository.ts'
import { createTemporaryInstances } from '../modules/runs/temporary-instances.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import { createServicesRepository, type ServicesRepository } from '../modules/services/services.repository.ts'
import type { ChangeServicesDeps } from '../modules/services/services.usecases.ts'
import { createExampleImporter } from '../modules/showcase/showcase.usecases.ts'
import { defaultUploadLimits } from '../modules/sources/upload-limits.ts'
import { createTaskRunner, type TaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository } from '../modules/tasks/tasks.repository.ts'
import { wireEnvironments, wireServiceTasks } from './deploying.ts'
import { publicUrlOf, wireInstances } from './instances.ts'
import { wireMedia } from './media.ts'
import type { ModulesInput } from './modules-input.ts'
import { wireShares } from './shares.ts'

/** Deploys are installs and starts: a few at once keep a small machine busy. */
const tasksAtOnce = 4
const taskOwner = ({ id, name }: { id: string; name: string }) => ({ id, name })

const repositoriesOf = (db: Database) => ({
  services: createServicesRepository({ db }),
  releases: createReleasesRepository({ db }),
  tasks: createTasksRepository({ db }),
  runs: createRunsRepository({ db }),
})

const portsOf = ({ settings, drivers }: ModulesInput) => ({
  ports: createPortsRepository({ db: drivers.db }),
  probe: { isFree: isPortFree, holder: findPortHolder },
  ranges: { front: settings.VITRINE_FRONT_PORTS, instance: settings.VITRINE_INSTANCE_PORTS },
})

const algorithmsOf = (input: ModulesInput, services: ServicesRepository): AlgorithmsDeps => ({
  db: input.drivers.db,
  codeHost: input.drivers.codeHost,
  clock: systemClock,
  uploads: { uploadsFolder: input.paths.uploads, limits: defaultUploadLimits },
  turns: inTurn(),
  isInUse: services.runningAlgorithm,
})

type ServiceParts = Pick<
  ChangeServicesDeps,
  'services' | 'releases' | 'tasks' | 'board' | 'runner' | 'ports'
> & {
  gateway: ChangeServicesDeps['gateway'] & { sync: () => Promise<void> }
  algorithms: AlgorithmsDeps
}

const servicesOf = (input: ModulesInput, { algorithms, ...parts }: ServiceParts): ChangeServicesDeps => ({
  ...parts,
  publicUrl: publicUrlOf(input.settings),
  getVersion: ({ algorithmId, ref }) =>
    getVersion(algorithms, { algorithmId, ...(ref !== undefined && { ref }) }),
  defaults: {
    mode: input.drivers.runner.kind,
    frontHost: input.settings.VITRINE_HOST,
    ownerOf: taskOwner,
  },
  syncGateway: parts.gateway.sync,
})

/** Wires the modules together: repositories, use cases' dependencies, background parts. Nothing is started. */
export async function wireModules(input: ModulesInput) {
  const { paths, drivers, logger } = input
  const { db, objects, mediaTools: tools } = drivers
  const repositories = repositoriesOf(db)
  const { services, releases, tasks, runs } = repositories
  const bus = createPlatformBus()
  const onError = (error: unknown) => logger.error({ err: error }, 'background work failed')
  const ports = portsOf(input)
  const algorithms = algorithmsOf(input, services)
  const { media, arrived, processing } = wireMedia({
    ...{ db, services, releases, objects, tools, uploads: paths.uploads, arriving: paths.arriving },
    taskRunner: () => taskRunner,
  })
  const executor = createRunExecutor({ runs, clock: systemClock, logger })
  const { board, gateway, instances } = wireInstances(input, { services, executor, bus, onError })
  const temporary = createTemporaryInstances({ instances, ports, logger })
  const running: RunsDeps = { runs, executor, assets: media.assets, services, releases, board, temporary }
  const made = await wireEnvironments(input)
  const serviceTasks = wireServiceTasks(input, {
    ...{ running, temporary, ports, instances, gateway, bus, onError },
    ...{ ...made, importExamples: createExampleImporter(media) },
  })
  const taskRunner: TaskRunner = createTaskRunner({
    ...{ repository: tasks, bus, clock: systemClock, logger, concurrency: tasksAtOnce },
    kinds: [...serviceTasks, processing],
  })
  const parts = { services, releases, tasks, board, gateway, runner: taskRunner, ports, algorithms }
  const serviceDeps = servicesOf(input, parts)
  const showcase = { services: serviceDeps, releases, runs }
  const comparisons = { comparisons: createComparisonsRepository({ db }), running }
  return {
    publicUrl: publicUrlOf(input.settings),
    repositories,
    configs: createConfigsRepository({ db }),
    ...{ bus, board, gateway, instances, executor, temporary, taskRunner, ports },
    environments: made.environments,
    ...{ showcase, comparisons, shares: wireShares({ db, media, showcase, comparisons }) },
    ...{ algorithms, arrived, media, running, services: serviceDeps },
  }
}

/** The wired modules. */
export type Modules = Awaited<ReturnType<typeof wireModules>>
