import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { inTurn } from '../lib/in-turn.ts'
import type { Settings } from '../config.ts'
import { platformActor } from '../lib/actor.ts'
import { systemClock } from '../lib/clock.ts'
import type { DataPaths } from '../lib/paths.ts'
import { findPortHolder, isPortFree } from '../lib/port-holder.ts'
import type { SystemUser } from '../lib/system-user.ts'
import type { AlgorithmsDeps } from '../modules/algorithms/algorithms.deps.ts'
import { getVersion } from '../modules/algorithms/algorithms.usecases.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import { createComparisonsRepository } from '../modules/comparisons/comparisons.repository.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { createEnvironments } from '../modules/environments/environments.ts'
import { createPlatformBus } from '../modules/events/platform-bus.ts'
import { createGatewaySync } from '../modules/gateway/gateway.sync.ts'
import { gatewayTable } from '../modules/gateway/gateway.table.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import { LiveBoard } from '../modules/instances/live-board.ts'
import { httpProbe } from '../modules/instances/probe.ts'
import { createPortsRepository } from '../modules/ports/ports.repository.ts'
import { deployTask, rollbackTask } from '../modules/releases/deploy/deploy.task.ts'
import { createReleasesRepository } from '../modules/releases/releases.repository.ts'
import { createRunExecutor } from '../modules/runs/run-executor.ts'
import { createRunsRepository } from '../modules/runs/runs.repository.ts'
import { createTemporaryInstances } from '../modules/runs/temporary-instances.ts'
import { startRun, type RunsDeps } from '../modules/runs/runs.usecases.ts'
import { operateTasks } from '../modules/services/operate.task.ts'
import { createServicesRepository } from '../modules/services/services.repository.ts'
import type { ChangeServicesDeps } from '../modules/services/services.usecases.ts'
import { createExampleImporter } from '../modules/showcase/showcase.usecases.ts'
import { defaultUploadLimits } from '../modules/sources/upload-limits.ts'
import { createTaskRunner, type TaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository } from '../modules/tasks/tasks.repository.ts'
import { findProgram, type Drivers } from './drivers.ts'
import { wireMedia } from './media.ts'
import { wireShares } from './shares.ts'

/** What wiring the modules is given. */
export type ModulesInput = {
  settings: Settings
  paths: DataPaths
  drivers: Drivers
  access: Pick<AccessControl, 'issueInstanceToken' | 'gatewayJwt'>
  algorithmUser: SystemUser | null
  runtimesFolder: string
  commandEnv: Readonly<Record<string, string>>
  logger: Logger
  /** Where the control plane listens, once it does. */
  controlAddress: () => { host: string; port: number } | null
}

/** Deploys are installs and starts: a few at once keep a small machine busy. */
const tasksAtOnce = 4
const taskOwner = ({ id, name }: { id: string; name: string }) => ({ id, name })

