import { endpointText, type Endpoint } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import { wordsOf, type Said, type Words } from '../../lib/words.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import { drainInstances } from '../instances/drain.ts'
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

/** The steps of {@link rollOut}. */
type RollOutStep = 'start' | 'verify' | 'route'

/** Why an instance did not become ready. */
export type NotReady = Extract<StartResult, { ready: false }>

/** A change of what a service wants of its instances. */
export type Change = {
  service: StoredService
  release: StoredRelease
  context: Pick<TaskContext<unknown, RollOutStep>, 'signal' | 'step'>
  /** Asks more of the first new instance than to be ready; returns how many examples it gave as they should be. */
  check?: (instance: { endpoint: Endpoint }, lines: () => Promise<string[]>) => Promise<number>
  failed: (result: NotReady) => AppError
  /** Makes the new instances those that serve, in the records. */
  settle: () => Promise<void>
  switched: (left: number) => Words
}

/** Makes instances for places among the replicas: rows, and known to the runner. Nothing is started. */
export async function enterInstances(
  deps: RollOutDeps,
  input: { release: StoredRelease; wanted: WantedInstances; places: readonly number[]; onTrial: boolean },
): Promise<KnownInstance[]> {
  const { release, wanted, places, onTrial } = input
  if (places.length === 0) return []
  const { serviceId, number } = release
  // The rows come first: whatever else there is of an instance is found by them, so nothing of it can be left over.
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
 * Starts instances, all at once, and waits until each is ready. The first that does not become so ends the wait for the others; its
 * error is thrown when all waiting has ended. Nothing is stopped.
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
 * Ends instances: they get no more requests, finish what they have (at most `timeoutS`), and are gone with their processes, ports
 * and rows. Returns how many requests outlasted the wait. Safe to repeat.
 */
export async function retireInstances(
  deps: RollOutDeps,
  rows: readonly StoredInstance[],
  options: { timeoutS: number; signal: AbortSignal },
): Promise<number> {
  if (rows.length === 0) return 0
  for (const { id } of rows) deps.instances.board.leave(id)
  await deps.gateway.sync()
  const left = await drainInstances(deps.instances, rows, options)
  await Promise.all(
    rows.map(async ({ id }) => {
      await removeInstance(deps.instances, id)
      await deps.records.instanceRows.delete(id)
    }),
  )
  return left
}

/** Ends what a task had made that did not come to its end. */
export async function retireTrials(
  deps: RollOutDeps,
  service: StoredService,
  signal = new AbortController().signal,
): Promise<void> {
  const rows = (await deps.records.instanceRows.list(service.id)).filter((row) => row.onTrial)
  await retireInstances(deps, rows, { timeoutS: service.options.timeoutS, signal })
}

const readyWords = (endpoints: readonly Endpoint[], seconds: string, checked: number): Words => {
  const where = endpoints.map(endpointText)
  return {
    zh: `${seconds} 秒就绪，监听 ${where.join('、')}${checked > 0 ? `，${checked} 个示例结果正确` : ''}`,
    en: `ready in ${seconds} s at ${where.join(', ')}${checked > 0 ? `; ${checked} examples returned the expected results` : ''}`,
  }
}
const waiting = { zh: '等待 /health 返回 READY', en: 'waiting for /health to report READY' }
const madeWords = (instances: readonly KnownInstance[]): Words =>
  wordsOf(instances.map(({ id }) => id).join(', '))
const noneNew = { message: { zh: '不需要新的实例', en: 'no new instances needed' }, skipped: true }

/** Step start: what is new is there, what goes is known. */
async function begin(deps: RollOutDeps, change: Change) {
  const { service, release, context } = change
  // What an earlier try of this task has started is not trusted.
  await retireTrials(deps, service, context.signal)
  const wanted = wantedOf(service, release)
  const rows = await deps.records.instanceRows.list(service.id)
  const { add, go } = planInstances(wanted, rows)
  if (add.length === 0) return { ...noneNew, value: { fresh: [], go } }
  const fresh = await enterInstances(deps, { release, wanted, places: add, onTrial: true })
  return { message: madeWords(fresh), value: { fresh, go } }
}

/** Where an instance that is ready is reached. */
function endpointOf(deps: Pick<RollOutDeps, 'instances'>, { id }: KnownInstance): Endpoint {
  const endpoint = deps.instances.board.get(id)?.endpoint
  if (!endpoint) throw new Error(`instance ${id} has no endpoint`)
  return endpoint
}

/** Step verify: the new instances are ready, and the first gives what it should before there are more of it. */
async function prove(
  deps: RollOutDeps,
  change: Change,
  fresh: readonly KnownInstance[],
  report: (message: Said) => Promise<void>,
) {
  const { check, failed, context } = change
  const [first] = fresh
  if (!first) return { ...noneNew, value: null }
  const startedAt = performance.now()
  const { signal } = context
  await report(waiting)
  let checked = 0
  if (check) {
    const result = await startInstance(deps.instances, first, { signal })
    if (!result.ready) throw failed(result)
    checked = await check({ endpoint: endpointOf(deps, first) }, result.lines)
  }
  await startAll(deps, fresh, { signal, failed })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const endpoints = fresh.map((instance) => endpointOf(deps, instance))
  return { message: readyWords(endpoints, seconds, checked), value: null }
}

/** Step route: requests go to what is new; once they do, what goes finishes what it has and is ended. */
export async function switchTo(
  deps: RollOutDeps,
  change: Pick<Change, 'service' | 'context' | 'settle' | 'switched'>,
  go: readonly StoredInstance[],
): Promise<{ message: Words; value: null }> {
  await change.settle()
  await deps.gateway.sync()
  const { timeoutS } = change.service.options
  const left = await retireInstances(deps, go, { timeoutS, signal: change.context.signal })
  return { message: change.switched(left), value: null }
}

/**
 * Makes the instances of a service those that it wants: new ones beside the old, ready, verified, then requests go to them and the
 * others are ended. Where it fails before the switch, what served goes on serving, and {@link retireTrials} takes away what is new.
 */
export async function rollOut(deps: RollOutDeps, change: Change): Promise<void> {
  const { step } = change.context
  const { fresh, go } = await step('start', () => begin(deps, change))
  await step('verify', (report) => prove(deps, change, fresh, report))
  await step('route', () => switchTo(deps, change, go))
}
