import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { rolePermissions, usualTimeoutS, type Manifest } from '@vitrine/contract'
import type { Database } from '../../adapters/database/database.ts'
import { memoryRunner } from '../../adapters/process-runner/memory/memory-runner.test-setup.ts'
import { platformActor } from '../../lib/actor.ts'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { dataPaths } from '../../lib/paths.ts'
import { InstanceMonitor } from '../instances/instance-monitor.ts'
import { createConfigsRepository } from '../configs/configs.repository.ts'
import { serviceVariables } from '../configs/effective/service-variables.ts'
import { textSealer } from '../../lib/sealed-text.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { createPortsRepository } from '../ports/ports.repository.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { createReleasesRepository } from '../releases/releases.repository.ts'
import { recogniserHere } from '../algorithms/recognition/recogniser.test-setup.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { createDocumentReader } from '../service-apis/document-reader.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { deployTask } from './deploy.task.ts'
import type { DeployDeps, PackageExamples } from './deploy.types.ts'
import { deploymentTransactions } from './deployments.assembly.ts'
import { deployService, type DeployServiceDeps } from './deployments.usecases.ts'
import { failOrphanedDeploys } from './fail-orphaned-deploys.ts'
import type { DeployRequest } from './plan-deploy.ts'

/** No release of these tests is an image. */
const noImages: DeployDeps['images'] = {
  daemon: {
    build: async () => ({ built: false, why: 'failed', said: 'no image is made here' }),
    writtenBy: async () => null,
    publish: async () => ({ moved: false, why: 'failed', said: 'no image is made here' }),
    pull: async () => ({ moved: false, why: 'failed', said: 'no image is made here' }),
    triggersOf: async () => ({ told: true, triggers: [] }),
    has: async () => false,
    list: async () => [],
    remove: async () => true,
  },
  platform: 'tests',
  runtimesFolder: '/nonexistent',
  runtimeRequirements: '',
  baseImages: () => [],
  dockerfileImages: () => null,
  registries: () => ({ pip: null, npm: null }),
  network: () => 'none',
  limits: {},
  disk: { limitBytes: 1024 ** 3 },
  timeoutMs: 1_000,
  pullTimeoutMs: 60_000,
  registry: async () => null,
}

/** A package with its own server, which needs no installation and only has to become ready. */
export const ownServer = completeManifest({ runtime: 'command', form: 'command', entry: './serve' })
const ownVersion = {
  manifest: ownServer,
  files: { serve: '#!/bin/sh\n' },
  examples: { check: async () => {}, keep: async () => ({ examples: [], coverAssetId: null }) },
}
/** Adds the algorithm that the world deploys, as the platform's own. */
export async function addOwnServer(db: Database): Promise<void> {
  const owner = { ownerId: platformActor.id, ownerName: platformActor.name }
  await db
    .insert(algorithms)
    .values({ id: 'own-server', name: 'Own', task: 'other', description: '', ...owner })
}
const administrator = { ...platformActor, permissions: rolePermissions.admin }
/** The range of front ports. */
export const frontPorts = { first: 8001, last: 8400 }

/**
 * The part of a control plane that deploys, on a real database. Its processes are simulated and become ready
 * or not, but the real use cases and tasks store everything.
 */
