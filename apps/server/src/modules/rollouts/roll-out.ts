import { endpointText } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { AppError } from '../../lib/errors.ts'
import { wordsOf, type LocalisedText, type Words } from '../../lib/words.ts'
import type { PullWaiter } from '../images/image-registry.ts'
import { healthPathWords, usualHealthPaths, type HealthPath } from '../instances/health-path.ts'
import { addInstance } from '../instances/instances.usecases.ts'
import { knownInstance, type KnownInstance } from '../instances/known-instance.ts'
import { startInstance, type ReadyInstance, type StartResult } from '../instances/start-instance.ts'
import { planInstances, wantedOf, type WantedInstances } from '../instances/plan-instances.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext } from '../tasks/task-kind.ts'
import type { StoredInstance } from '../instances/instances.repository.ts'
import type { MemoryBudget } from '../../lib/memory-budget.ts'
import { checkGolden } from './check-golden.ts'
import { retireOnTrial, type RetireDeps } from './retire.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'

/** What starting instances beside others needs. */
export type RollOutDeps = RetireDeps & { releases: Pick<ReleasesRepository, 'update'> }

/** Why an instance did not become ready. */
export type NotReady = Extract<StartResult, { ready: false }>

/** A change of what a service wants of its instances. */
export type Change = {
  service: StoredService
  release: StoredRelease
  context: Pick<TaskContext<unknown, 'start' | 'verify'>, 'signal' | 'step'>
  /**
   * Where the golden examples of the release are, how long an answer may take, in milliseconds, and the memory for it. The first
   * new instance must return what they expect, before the others are started.
   */
  golden?: { folder: string; timeoutMs: number; memory: MemoryBudget }
  /** Words that the end of step verify adds. */
  also?: Words
  /** The error for an instance that does not become ready. */
  failed: (result: NotReady) => AppError
}

/**
 * Creates instances for these replica numbers: stores their rows and adds them to the runner. Does not start
 * them.
 */
export async function createInstances(
  deps: RollOutDeps,
  input: { release: StoredRelease; wanted: WantedInstances; places: readonly number[]; onTrial: boolean },
): Promise<KnownInstance[]> {
  const { release, wanted, places, onTrial } = input
  if (places.length === 0) return []
  const { serviceId, number } = release
  // The rows come first. Everything else of an instance is found by its row, so nothing can be left over.
  const rows = await deps.instanceRows.insert(
    { serviceId, number },
    places.map((replica) => ({
      replica,
      mode: wanted.mode,
      limits: wanted.limits,
      network: wanted.network,
      configRevision: wanted.configRevision,
      onTrial,
    })),
  )
  const entered: KnownInstance[] = []
  for (const row of rows) {
    const instance = knownInstance(row, release)
    await addInstance(deps.instances, instance)
    entered.push(instance)
  }
  return entered
}

/**
 * Starts instances at the same time and waits until each is ready. The first failure ends the wait for the
 * others, and its error is thrown when all waits have ended. Nothing is stopped. Resolves with them in their order.
 */
export async function startAll(
  deps: Pick<RollOutDeps, 'instances'>,
  instances: readonly KnownInstance[],
  { failed, report, ...waits }: PullWaiter & { failed: (result: NotReady) => AppError },
): Promise<ReadyInstance[]> {
  const cut = new AbortController()
  const signal = AbortSignal.any([waits.signal, cut.signal])
  let failure: unknown = null
  const start = async (instance: KnownInstance) => {
    try {
      const result = await startInstance(deps.instances, instance, { signal, report })
      if (!result.ready) throw failed(result)
      return [result]
    } catch (error) {
      failure ??= error
      cut.abort()
      return []
    }
  }
  const ready = await Promise.all(instances.map(start))
  if (failure !== null) throw failure
  return ready.flat()
}

/** New instances that are ready. */
type Ready = {
  /** Where the first one is reached. */
  endpoint: InstanceEndpoint
  endpoints: readonly InstanceEndpoint[]
  seconds: string
  /** How many golden examples the first one has returned as expected. */
  checked: number
  /** The health path, if the start has shown it. */
  healthPath: HealthPath
}

