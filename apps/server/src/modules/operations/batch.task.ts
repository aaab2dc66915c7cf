import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { batchAction, type BatchAction } from '@vitrine/contract'
import { retryUntilReachable } from '../../adapters/database/database-retry.ts'
import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { adaptiveLimit, type ConcurrencyBounds } from '../../lib/adaptive-limit.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import { unforeseen } from '../../lib/internal.errors.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { isShuttingDown, type TaskContext, type TaskKind } from '../tasks/task-kind.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { taskCancelled } from '../tasks/tasks.errors.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import { restartService, startService, stopService, type OperateDeps } from './operate.ts'
import { admit } from '../../lib/require-access.ts'
import type { Author } from '../service-grants/author-now.ts'
import type { StoredService } from '../services/services.repository.ts'
import { loadOperable, loadOwned } from '../services/services.usecases.ts'
import { batchAuthorGone } from './batch.errors.ts'

/** What operations on many services need. */
export type BatchDeps = {
  operate: OperateDeps
  tasks: TasksRepository
  /** The runner that runs the batch itself. */
  runner: Pick<TaskRunner, 'inTurn' | 'settled' | 'cancel'>
  /** Who asked for a batch, with what they may do now. Null if they are gone, or their key is. */
  authorNow: (author: Author) => Promise<Actor | null>
  /** Starts to deploy the newest version of a service's algorithm, in a task with the id of the batch. */
  deploy: (input: {
    actor: Actor
    serviceId: string
    algorithmId: string
    begunBy: { batch_id: string }
  }) => Promise<TaskRecord>
  onError: (error: unknown) => void
}

const batchInput = z.object({
  action: batchAction,
  service_ids: z.array(z.string()),
  at_once: z.number().int().nullable(),
  actor: z.object({
    id: z.string(),
    name: z.string(),
    // Batches that an earlier version of the platform began have none.
    key_id: z.string().nullable().default(null),
  }),
})
type Input = z.infer<typeof batchInput>

/** The stored result for one service. An error has its sentence in every language. */
const batchEntry = z.object({
  service_id: z.string(),
  ok: z.boolean(),
  changed: z.boolean().optional(),
  error: z.object({ code: z.string(), message: z.object({ zh: z.string(), en: z.string() }) }).optional(),
})
type Entry = z.infer<typeof batchEntry>

/** The default number at a time, by what this machine can bear. Deploys wait for each other in their own queue. */
const usualBounds: Record<BatchAction, ConcurrencyBounds> = {
  start: { first: 4 * availableParallelism(), most: 64, slowMs: 2_000 },
  stop: { first: 32, most: 64, slowMs: 2_000 },
  restart: { first: 4 * availableParallelism(), most: 64, slowMs: 2_000 },
  deploy: { first: 8, most: 8, slowMs: 60_000 },
}
/** How often the results so far are stored, in milliseconds. */
const rememberEveryMs = 250

/** The permission with which a batch works on a service. */
const permissionFor = (action: BatchAction) => (action === 'deploy' ? 'services.deploy' : 'services.operate')

/**
 * A service of the batch, and who asked for it, once they may do this with it now: a batch may last for an hour, and what they could do
 * may have been taken from them.
 */
async function judged(
  deps: BatchDeps,
  { action, actor: { id, name, key_id: keyId } }: Input,
  serviceId: string,
): Promise<{ actor: Actor; service: StoredService }> {
  const author = await deps.authorNow({ id, keyId, serviceIds: null })
  if (!author) throw batchAuthorGone({ name })
  const actor = admit(author, { access: permissionFor(action), about: 'service' }, serviceId)
  const load = action === 'deploy' ? loadOwned : loadOperable
  return { actor, service: await load(deps.operate, { actor, id: serviceId }) }
}

const failure = (serviceId: string, error: { code: string; message: Words }): Entry => ({
  service_id: serviceId,
  ok: false,
  error: { code: error.code, message: error.message },
})

/**
 * Deploys one service in a task of its own and waits for it. If an earlier run of this batch began that task,
 * this waits for the same one.
 */
