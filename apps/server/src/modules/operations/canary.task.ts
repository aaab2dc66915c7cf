import { goldenExamplesOf, type StepOf } from '@vitrine/contract'
import { z } from 'zod'
import type { InTransaction } from '../../adapters/database/database.ts'
import type { Clock } from '../../lib/clock.ts'
import type { MemoryBudget } from '../../lib/memory-budget.ts'
import type { DataPaths } from '../../lib/paths.ts'
import { wordsOf, type Words } from '../../lib/words.ts'
import type { ConfigCanariesRepository } from '../configs/canaries/canaries.repository.ts'
import type { NewValue } from '../configs/changes.repository.ts'
import { configCanaryNotRunning, configChanged } from '../configs/configs.errors.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import { leftWords } from '../instances/left-words.ts'
import { planInstances, wantedOf } from '../instances/plan-instances.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import { handOver, retireOnTrial } from '../rollouts/retire.ts'
import { startBeside, type NotReady, type RollOutDeps } from '../rollouts/roll-out.ts'
import { startFailed } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'

/** What trying a change of the configuration needs. */
export type CanaryDeps = RollOutDeps & {
  services: ServicesRepository
  releases: ReleasesRepository
  paths: DataPaths
  configs: Pick<ConfigsRepository, 'newest' | 'requireUnchanged'>
  canaries: Pick<ConfigCanariesRepository, 'values' | 'giveUp'>
  inTransaction: InTransaction<{
    configs: Pick<ConfigsRepository, 'lock' | 'write' | 'newest'>
    canaries: Pick<ConfigCanariesRepository, 'values' | 'changedSince' | 'becameCurrent'>
    services: Pick<ServicesRepository, 'lock' | 'raiseConfigRevision'>
    instanceRows: Pick<InstancesRepository, 'list' | 'configured' | 'endTrial'>
  }>
  /** The memory that all calls share. */
  memory: MemoryBudget
  clock: Clock
}

/** `number` names what is tried: the number that was reserved for its revision. `published`: the changes of a draft that it is. */
const canaryInput = z.object({
  service_id: z.string(),
  number: z.number().int(),
  author: z.object({ id: z.string(), name: z.string() }),
  reason: z.string(),
  published: z.array(z.string()),
})
/** The input of the task of a canary. The values are not in it, because tasks are kept for months. */
export type CanaryInput = z.infer<typeof canaryInput>

/** A change that is tried. `base`: the revision to whose variables the tried values are added. */
type Canary = {
  service: StoredService
  release: StoredRelease
  values: readonly NewValue[]
  base: number
  context: Pick<TaskContext<CanaryInput, StepOf<'service.canary'>>, 'input' | 'signal' | 'step' | 'remember'>
}

/** The service, the release that it serves, and what is tried. Throws `config.canary_not_running`, and `config.changed` for a value that is another one by now. */
async function loadCanary(
  deps: CanaryDeps,
  context: Canary['context'],
  values: readonly NewValue[],
): Promise<Canary> {
  const service = await loadService(deps, context.input.service_id)
  const release = await deps.releases.serving(service)
  if (!release || service.desired !== 'running' || service.asleep)
    throw configCanaryNotRunning({ service_id: service.id })
  await deps.configs.requireUnchanged(values)
  return { service, release, values, base: await deps.configs.newest(), context }
}

const alone: Words = {
  zh: '这个版本没有黄金示例，就绪即算通过',
  en: 'the release has no golden examples, so being ready is all that was checked',
}

/**
 * Starts the instances of the next revision beside those that serve, with the tried values. The first one is the canary: it must
 * return what the golden examples expect, before the others are started. Resolves with the instances to end afterwards.
 */
async function startCanary(deps: CanaryDeps, canary: Canary): Promise<readonly StoredInstance[]> {
  const { service, release, values: tried, base, context } = canary
  const { variablesOf } = deps.instances
  const instances = {
    ...deps.instances,
    variablesOf: (of: Parameters<typeof variablesOf>[0]) => variablesOf({ ...of, revision: base, tried }),
  }
  const hasGolden = goldenExamplesOf(release.manifest).length > 0
  return startBeside(
    { ...deps, instances },
    {
      service: { ...service, configRevision: context.input.number },
      release,
      context,
      golden: {
        folder: serviceFolders(deps.paths, service.id).release(release.number),
        timeoutMs: service.options.timeoutS * 1000,
        memory: deps.memory,
      },
      also: hasGolden ? wordsOf('') : alone,
      failed: ({ reason, lines }: NotReady) => startFailed({ service_id: service.id, reason, lines }),
    },
  )
}

