import { createSchemaChecker } from '../adapters/schema-checker/schema-checker.ts'
import { createMemoryBudget, type MemoryBounds } from '../lib/memory-budget.ts'
import { systemClock } from '../lib/clock.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import type { LibraryDeps } from '../modules/assets/assets.usecases.ts'
import { createAssetsRepository } from '../modules/assets/assets.repository.ts'
import { newWakeAccess } from '../modules/operations/waking.routes.ts'
import { createWaking } from '../modules/operations/waking.ts'
import { inputAssetsOn } from '../modules/runs/execution/instance-inputs.ts'
import { RunExecutor } from '../modules/runs/execution/executor.ts'
import { factsRecorder } from '../modules/runs/facts/run-facts.ts'
import { runFairness } from '../modules/runs/admission/fairness.ts'
import { keepFilesBy, type RunFilesDeps } from '../modules/runs/files/keep-files.ts'
import { createRunFilesRepository } from '../modules/runs/files/files.repository.ts'
import type { SecretMasks } from '../modules/configs/secrets/secret-masks.ts'
import type { RunsRepository } from '../modules/runs/runs.repository.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import { createReadingMemory, usualReadingMemory } from '../modules/quotas/reading-memory.ts'
import { createDocumentReader } from '../modules/service-apis/document-reader.ts'
import { viewFolder } from '../modules/sources/package-view.ts'
import { readMediaFrom } from '../modules/service-apis/input-media.ts'
import type { ServiceApisDeps } from '../modules/service-apis/service-apis.usecases.ts'
import { TemporaryInstances } from '../modules/runs/temporary/temporary-instances.ts'
import type { Base } from './base.ts'
import { variablesDepsOf } from './configs.ts'
import { wireInstances } from './instances.ts'
import { wireMedia } from './media.ts'
import type { ModulesInput } from './modules-input.ts'

/** Where the files of runs are kept. */
const runFilesOf = ({ drivers, paths, logger }: ModulesInput): RunFilesDeps => ({
  files: createRunFilesRepository(drivers),
  objects: drivers.objects,
  uploads: paths.uploads,
  queue: keyedQueue(),
  logger,
})

const mebibyte = 1024 ** 2
/**
 * The memory that all calls hold together: files that are sent, answers, results. Usual calls need no more than each has
 * besides.
 */
const callMemory: MemoryBounds = {
  bytes: 512 * mebibyte,
  perPerson: 192 * mebibyte,
  free: 4 * mebibyte,
  patienceMs: 60_000,
}

/** What executes runs, and reads the media of those that go to an API of a package's own. */
function executorOf(
  { drivers, logger }: ModulesInput,
  { runs, runFiles, masks }: { runs: RunsRepository; runFiles: RunFilesDeps; masks: SecretMasks },
) {
  const readMedia = readMediaFrom({ assets: createAssetsRepository(drivers), objects: drivers.objects })
  const keepFiles = keepFilesBy(runFiles)
  const { uploads } = runFiles
  const memory = createMemoryBudget(callMemory)
  const executor = new RunExecutor({
    runs,
    readMedia,
    keepFiles,
    memory,
    uploads,
    logger,
    maskOf: masks.of,
    clock: systemClock,
  })
  return { readMedia, memory, executor }
}

/** What mapping an API of a package's own needs. */
const serviceApisOf = (
  { algorithms: { recogniser } }: Pick<Base, 'algorithms'>,
  parts: Omit<ServiceApisDeps, 'documents' | 'codeRoutes' | 'testCallers'>,
): ServiceApisDeps => ({
  ...parts,
  documents: createDocumentReader(),
  codeRoutes: async (person, folder) => recogniser.readRoutes(person, await viewFolder(folder)),
  testCallers: new Set(),
})

/** Wires the media that people upload and that runs take. */
function mediaOf(
  { drivers, paths }: ModulesInput,
  { quotas, taskRunner, repositories }: Base,
  inputsOn: LibraryDeps['inputsOn'],
) {
  const { services, releases, presentations, shares, models } = repositories
  return wireMedia({
    db: drivers.db,
    current: drivers.current,
    services,
    releases,
    presentations,
    objects: drivers.objects,
    tools: drivers.mediaTools,
    shares,
    models,
    taskRunner,
    quotas,
    uploads: paths.uploads,
    arriving: paths.arriving,
    inputsOn,
  })
}

/** Wires what runs instances and what runs on them: the monitor, the gateway's table, media and runs. */
export async function wireRunning(input: ModulesInput, base: Base) {
  const { logger, paths } = input
  const { quotas, taskRunner, repositories } = base
  const { services, releases, tasks, runs, shares, presentations } = repositories
  const wakeAccess = newWakeAccess()
  const runFiles = runFilesOf(input)
  const { readMedia, memory, executor } = executorOf(input, { runs, runFiles, masks: base.masks })
  const serving = await wireInstances(input, {
    ...base,
    services,
    releases,
    executor,
    wake: wakeAccess,
    variables: variablesDepsOf(input, base),
  })
  const { monitor, gateway, instances } = serving
  const { media, ...arriving } = mediaOf(input, base, (id) => inputAssetsOn({ monitor, executor }, id))
  const temporary = new TemporaryInstances({ instances, services, logger })
  const wake = createWaking({ services, tasks, gateway, runner: taskRunner })
  const running: RunsDeps = {
    ...runFairness({ runs, monitor, serviceChanges: base.serviceChanges, quotas, clock: systemClock }),
    isShown: async (id) =>
      (await shares.shownRuns(systemClock())).includes(id) ||
      (await presentations.presentingRun(id)).length > 0,
    presentedBy: (id) => presentations.presentingRun(id),
    recordFacts: factsRecorder({ assets: media.assets, places: base.gitea.places, version: input.version }),
    schemas: createSchemaChecker(systemClock),
    reading: createReadingMemory(usualReadingMemory),
    runs,
    executor,
    media,
    services,
    releases,
    monitor,
    temporary,
    wake,
  }
  const serviceApis = serviceApisOf(base, { services, releases, monitor, media, readMedia, memory, paths })
  const waking = { access: wakeAccess, wake }
  return { ...serving, ...arriving, serviceApis, media, runFiles, executor, temporary, running, waking }
}

/** What runs instances and what runs on them. */
export type Running = Awaited<ReturnType<typeof wireRunning>>
