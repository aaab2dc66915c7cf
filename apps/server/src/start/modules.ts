import { LogClock } from '../adapters/log-files/log-clock.ts'
import { systemClock } from '../lib/clock.ts'
import { createEventMemory, usualEventMemory } from '../lib/event-memory.ts'
import { pathExists } from '../lib/path-exists.ts'
import { createComparisonsRepository } from '../modules/comparisons/comparisons.repository.ts'
import { serviceFolders, startFile } from '../modules/instances/instance-spec.ts'
import { createSleeper } from '../modules/operations/sleep.ts'
import { createProvenanceRepository } from '../modules/provenance/provenance.repository.ts'
import type { ProvenanceDeps } from '../modules/provenance/provenance.usecases.ts'
import { createBodyMemory } from '../modules/quotas/body-memory.ts'
import { createOwnedRoom } from '../modules/quotas/owned.ts'
import type { QuotaTable } from '../modules/quotas/quotas.ts'
import { createStreamPlaces } from '../modules/quotas/stream-places.ts'
import type { RunsDeps } from '../modules/runs/runs.usecases.ts'
import { createCoverCache } from '../modules/showcase/cover-cache.ts'
import { wireBase, type Base } from './base.ts'
import { wireCalls } from './calls.ts'
import { settingsShown, wireConfigs } from './configs.ts'
import { limitsShown, wireMachine } from './host.ts'
import { publicUrlOf } from './instances.ts'
import type { ModulesInput } from './modules-input.ts'
import { wirePipelines } from './pipelines.ts'
import { wireRunning, type Running } from './running.ts'
import { wireServices } from './services.ts'
import { wireShares } from './shares.ts'
import { wireWalls } from './walls.ts'

/**
 * Wires the modules: repositories, dependencies of use cases and background parts. Each part is made from those above
 * it. Starts nothing.
 */
export async function wireModules(input: ModulesInput) {
  const { settings, drivers, access, logger } = input
  const { db } = drivers
  const base = await wireBase(input)
  const { repositories, ports, quotas, held, ceilings, buildNetwork, onError } = base
  const { services, releases, runSamples, shares, presentations } = repositories
  const runningParts = await wireRunning(input, base)
  const { monitor, instances, media, running, runFiles } = runningParts
  const serviceParts = wireServices(input, base, runningParts)
  const reading = serviceParts.services
  const calls = wireCalls(input, { services, monitor, reading, masks: base.masks, onError })
  const pipelines = wirePipelines(input, base, reading, { ...calls, modelFiles: serviceParts.modelFiles })
  const memory = running.reading
  const { assets } = media
  const shown = { services: reading, releases, runSamples, presentations, assets }
  const showcase = { ...shown, reading: memory, covers: createCoverCache() }
  const provenance = provenanceIn(input, running)
  const owned = createOwnedRoom(quotas)
  const comparisons = { comparisons: createComparisonsRepository({ db }), running, owned }
  const { streams } = access
  const limits = limitsShown(held.enforcement, ceilings)
  const linked = { shares, media, showcase, comparisons, running, runFiles, streams, provenance, owned }
  return {
    publicUrl: publicUrlOf(settings),
    ...base,
    ...runningParts,
    ...serviceParts,
    current: drivers.current,
    calls,
    pipelines,
    configuration: { ...wireConfigs(input, base, reading), settings: settingsShown(input) },
    ...wireMachine(input, { services, monitor, ports, onError, limits }),
    walls: wireWalls(input, {
      services,
      monitor,
      held,
      ceilings,
      allowUrls: () => instances.settings.allowUrls,
      buildNetwork,
    }),
    ...wireSharedMemory(quotas, new LogClock(input.paths.serviceLogs, onError)),
    sleeper: sleeperOf(base, { instances, calls, logger }),
    showcase,
    presentations: wirePresentations(base, media.assets),
    comparisons,
    owned,
    provenance,
    shares: wireShares(drivers, { ...linked, onError }),
  }
}

/** What lets services that nobody uses fall asleep. */
const sleeperOf = (
  { repositories, taskRunner }: Base,
  {
    instances,
    calls,
    logger,
  }: Pick<Running, 'instances'> & Pick<ModulesInput, 'logger'> & { calls: ReturnType<typeof wireCalls> },
) =>
  createSleeper({
    services: repositories.services,
    instances,
    lastRequests: calls.lastRequests,
    lastRuns: (ids) => repositories.runs.lastAt(ids),
    tasks: taskRunner,
    clock: systemClock,
    logger,
  })

/** What says where results come from, and runs them again. */
const provenanceIn = ({ drivers: { db }, paths }: ModulesInput, running: RunsDeps): ProvenanceDeps => ({
  origins: createProvenanceRepository({ db }),
  running,
  releases: running.releases,
  keepsFiles: (serviceId, release) =>
    pathExists(startFile(serviceFolders(paths, serviceId).release(release))),
})

/** What requests and streams take of the memory that everybody shares, and when logs were written. */
const wireSharedMemory = (quotas: QuotaTable, logClock: LogClock) => ({
  logClock,
  streamPlaces: createStreamPlaces(quotas),
  bodies: createBodyMemory(),
  waiting: createEventMemory(usualEventMemory),
})

function wirePresentations(
  { repositories, algorithms }: Awaited<ReturnType<typeof wireBase>>,
  assets: Awaited<ReturnType<typeof wireRunning>>['media']['assets'],
) {
  const { presentations, services, releases, runs } = repositories
  const { codeHost } = algorithms
  return { presentations, services, releases, runs, assets, codeHost, clock: systemClock }
}

/** The wired modules. */
export type Modules = Awaited<ReturnType<typeof wireModules>>