/**
 * Makes what was tried the newest revision, and the instances that have it those that serve, in one transaction. Throws `config.changed` if
 * a value, or another variable of the service, has changed since the canary began: nobody has tried them together.
 */
async function makeCurrent(deps: CanaryDeps, { service, release, base, context }: Canary): Promise<number> {
  const { number, author, reason, published } = context.input
  const { revision, ids } = await deps.inTransaction(
    async ({ configs, canaries, services, instanceRows }) => {
      await configs.lock()
      await services.lock(service.id)
      const keys = await canaries.changedSince(service.id, base)
      const [key] = keys
      const newest = await configs.newest()
      if (key !== undefined) throw configChanged({ key, keys, yours: null, theirs: null, revision: newest })
      const rows = await instanceRows.list(service.id)
      const held = Math.min(...[service, ...rows].map(({ configRevision }) => configRevision))
      // Read again: a change of the key of the secrets may have sealed them again.
      const values = await canaries.values(number)
      const written = await configs.write({ author, reason, values, number, held, now: deps.clock() })
      const made = written ?? newest
      const fresh = rows.filter(({ onTrial }) => onTrial).map(({ id }) => id)
      await instanceRows.configured(fresh, made)
      await instanceRows.endTrial(service.id, release.number)
      await services.raiseConfigRevision(service.id, made)
      await canaries.becameCurrent(number, published)
      return { revision: made, ids: fresh }
    },
  )
  for (const id of ids) deps.instances.monitor.configured(id, revision)
  return revision
}

const currentWords = (revision: number, cut: Words | null): Words => ({
  zh: `第 ${revision} 次修改已生效${cut ? `，${cut.zh}` : ''}`,
  en: `revision ${revision} is in effect${cut ? `; ${cut.en}` : ''}`,
})

/** Lets the instances of what was tried serve. Where an earlier attempt has done so (`canary` is null), it only ends the former ones. */
async function switchOver(
  deps: CanaryDeps,
  context: Canary['context'],
  { canary, remove }: { canary: Canary | null; remove: readonly StoredInstance[] },
): Promise<number> {
  return context.step('route', async () => {
    const made = canary ? await makeCurrent(deps, canary) : null
    const service = await loadService(deps, context.input.service_id)
    const revision = made ?? service.configRevision
    // Known also if ending the former instances fails: the change counts then.
    await context.remember({ service_id: service.id, revision })
    const cut = leftWords(await handOver(deps, { service, context }, remove))
    return { message: currentWords(revision, cut), value: revision }
  })
}

/** The instances that a service does not want, after its change has been stored. */
async function leftOver(deps: CanaryDeps, id: string): Promise<readonly StoredInstance[]> {
  const service = await loadService(deps, id)
  const release = await deps.releases.serving(service)
  const rows = await deps.instanceRows.list(id)
  return release ? planInstances(wantedOf(service, release), rows).remove : []
}

/**
 * The kind of task that tries a change of the configuration on one instance, and stores it as a revision only if that instance
 * passes. After a failure, nothing of the change is left. After a restart, an interrupted attempt begins again.
 */
export const canaryTask = (deps: CanaryDeps): TaskKind<typeof canaryInput, 'service.canary'> => ({
  kind: 'service.canary',
  // No limit: the task mostly waits, and must not queue behind builds.
  atOnce: Number.POSITIVE_INFINITY,
  input: canaryInput,
  run: async (context) => {
    const { service_id: id, number } = context.input
    const values = await deps.canaries.values(number)
    const canary = values.length > 0 ? await loadCanary(deps, context, values) : null
    const remove = canary ? await startCanary(deps, canary) : await leftOver(deps, id)
    const revision = await switchOver(deps, context, { canary, remove })
    return { service_id: id, revision }
  },
  undo: async ({ input, hasStarted }) => {
    const service = await deps.services.get(input.service_id)
    try {
      // A task that was cancelled in the queue started none, and another one of the service may be at work.
      if (service && hasStarted) await retireOnTrial(deps, service)
    } finally {
      await deps.canaries.giveUp(input.number)
    }
  },
})