const readyWords = ({ endpoints, seconds, checked, healthPath }: Ready, also: Words): Words => {
  // A socket is the platform's own, and its path is of no use to readers.
  const ports = endpoints.filter((one) => 'port' in one).map(endpointText)
  const at =
    ports.length > 0 ? { zh: `，监听 ${ports.join('、')}`, en: ` at ${ports.join(', ')}` } : wordsOf('')
  const health = healthPath === null ? wordsOf('') : healthPathWords(healthPath)
  return {
    zh: [`${seconds} 秒就绪${at.zh}`, checked > 0 && `${checked} 个示例结果正确`, health.zh, also.zh]
      .filter(Boolean)
      .join('，'),
    en: [
      `ready in ${seconds} s${at.en}`,
      checked > 0 && `${checked} examples returned the expected results`,
      health.en,
      also.en,
    ]
      .filter(Boolean)
      .join('; '),
  }
}
const waitingFor = ({ health: { path } }: KnownInstance): Words =>
  path === null
    ? {
        zh: `等待服务响应，并查找健康检查的路径（${usualHealthPaths.join('、')}）`,
        en: `waiting for an answer, and looking for the health path (${usualHealthPaths.join(', ')})`,
      }
    : { zh: `等待实例就绪（${path}）`, en: `waiting until the instance is ready (${path})` }
const madeWords = (instances: readonly KnownInstance[]): Words =>
  wordsOf(instances.map(({ id }) => id).join(', '))
const noneNew = { message: { zh: '不需要新的实例', en: 'no new instances needed' }, skipped: true }

/** The end of step verify, with words about what else is known now. */
export const verified = (ready: Ready | null, also: Words = wordsOf('')) =>
  ready ? { message: readyWords(ready, also), value: null } : { ...noneNew, value: null }

/** Step start: creates the new instances without starting them, and determines which old ones are to be removed. */
export async function prepareInstances(deps: RollOutDeps, change: Change) {
  const { service, release, context } = change
  // Instances of an earlier attempt of this task are not trusted.
  await retireOnTrial(deps, service, context.signal)
  const wanted = wantedOf(service, release)
  const rows = await deps.instanceRows.list(service.id)
  const { add, remove } = planInstances(wanted, rows)
  if (add.length === 0) return { ...noneNew, value: { fresh: [], remove } }
  const fresh = await createInstances(deps, { release, wanted, places: add, onTrial: true })
  return { message: madeWords(fresh), value: { fresh, remove } }
}

/** Stores the health path that starting an instance has shown, if the manifest does not say. Null if it was known before. */
async function storeHealthPath(
  deps: Pick<RollOutDeps, 'releases'>,
  { serviceId, number }: StoredRelease,
  { health }: KnownInstance,
  { healthPath }: ReadyInstance,
): Promise<HealthPath> {
  const found = health.path === null ? healthPath : null
  if (found !== null) await deps.releases.update(serviceId, number, { healthPath: found })
  return found
}

/** Starts the first new instance of a release and lets it answer the golden examples. Resolves with their number. */
async function checkFirst(
  deps: RollOutDeps,
  { service, release, context: { signal }, failed }: Change,
  golden: NonNullable<Change['golden']>,
  { first, report }: { first: KnownInstance; report: PullWaiter['report'] },
): Promise<number> {
  const result = await startInstance(deps.instances, first, { signal, report })
  if (!result.ready) throw failed(result)
  const { manifest } = release
  const { endpoint, lines } = result
  const mask = await deps.instances.maskOf(service.id)
  return checkGolden({
    manifest,
    endpoint,
    lines,
    mask,
    signal,
    person: service.ownerId,
    ...golden,
  })
}

/**
 * Step verify: starts the new instances and waits until they are ready. The first one must return what the golden
 * examples expect before the others are started. Null if there are none.
 */
export async function verifyInstances(
  deps: RollOutDeps,
  change: Change,
  fresh: readonly KnownInstance[],
  report: (message: LocalisedText) => Promise<void>,
): Promise<Ready | null> {
  const { release, golden, failed, context } = change
  const [first] = fresh
  if (!first) return null
  const startedAt = performance.now()
  await report(waitingFor(first))
  const checked = golden ? await checkFirst(deps, change, golden, { first, report }) : 0
  const [started, ...others] = await startAll(deps, fresh, { signal: context.signal, failed, report })
  if (!started) return null
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const healthPath = await storeHealthPath(deps, release, first, started)
  const { endpoint } = started
  const endpoints = [endpoint, ...others.map((one) => one.endpoint)]
  return { endpoint, endpoints, seconds, checked, healthPath }
}

/**
 * Steps start and verify: starts the instances that a service wants next to the old ones, and waits until they are
 * ready and verified. Resolves with the instances to end once the new ones serve. The old ones serve until then. If
 * this fails, {@link retireOnTrial} removes the new ones.
 */
export async function startBeside(deps: RollOutDeps, change: Change): Promise<readonly StoredInstance[]> {
  const { step } = change.context
  const { fresh, remove } = await step('start', () => prepareInstances(deps, change))
  await step('verify', async (report) =>
    verified(await verifyInstances(deps, change, fresh, report), change.also),
  )
  return remove
}