async function deployOne(deps: BatchDeps, context: TaskContext<Input>, serviceId: string): Promise<Entry> {
  const { id: batchId } = context.task
  const begin = async () => {
    const { actor, service } = await judged(deps, context.input, serviceId)
    const { algorithmId } = service
    return deps.deploy({ actor, serviceId, algorithmId, begunBy: { batch_id: batchId } })
  }
  const { id } = (await deps.tasks.deployOfBatch(batchId, serviceId)) ?? (await begin())
  const cancel = () => {
    if (isShuttingDown(context.signal)) return
    deps.runner.cancel(id).catch(deps.onError)
  }
  // The batch may have been cancelled while the deploy was stored.
  if (context.signal.aborted) cancel()
  context.signal.addEventListener('abort', cancel, { once: true })
  await deps.runner.settled(id)
  context.signal.removeEventListener('abort', cancel)
  const ended = await deps.tasks.get(id)
  return ended?.task.error ? failure(serviceId, ended.task.error) : { service_id: serviceId, ok: true }
}

/** The desired state of a service afterwards. */
const meant = { start: 'running', stop: 'stopped' } as const
const operations = { start: startService, stop: stopService, restart: restartService }

async function workOn(deps: BatchDeps, context: TaskContext<Input>, serviceId: string): Promise<Entry> {
  const { input, signal } = context
  const { action } = input
  if (action === 'deploy') return deployOne(deps, context, serviceId)
  const part: Parameters<typeof restartService>[1] = {
    signal,
    step: async (_name, work) => (await work(async () => {})).value,
  }
  const operate = async () => {
    if (signal.aborted) throw taskCancelled({})
    const { service } = await judged(deps, input, serviceId)
    await operations[action](deps.operate, part, service)
    const entry = { service_id: serviceId, ok: true }
    return action === 'restart' ? entry : { ...entry, changed: service.desired !== meant[action] }
  }
  return deps.runner.inTurn(serviceId, operate, { preempts: true })
}

const progressWords = (entries: readonly Entry[], total: number): Words => {
  const failed = entries.filter((entry) => !entry.ok).length
  return {
    zh: `${entries.length}/${total}${failed > 0 ? `，${failed} 个失败` : ''}`,
    en: `${entries.length}/${total}${failed > 0 ? `, ${failed} failed` : ''}`,
  }
}

/**
 * Works on every service that has no result yet. A failure does not stop the others. Results are stored as
 * they come.
 */
async function workOnAll(
  deps: BatchDeps,
  context: TaskContext<Input>,
  report: (message: Words) => Promise<void>,
): Promise<Entry[]> {
  const { service_ids: ids, action, at_once: wanted } = context.input
  const entries = z.array(batchEntry).nullable().parse(context.task.result) ?? []
  const had = new Set(entries.map((entry) => entry.service_id))
  const usual = usualBounds[action]
  const inPlace = adaptiveLimit(wanted === null ? usual : { ...usual, first: wanted, most: wanted })
  let rememberedAt = performance.now()
  /** Work goes on if this fails: the next time stores everything, and nobody would see or cancel the work of a task that has failed. */
  const tell = async () => {
    try {
      await context.remember([...entries])
      await report(progressWords(entries, ids.length))
    } catch (error) {
      deps.onError(error)
    }
  }
  const one = async (id: string) => {
    // Services whose turn comes after the batch was cancelled are left alone.
    if (context.signal.aborted) return
    const entry = await workOn(deps, context, id).catch((error: unknown) => {
      if (!(error instanceof AppError)) deps.onError(error)
      const known = error instanceof AppError ? error : unforeseen(error)
      return failure(id, { code: known.code, message: wordsOfError(known) })
    })
    // Work that ends because the platform stops gets no result. The next control plane starts it again.
    if (context.signal.aborted) return
    entries.push(entry)
    if (performance.now() - rememberedAt < rememberEveryMs) return
    rememberedAt = performance.now()
    await tell()
  }
  await Promise.all(ids.filter((id) => !had.has(id)).map((id) => inPlace(() => one(id))))
  // This is the last time that the results are stored, so it is repeated while the database is away.
  await retryUntilReachable(() => context.remember([...entries]))
  context.signal.throwIfAborted()
  return entries
}

/** The kind of task that starts, stops, restarts or deploys many services. It succeeds even if some of them fail. */
export const batchTask = (deps: BatchDeps): TaskKind<typeof batchInput, 'service.batch'> => ({
  kind: 'service.batch',
  // No limit: the task only waits for others, and their own queues limit what runs at once.
  atOnce: Number.POSITIVE_INFINITY,
  input: batchInput,
  run: (context) =>
    context.step('services', async (report) => {
      const entries = await workOnAll(deps, context, report)
      return { message: progressWords(entries, context.input.service_ids.length), value: entries }
    }),
})