/** The address people and instances reach the platform at from this machine. */
export function publicUrlOf(settings: Settings): string {
  const host =
    settings.VITRINE_HOST === '0.0.0.0' || settings.VITRINE_HOST === '::'
      ? '127.0.0.1'
      : settings.VITRINE_HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.VITRINE_PORT}`
}

/** Wires the modules together: repositories, use cases' dependencies, background parts. Nothing is started. */
export async function wireModules(input: ModulesInput) {
  const { settings, paths, drivers, logger } = input
  const { db, runner } = drivers
  const publicUrl = publicUrlOf(settings)
  const services = createServicesRepository({ db })
  const releases = createReleasesRepository({ db })
  const tasks = createTasksRepository({ db })
  const runs = createRunsRepository({ db })
  const bus = createPlatformBus()
  const onError = (error: unknown) => logger.error({ err: error }, 'background work failed')

  const ports = {
    ports: createPortsRepository({ db }),
    probe: { isFree: isPortFree, holder: findPortHolder },
    ranges: { front: settings.VITRINE_FRONT_PORTS, instance: settings.VITRINE_INSTANCE_PORTS },
  }
  const gateway = createGatewaySync({
    gateway: drivers.gateway,
    render: async () =>
      gatewayTable({
        public: { host: settings.VITRINE_HOST, port: settings.VITRINE_PORT },
        control: input.controlAddress(),
        jwt: input.access.gatewayJwt,
        services: await services.all(),
        instancesOf: (id) => board.ofService(id),
      }),
  })
  const board = new LiveBoard({
    runner,
    probe: httpProbe,
    onChange: (serviceId) => {
      bus.publish({ type: 'service', data: { service_id: serviceId, change: 'changed' } })
      gateway.sync().catch(onError)
    },
    onError,
  })
  const instances: InstancesDeps = {
    runner,
    board,
    settings: {
      paths,
      user: input.algorithmUser,
      nodeFile: process.execPath,
      runtimesFolder: input.runtimesFolder,
      platformUrl: publicUrl,
      allowUrls: false,
    },
    issueToken: input.access.issueInstanceToken,
    inFlight: async ({ id, port }) => {
      // A gateway that does not answer must not keep a service from being stopped.
      const requests = await drivers.gateway.inFlight(id).catch((error: unknown) => {
        onError(error)
        return 0
      })
      return requests + executor.runsOn(port)
    },
  }
  const algorithms: AlgorithmsDeps = {
    db,
    codeHost: drivers.codeHost,
    clock: systemClock,
    uploads: { uploadsFolder: paths.uploads, limits: defaultUploadLimits },
    turns: inTurn(),
    isInUse: services.runningAlgorithm,
  }
  const { media, arrived, processing } = wireMedia({
    ...{
      db,
      services,
      releases,
      objects: drivers.objects,
      tools: drivers.mediaTools,
      uploads: paths.uploads,
    },
    arriving: paths.arriving,
    taskRunner: () => taskRunner,
  })
  const executor = createRunExecutor({ runs, clock: systemClock, logger })
  const temporary = createTemporaryInstances({ instances, ports, logger })
  const running: RunsDeps = { runs, executor, assets: media.assets, services, releases, board, temporary }
  const runtimeRequirements = await readFile(join(input.runtimesFolder, 'python', 'requirements.txt'), 'utf8')
  const path = input.commandEnv.PATH ?? ''
  const environments = createEnvironments({
    folder: paths.environments,
    pythonCandidates: settings.VITRINE_PYTHON
      ? [settings.VITRINE_PYTHON]
      : ['/usr/bin/python3', (await findProgram('python3', path)) ?? '/usr/local/bin/python3'],
    npm: (await findProgram('npm', `${dirname(process.execPath)}:${path}`)) ?? 'npm',
    commandEnv: input.commandEnv,
    runtimeRequirements,
    pipIndexUrl: null,
    user: input.algorithmUser,
    clock: systemClock,
  })

  /** Shows a fresh release in the gallery with a real result: its first demo input is run once. */
  const runFirstExample = async (serviceId: string) => {
    const active = (await releases.active([serviceId])).get(serviceId)
    const example = active?.examples[0]
    if (example)
      await startRun(running, {
        actor: platformActor,
        serviceId,
        inputData: example.input_data,
        parameters: example.parameters,
      })
  }
  const records = { services, releases, ports: ports.ports }
  const deploy = {
    paths,
    records,
    codeHost: drivers.codeHost,
    build: { environments, runtimeRequirements, importExamples: createExampleImporter(media) },
    ports,
    instances,
    gateway,
    onDeployed: (serviceId: string) => {
      bus.publish({ type: 'service', data: { service_id: serviceId, change: 'changed' } })
      runFirstExample(serviceId).catch(onError)
    },
  }
  const onDeleted = (serviceId: string) => {
    temporary.endOf(serviceId).catch(onError)
    bus.publish({ type: 'service', data: { service_id: serviceId, change: 'deleted' } })
  }
  const taskRunner: TaskRunner = createTaskRunner({
    repository: tasks,
    bus,
    clock: systemClock,
    logger,
    kinds: [
      deployTask(deploy),
      rollbackTask(deploy),
      processing,
      ...operateTasks({ paths, records, instances, gateway, onDeleted }),
    ],
    concurrency: tasksAtOnce,
  })
  const serviceDeps: ChangeServicesDeps = {
    services,
    releases,
    tasks,
    board,
    gateway,
    publicUrl,
    runner: taskRunner,
    ports,
    getVersion: ({ algorithmId, ref }) =>
      getVersion(algorithms, { algorithmId, ...(ref !== undefined && { ref }) }),
    defaults: { mode: runner.kind, frontHost: settings.VITRINE_HOST, ownerOf: taskOwner },
    syncGateway: gateway.sync,
  }
  const showcase = { services: serviceDeps, releases, runs }
  const comparisons = { comparisons: createComparisonsRepository({ db }), running }
  return {
    publicUrl,
    repositories: { services, releases, tasks, runs },
    configs: createConfigsRepository({ db }),
    ...{ bus, board, gateway, instances, environments, executor, temporary, taskRunner, ports },
    ...{ showcase, comparisons, shares: wireShares({ db, media, showcase, comparisons }) },
    ...{ algorithms, arrived, media, running, services: serviceDeps },
  }
}

/** The wired modules. */
export type Modules = Awaited<ReturnType<typeof wireModules>>
