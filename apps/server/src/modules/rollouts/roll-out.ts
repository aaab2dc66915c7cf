import { endpointText, type Endpoint, type StepOf } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import { wordsOf, type LocalisedText, type Words } from '../../lib/words.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { withdraw } from '../instances/drain.ts'
import { healthPathWords, usualHealthPaths, type HealthPath } from '../instances/health-path.ts'
import {
  addInstance,
  knownInstance,
  removeInstance,
  startInstance,
  type InstancesDeps,
  type KnownInstance,
  type StartResult,
} from '../instances/instances.usecases.ts'
import { planInstances, wantedOf, type WantedInstances } from '../instances/plan-instances.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext } from '../tasks/task-kind.ts'
import type { InstancesRepository, StoredInstance } from '../instances/instances.repository.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'

/** What changing the instances of a service needs. */
export type RollOutDeps = {
  records: { instanceRows: InstancesRepository }
  instances: InstancesDeps
  gateway: Pick<GatewaySync, 'sync'>
}

/** The steps of {@link rollOut}: a change of replicas consists of nothing else. */
type RollOutStep = StepOf<'service.adjust'>

/** Why an instance did not become ready. */
export type NotReady = Extract<StartResult, { ready: false }>

/** A change of what a service wants of its instances. */
export type Change = {
  service: StoredService
  release: StoredRelease
  context: Pick<TaskContext<unknown, RollOutStep>, 'signal' | 'step'>
  /**
   * Checks the first new instance in addition to its health. Resolves with how many examples gave the
   * expected result.
   */
  check?: (instance: { endpoint: Endpoint }, lines: () => Promise<string[]>) => Promise<number>
  failed: (result: NotReady) => AppError
  /** Stores where the instances tell their health, if the manifest does not say and starting them has shown it. */
  foundHealthPath?: (path: string) => Promise<void>
  /** Stores that the new instances are those that serve. */
  settle: () => Promise<void>
  switched: (left: number) => Words
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
  const rows = await deps.records.instanceRows.insert(
    { serviceId, number },
    places.map((replica) => ({ replica, mode: wanted.mode, limits: wanted.limits, onTrial })),
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
 * others, and its error is thrown when all waits have ended. Nothing is stopped.
 */
export async function startAll(
  deps: Pick<RollOutDeps, 'instances'>,
  instances: readonly KnownInstance[],
  options: { signal: AbortSignal; failed: (result: NotReady) => AppError },
): Promise<void> {
  const cut = new AbortController()
  const signal = AbortSignal.any([options.signal, cut.signal])
  let failure: unknown = null
  const start = async (instance: KnownInstance) => {
    try {
      const result = await startInstance(deps.instances, instance, { signal })
      if (!result.ready) throw options.failed(result)
    } catch (error) {
      failure ??= error
      cut.abort()
    }
  }
  await Promise.all(instances.map(start))
  if (failure !== null) throw failure
}

/**
 * Ends instances. They get no new requests, finish their present ones (at most `timeoutS` seconds), and are
 * removed with their processes, ports and rows. Resolves with how many requests were still running after the
 * wait. Safe to repeat.
 */
export async function retireInstances(
  deps: RollOutDeps,
  rows: readonly StoredInstance[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number> {
  if (rows.length === 0) return 0
  return withdraw(deps, rows, {
    ...options,
    end: async (id) => {
      await removeInstance(deps.instances, id)
      await deps.records.instanceRows.delete(id)
    },
  })
}

/** Ends the instances of a task that did not finish. */
export async function retireTrials(
  deps: RollOutDeps,
  service: StoredService,
  signal = new AbortController().signal,
): Promise<void> {
  const rows = (await deps.records.instanceRows.list(service.id)).filter((row) => row.onTrial)
  await retireInstances(deps, rows, { timeoutS: service.options.timeoutS, signal })
}

const readyWords = (
  endpoints: readonly Endpoint[],
  seconds: string,
  { checked, healthPath }: { checked: number; healthPath: HealthPath },
): Words => {
  const where = endpoints.map(endpointText)
  const health = healthPath === null ? wordsOf('') : healthPathWords(healthPath)
  return {
    zh: `${seconds} 秒就绪，监听 ${where.join('、')}${checked > 0 ? `，${checked} 个示例结果正确` : ''}${health.zh && `，${health.zh}`}`,
    en: `ready in ${seconds} s at ${where.join(', ')}${checked > 0 ? `; ${checked} examples returned the expected results` : ''}${health.en && `; ${health.en}`}`,
  }
}
const waitingFor = ({ health: { path } }: KnownInstance): Words =>
  path === null
    ? {
        zh: `等待服务响应，并查找健康检查的路径（${usualHealthPaths.join('、')}）`,
        en: `waiting for an answer, and looking for the health path (${usualHealthPaths.join(', ')})`,
      }
    : { zh: `等待 ${path} 返回 READY`, en: `waiting for ${path} to report READY` }
const madeWords = (instances: readonly KnownInstance[]): Words =>
  wordsOf(instances.map(({ id }) => id).join(', '))
const noneNew = { message: { zh: '不需要新的实例', en: 'no new instances needed' }, skipped: true }

/** Step start: creates the new instances without starting them, and determines which old ones are to be removed. */
async function prepareInstances(deps: RollOutDeps, change: Change) {
  const { service, release, context } = change
  // Instances of an earlier attempt of this task are not trusted.
  await retireTrials(deps, service, context.signal)
  const wanted = wantedOf(service, release)
  const rows = await deps.records.instanceRows.list(service.id)
  const { add, remove } = planInstances(wanted, rows)
  if (add.length === 0) return { ...noneNew, value: { fresh: [], remove } }
  const fresh = await createInstances(deps, { release, wanted, places: add, onTrial: true })
  return { message: madeWords(fresh), value: { fresh, remove } }
}

/** The address of a ready instance. */
function endpointOf(deps: Pick<RollOutDeps, 'instances'>, { id }: KnownInstance): Endpoint {
  const endpoint = deps.instances.board.get(id)?.endpoint
  if (!endpoint) throw new Error(`instance ${id} has no endpoint`)
  return endpoint
}

/** Stores the health path that starting an instance has shown. Null if it was known before. */
async function storeHealthPath(
  deps: Pick<RollOutDeps, 'instances'>,
  change: Change,
  { id, health }: KnownInstance,
): Promise<HealthPath> {
  const found = health.path === null ? (deps.instances.board.get(id)?.healthPath ?? null) : null
  if (found !== null) await change.foundHealthPath?.(found)
  return found
}

/**
 * Step verify: starts the new instances and waits until they are ready. The first one must pass its check
 * before the others are started.
 */
async function verifyInstances(
  deps: RollOutDeps,
  change: Change,
  fresh: readonly KnownInstance[],
  report: (message: LocalisedText) => Promise<void>,
) {
  const { check, failed, context } = change
  const [first] = fresh
  if (!first) return { ...noneNew, value: null }
  const startedAt = performance.now()
  const { signal } = context
  await report(waitingFor(first))
  let checked = 0
  if (check) {
    const result = await startInstance(deps.instances, first, { signal })
    if (!result.ready) throw failed(result)
    checked = await check({ endpoint: endpointOf(deps, first) }, result.lines)
  }
  await startAll(deps, fresh, { signal, failed })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const healthPath = await storeHealthPath(deps, change, first)
  const endpoints = fresh.map((instance) => endpointOf(deps, instance))
  return { message: readyWords(endpoints, seconds, { checked, healthPath }), value: null }
}

/** Step route: sends requests to the new instances. Then the old ones finish their requests and are ended. */
export async function switchTo(
  deps: RollOutDeps,
  change: Pick<Change, 'service' | 'context' | 'settle' | 'switched'>,
  remove: readonly StoredInstance[],
): Promise<{ message: Words; value: null }> {
  await change.settle()
  await deps.gateway.sync()
  const { timeoutS } = change.service.options
  const left = await retireInstances(deps, remove, { timeoutS, signal: change.context.signal })
  return { message: change.switched(left), value: null }
}

/**
 * Gives a service the instances that it wants. Starts new ones next to the old ones, waits until they are
 * ready and verified, then sends requests to them and ends the others. If it fails before the switch, the old
 * instances keep serving, and {@link retireTrials} removes the new ones.
 */
export async function rollOut(deps: RollOutDeps, change: Change): Promise<void> {
  const { step } = change.context
  const { fresh, remove } = await step('start', () => prepareInstances(deps, change))
  await step('verify', (report) => verifyInstances(deps, change, fresh, report))
  await step('route', () => switchTo(deps, change, remove))
}
