import { randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import { pino } from 'pino'
import { comparison, run, type Json, type Run } from '@vitrine/contract'
import { freeRange } from '../../../../../tests/support/free-ports.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { localRunner } from '../../adapters/process-runner/local/local-runner.ts'
import { schemasHere } from '../../adapters/schema-checker/schema-checker.test-setup.ts'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { dataPaths } from '../../lib/paths.ts'
import { listeningPorts } from '../../lib/procfs/all-port-holders.ts'
import { findPortHolder, isPortFree } from '../../lib/procfs/port-holder.ts'
import { testSockets } from '../../adapters/process-runner/runner-sockets.test-source.ts'
import { createFolderStore } from '../../adapters/object-store/folder-store.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { createAssetsRepository } from '../assets/assets.repository.ts'
import { assets } from '../assets/assets.tables.ts'
import { createComparisonsRepository } from '../comparisons/comparisons.repository.ts'
import { addComparisonRoutes } from '../comparisons/comparisons.routes.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { switchRelease } from '../deployments/switch-release.ts'
import { instanceId, partsOfInstance, serviceFolders } from '../instances/instance-spec.ts'
import { startForTest } from '../instances/start-instance.test-setup.ts'
import { InstanceMonitor } from '../instances/instance-monitor.ts'
import { httpProbe } from '../instances/probe.ts'
import { createPortsRepository } from '../ports/ports.repository.ts'
import { machineClaims } from '../../lib/machine-claims.ts'
import { createInstancePorts } from '../ports/instance-ports.ts'
import { createPresentationsRepository } from '../presentations/presentations.repository.ts'
import { usualConfig } from '../releases/releases.test-world.ts'
import { createReleasesRepository } from '../releases/releases.repository.ts'
import { releases as releaseRows } from '../releases/releases.tables.ts'
import type { ServiceChanged } from '../services/service-changed.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import { createOwnedRoom } from '../quotas/owned.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { createReadingMemory, usualReadingMemory } from '../quotas/reading-memory.ts'
import { runFairness } from './admission/fairness.ts'
import { RunExecutor } from './execution/executor.ts'
import { factsIn } from './facts/run-facts.test-setup.ts'
import { keepFilesBy, type RunFilesDeps } from './files/keep-files.ts'
import { createRunFilesRepository } from './files/files.repository.ts'
import { createRunsRepository } from './runs.repository.ts'
import { addRunRoutes } from './runs.routes.ts'
import { testInstances } from './runs.test-instances.ts'
import { manifest } from './runs.test-manifest.ts'
import type { RunsDeps } from './runs.usecases.ts'
import { inputAssetsOn } from './execution/instance-inputs.ts'
import { senderOf } from './runs.test-sender.ts'
import { TemporaryInstances } from './temporary/temporary-instances.ts'
import { usualLogRotation } from '../../adapters/log-files/log-rotation.test-source.ts'

/** Answers with its release and its input. */
const algorithm = join(import.meta.dirname, 'fixtures', 'small-algorithm.mjs')
/** Another person, whose data `user` may not see. */
const stranger = testActor('user', '22222222-2222-4222-8222-222222222222')
const owner = { ownerId: testActor('user').id, ownerName: 'user-tester' }

/** Everything that runs need, real: database, application, runner, and small algorithms as processes. */
export async function openRunsWorld(
  limits: ConstructorParameters<typeof TemporaryInstances>[1] = { idleMs: 60_000 },
) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-runs-'))
  const database = await createTestDatabase()
  const { db } = database
  const logger = pino({ level: 'silent' })
  const paths = dataPaths(folder)
  /** Failures in the background. They fail the test at the end of its file. */
  const failures: unknown[] = []
  const onError = (error: unknown) => void failures.push(error)
  const claims = machineClaims()
  const ranges = { front: { first: 20_000, last: 20_999 }, instance: await freeRange(25) }
  const ports = {
    ports: createPortsRepository({ db }),
    probe: {
      canListenOn: () => true,
      addressesBehind: (host: string) => [host],
      isFree: isPortFree,
      holder: findPortHolder,
      listening: listeningPorts(),
    },
    // Fixed ports are requested here, and other tests do so at the same time.
    claims: { claim: async () => true, release: () => undefined },
    queue: keyedQueue(),
    ranges,
  }
  const sockets = testSockets(folder)
  const given = createInstancePorts({
    ports: ports.ports,
    probe: ports.probe,
    claims,
    host: '127.0.0.1',
    range: ranges.instance,
    start: ranges.instance.first,
    ownerOf: partsOfInstance,
    onError,
  })
  const around = { ports: given, sockets, logRotation: usualLogRotation, onError }
  const runner = localRunner({ folder: join(paths.run, 'processes'), ...around })
  await runner.open()
  const serviceChanges = createBus<ServiceChanged>()
  const monitor = new InstanceMonitor({
    runner,
    probe: httpProbe,
    onChange: (serviceId) => serviceChanges.publish({ service_id: serviceId, change: 'changed' }),
    onError,
    portsOf: async () => [],
    lastLines: async () => [],
  })
  await monitor.open([])
  const services = createServicesRepository({ db })
  const releases = createReleasesRepository({ db })
  const runs = createRunsRepository({ db })
  const presentations = createPresentationsRepository({ db })
  const instances = testInstances({ runner, monitor, paths })
  const temporary = new TemporaryInstances({ instances, services, logger }, limits)
  const runFiles: RunFilesDeps = {
    files: createRunFilesRepository({ db }),
    objects: createFolderStore(paths.objects),
    uploads: paths.uploads,
    queue: keyedQueue(),
    logger,
  }
  const executor = new RunExecutor({
    runs,
    readMedia: () => Promise.reject(new Error('no run here goes to a foreign API')),
    keepFiles: keepFilesBy(runFiles),
    memory: testMemory(),
    uploads: paths.uploads,
    maskOf: async () => (text) => text,
    clock: systemClock,
    logger,
  })
  const woken: string[] = []
  const wake = async (serviceId: string) => {
    for (const { id } of monitor.ofService(serviceId)) await runner.start(id)
    await waitFor(() => monitor.ofService(serviceId).some(takesRequests), { timeoutMs: patienceMs })
    await services.update(serviceId, { asleep: false })
    woken.push(serviceId)
  }
  const running: RunsDeps = {
    ...runFairness({ runs, monitor, serviceChanges, quotas: defaultQuotas(), clock: systemClock }),
    isShown: async (id) => (await presentations.presentingRun(id)).length > 0,
    presentedBy: (id) => presentations.presentingRun(id),
    schemas: schemasHere(),
    reading: createReadingMemory(usualReadingMemory),
    recordFacts: factsIn(db),
    runs,
    executor,
    services,
    releases,
    monitor,
    temporary,
    wake,
    media: {
      assets: createAssetsRepository({ db }),
      demoOf: (assetId) => releases.demoOf(assetId),
      presentedBy: (assetId) => presentations.presentingAsset(assetId),
      inputsOn: (id) => inputAssetsOn({ monitor, executor }, id),
    },
  }
  const quotas = defaultQuotas()
  const kept = createComparisonsRepository({ db })
  const comparisons = { comparisons: kept, running, owned: createOwnedRoom(quotas) }
  const app = await createTestApp({ stranger })
  addRunRoutes(app, { ...running, ...runFiles })
  addComparisonRoutes(app, comparisons)
  const send = senderOf(app)
  await db.insert(algorithms).values({ id: 'echo', name: 'Echo', task: 'other', description: '', ...owner })
  const homeOf = (serviceId: string, number: number) => serviceFolders(paths, serviceId).release(number)

  /** Creates a release that served before. Its files exist unless the caller says otherwise. */
  async function addRelease(serviceId: string, number: number, options = { files: true }): Promise<void> {
    const made = { commit: `commit-${number}`, manifest, config: usualConfig, createdBy: 'user-tester' }
    await db.insert(releaseRows).values({ serviceId, number, status: 'retired', ...made })
    if (!options.files) return
    const home = homeOf(serviceId, number)
    await mkdir(home, { recursive: true })
    await copyFile(algorithm, join(home, 'index.mjs'))
    await writeFile(join(home, 'start.sh'), `#!/bin/sh\nexec "${process.execPath}" index.mjs\n`)
    await chmod(join(home, 'start.sh'), 0o755)
  }

  /** Starts an instance of release 2 of a service. */
  async function addReplica(serviceId: string, replica: number): Promise<string> {
    const id = instanceId(serviceId, 2, replica)
    const wanted = { mode: 'local', limits: {}, network: 'all', configRevision: 0 } as const
    await startForTest(instances, { id, serviceId, release: 2, replica, ...wanted, health: manifest.health })
    return id
  }

  /** Creates a service that serves release 2. Release 1 served before, and the files of release 9 are lost. */
  async function addService(id: string, options: { starts: boolean } = { starts: true }): Promise<void> {
    await services.insert({
      id,
      name: id,
      algorithmId: 'echo',
      desired: 'running',
      mode: 'local',
      currentRelease: 2,
      options: { ...testOptions, bodyMb: 1 },
      ...owner,
    })
    await addRelease(id, 1)
    await addRelease(id, 2)
    await addRelease(id, 9, { files: false })
    await switchRelease({ inTransaction: deploymentTransactions(db) }, id, 2)
    if (options.starts) await addReplica(id, 1)
  }

  const ended = async (id: string, role = 'admin'): Promise<Run> => {
    const read = async () => {
      const { data } = run.safeParse((await send(role, 'GET', `/runs/${id}`)).json())
      return data && data.status !== 'queued' && data.status !== 'running' && data
    }
    const hasEnded = await waitFor(read, { timeoutMs: patienceMs })
    // Until its end is stored, a run is read from memory, which is newer than its row.
    await executor.settled(id)
    const found = hasEnded && (await read())
    if (!found) throw new Error(`run ${id} did not end`)
    return found
  }

  return {
    db,
    app,
    paths,
    ports,
    runner,
    monitor,
    instances,
    running,
    runFiles,
    comparisons,
    quotas,
    presentations,
    temporary,
    send,
    ended,
    stranger,
    addService,
    addReplica,
    addRelease,
    woken,
    /** Stops a service's instances as if it had been idle for long. */
    async putToSleep(serviceId: string): Promise<void> {
      await services.update(serviceId, { asleep: true })
      for (const { id } of monitor.ofService(serviceId)) await runner.stop(id)
    },
    start: async (role: string, payload: object): Promise<string> =>
      run.pick({ id: true }).parse({ id: (await send(role, 'POST', '/runs', payload)).json().run_id }).id,
    comparisonOf: async (role: string, id: string) =>
      comparison.parse((await send(role, 'GET', `/comparisons/${id}`)).json()),
    async removeRelease(serviceId: string, number: number): Promise<void> {
      const found = and(eq(releaseRows.serviceId, serviceId), eq(releaseRows.number, number))
      await db.delete(releaseRows).where(found)
    },
    /** From now on the processes of a release end with an error. */
    breakRelease: (serviceId: string, number: number) =>
      writeFile(join(homeOf(serviceId, number), 'index.mjs'), 'process.exit(3)'),
    /** From now on the processes of a release run but never answer. */
    silenceRelease: (serviceId: string, number: number) =>
      writeFile(join(homeOf(serviceId, number), 'index.mjs'), 'setInterval(() => {}, 60_000)'),
    /** A media file of a person, without its bytes. */
    async addAsset(ownerId: string, origin: 'upload' | 'example' = 'upload'): Promise<string> {
      const picture = { name: 'a.png', kind: 'image', mime: 'image/png', size: 1, status: 'ready' } as const
      const [row] = await db
        .insert(assets)
        .values({ ...picture, sha256: randomUUID(), origin, ownerId })
        .returning()
      return row?.id ?? ''
    },
    async close(): Promise<void> {
      await app.close()
      await executor.close()
      await temporary.close()
      monitor.close()
      await runner.shutdown()
      claims.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
      if (failures.length > 0) throw new AggregateError(failures, 'errors in the background')
    },
  }
}

/** The value of a named output of a run's first element. */
export const outputOf = (of: Run, name: string): Json =>
  of.result?.predictions[0]?.outputs.find((output) => output.name === name)?.data ?? null