export function openDeployWorld(input: {
  db: Database
  folder: string
  /** Whether a process becomes ready, as it is when it is asked. Null as long as it is starting. */
  becomesReady: boolean | null
  /** What is deployed. */
  version?: { manifest: Manifest; files: Record<string, string>; examples: PackageExamples }
  /** The commit of a ref. Without it, everything is `commit-2`. */
  commitOf?: (ref: string | undefined) => string
  /** Reads how the package starts. Without it, a recogniser with threads. */
  recogniser?: DeployDeps['recogniser']
}) {
  const { db, version = ownVersion, commitOf = () => 'commit-2', recogniser = recogniserHere() } = input
  const paths = dataPaths(input.folder)
  const logger = pino({ level: 'silent' })
  const runner = memoryRunner()
  const monitor = new InstanceMonitor({
    runner,
    probe: async () => {
      const { becomesReady } = input
      if (becomesReady === null) return { health: 'STARTING', reason: null, found: null }
      return becomesReady
        ? { health: 'READY', reason: null, found: null }
        : { health: 'SETUP_FAILED', reason: { code: 'gone' }, found: null }
    },
    portsOf: async () => [],
    lastLines: async () => [],
    onChange: () => {},
    onError: (error) => console.error(error),
  })
  const ports: PortsDeps = {
    ports: createPortsRepository({ db }),
    probe: {
      canListenOn: () => true,
      addressesBehind: (host) => [host],
      isFree: async () => true,
      holder: async () => null,
      listening: async () => new Map(),
    },
    claims: { claim: async () => true, release: () => undefined },
    queue: keyedQueue(),
    ranges: { front: frontPorts, instance: { first: 18_001, last: 18_999 } },
  }
  const records = {
    services: createServicesRepository({ db }),
    releases: createReleasesRepository({ db }),
    instanceRows: createInstancesRepository({ db }),
  }
  const tasks = createTasksRepository({ db })
  const inTransaction = deploymentTransactions(db)
  const configs = createConfigsRepository({ db })
  const sealer = textSealer('a secret of the tests')
  const gateway = { sync: async () => {} }
  const failures: unknown[] = []
  const deployed: string[] = []
  const settings = {
    paths,
    nodeFile: process.execPath,
    runtimesFolder: input.folder,
    stopGraceMs: 20_000,
    allowUrls: false,
    ceilings: { most: {}, usual: {} },
    platformUrl: 'http://127.0.0.1:9',
    readable: [],
    network: { ceiling: 'all' as const, canBeCutOff: false },
    mediaSocket: '/nonexistent/media.sock',
  }
  const deploying: DeployDeps = {
    paths,
    ...records,
    inTransaction,
    ports,
    codeHost: {
      checkout: async ({ folder }) => {
        await mkdir(folder, { recursive: true })
        for (const [name, text] of Object.entries(version.files))
          await writeFile(join(folder, name), text, { encoding: 'latin1', mode: 0o755 })
      },
    },
    environments: { prepare: async () => null },
    runtimeRequirements: '',
    recogniser,
    examples: version.examples,
    modelFiles: { place: async () => ({ count: 0, bytes: 0 }) },
    images: noImages,
    apiDocuments: createDocumentReader(),
    memory: testMemory(),
    instances: {
      runner,
      monitor,
      settings,
      accountOf: async () => null,
      environmentOf: async () => ({ folders: [], group: null }),
      ensureImage: async () => null,
      dependencies: { areLost: async () => false, ensure: async () => false },
      maskOf: async () => (text) => text,
      instanceSecretOf: async () => 'key',
      variablesOf: (of) =>
        serviceVariables({ configs, env: {}, file: new Map(), sealer }, { ...of, defaults: {} }),
      issueToken: async () => 'token',
      inFlight: async () => 0,
      longestDrainMs: () => 60_000,
      disk: { fullOf: () => null },
    },
    builds: { atOnce: 4, perPerson: 4 },
    gateway,
    onDeployed: (serviceId) => void deployed.push(serviceId),
    onError: (error) => void failures.push(error),
  }
  const taskChanges = createBus<TaskChanged>()
  const taskRunner = createTaskRunner(
    { repository: tasks, bus: taskChanges, clock: systemClock, logger, concurrency: 4 },
    deployTask(deploying),
  )
  const settled = async () => {
    for (const { task } of await tasks.unfinished()) await taskRunner.settled(task.id)
  }
  const using: DeployServiceDeps = {
    ...records,
    ports,
    inTransaction,
    runner: taskRunner,
    ceilings: { most: {}, usual: {} },
    quotas: defaultQuotas(),
    getVersion: async ({ ref }) => ({ commit: commitOf(ref), manifest: version.manifest }),
    requireNetwork: async () => undefined,
    modes: new Set(['local', 'supervisor']),
    hasRegistry: () => false,
    modelFiles: { require: async () => undefined },
    requireGivenMedia: async () => undefined,
    variablesOf: async (of) =>
      serviceVariables(
        { configs, env: {}, file: new Map(), sealer },
        { ...of, revision: await configs.newest() },
      ),
    configuredOptions: () => ({ timeoutS: usualTimeoutS, rateLimit: null, idleMinutes: null }),
    seal: (value) => sealer.seal(JSON.stringify(value)),
    clock: systemClock,
    defaults: {
      mode: 'local',
      frontHost: '127.0.0.1',
      network: 'all',
    },
  }
  return {
    paths,
    /** What the use cases of deployments take. */
    using,
    /** What the task of a deploy takes. */
    deploying,
    taskRunner,
    taskChanges,
    runner,
    gateway,
    /** What failed beside the tasks. */
    failures,
    /** The services of which others were told that they have been deployed. */
    deployed,
    records,
    ports,
    tasks,
    inTransaction,
    /** Does what a control plane does first: ends and frees what is left over, and continues what an earlier one left. */
    async boot(): Promise<void> {
      await monitor.open([])
      await failOrphanedDeploys({ inTransaction, paths, ports, releases: records.releases, tasks })
      const rows = await records.instanceRows.list()
      await ports.ports.releaseUnclaimed({ instanceIds: rows.map(({ id }) => id) })
      await taskRunner.resume()
    },
    /** Starts a deploy of version `commit-2`. */
    deploy: (serviceId: string, config: DeployRequest['config']) =>
      deployService(using, { actor: administrator, algorithmId: 'own-server', serviceId, config }),
    /** Resolves when every task has ended. */
    settled,
    async close(): Promise<void> {
      await taskRunner.close()
      monitor.close()
    },
  }
}
