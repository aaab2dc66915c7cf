import type { Actor } from '../../lib/actor.ts'
import type { LocalisedText } from '../../lib/words.ts'
import { deployInput } from '../deployments/deploy.types.ts'
import { deployService } from '../deployments/deployments.usecases.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import { hasEnded, type TaskRecord } from '../tasks/task-progress.ts'
import { deployFailed } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'

/** A deploy that goes on: `verified` resolves when the new release is verified, `ended` with the task at its end. */
export type FollowedDeploy = { release: number; verified: Promise<void>; ended: Promise<void> }

/** A deploy, and whether this pipeline started it. Only then is it cancelled with the pipeline. */
type KnownDeploy = { task: TaskRecord; isOwn: boolean }

const goesOn = ({ state }: TaskRecord): boolean => state !== 'failed' && state !== 'cancelled'

/** The deploy that an earlier control plane began for a pipeline. */
async function ownDeploy(
  { tasks }: Pick<PipelinesDeps, 'tasks'>,
  { deployTaskId }: StoredPipeline,
): Promise<TaskRecord | null> {
  const stored = deployTaskId === null ? null : await tasks.get(deployTaskId)
  return stored && goesOn(stored.task) ? stored.task : null
}

/**
 * The deploy of this commit that somebody began since the pipeline did, if it is under way or has succeeded, and the pipeline that
 * began it, if one did.
 */
async function newestDeploy(
  { tasks, releases }: PipelinesDeps,
  { serviceId, commit, startedAt, createdAt }: StoredPipeline,
): Promise<{ task: TaskRecord; pipelineId: string | null } | null> {
  const filter = { serviceId, createdById: null, within: null }
  const [newest] = (await tasks.list(filter, { limit: 1, offset: 0 })).items
  const since = (startedAt ?? createdAt).toISOString()
  if (newest?.kind !== 'service.deploy' || newest.release === undefined || newest.created_at < since)
    return null
  const isOf = (await releases.get(serviceId, newest.release))?.commit === commit
  if (!isOf || !goesOn(newest)) return null
  const { data: input } = deployInput.safeParse((await tasks.get(newest.id))?.input)
  return { task: newest, pipelineId: input?.pipeline_id ?? null }
}

/** The deploy of the commit of a pipeline: one that is known already, or a new one. Throws what starting a deploy throws. */
async function deployOf(deps: PipelinesDeps, pipeline: StoredPipeline, actor: Actor): Promise<KnownDeploy> {
  const own = await ownDeploy(deps, pipeline)
  if (own) return { task: own, isOwn: true }
  const { id, serviceId, algorithmId, commit } = pipeline
  const keep = async (task: TaskRecord): Promise<KnownDeploy> => {
    await deps.pipelines.change(id, ['running'], { deployTaskId: task.id })
    return { task, isOwn: true }
  }
  const known = await newestDeploy(deps, pipeline)
  // A platform that was killed may have begun it, and not have noted it yet.
  if (known) return known.pipelineId === id ? keep(known.task) : { task: known.task, isOwn: false }
  const wanted = { actor, algorithmId, serviceId, ref: commit, begunBy: { pipeline_id: id } }
  return keep(await deployService(deps.deploying, wanted))
}

/** Resolves when a deploy has ended. Somebody else's is not waited for when the pipeline is cancelled: rejects with the reason then. */
async function settled(
  { runner }: Pick<PipelinesDeps, 'runner'>,
  { task, isOwn }: KnownDeploy,
  signal: AbortSignal,
): Promise<void> {
  if (isOwn) return runner.settled(task.id)
  const over = new AbortController()
  const left = new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal }),
  )
  signal.throwIfAborted()
  await Promise.race([runner.settled(task.id), left]).finally(() => over.abort())
}

const isVerified = (task: TaskRecord): boolean =>
  hasEnded(task) || task.steps.some(({ name, state }) => name === 'route' && state !== 'queued')

/** What a deploy is doing now. */
function progressOf({ steps }: TaskRecord): LocalisedText | null {
  return steps.findLast(({ state, message }) => state !== 'queued' && message !== null)?.message ?? null
}

/** Throws `pipeline.deploy_failed` for a deploy that did not succeed. */
function needSuccess({ state, error }: TaskRecord): void {
  if (state === 'succeeded') return
  const { code, message } = error ?? { code: 'internal', message: { zh: state, en: state } }
  throw deployFailed({ cause: code, zh: message.zh, en: message.en })
}

/**
 * Deploys a commit in a task of its own, and follows it. When the pipeline is cancelled, so is the deploy that it has begun. Throws what
 * starting a deploy throws; what it gives throws `pipeline.deploy_failed`.
 */
export async function deployCommit(
  deps: PipelinesDeps,
  { pipeline, actor, signal }: { pipeline: StoredPipeline; actor: Actor; signal: AbortSignal },
  report: (message: LocalisedText) => Promise<void>,
): Promise<FollowedDeploy> {
  const deploy = await deployOf(deps, pipeline, actor)
  const { task, isOwn } = deploy
  let tellVerified = () => {}
  const toVerified = new Promise<void>((resolve) => (tellVerified = resolve))
  const hear = (changed: TaskRecord) => {
    const message = progressOf(changed)
    if (isVerified(changed)) tellVerified()
    else if (message !== null) report(message).catch(deps.onError)
  }
  const stop = deps.taskChanges.subscribe((event) => void (event.task.id === task.id && hear(event.task)))
  const cancel = () => {
    if (isOwn && !isShuttingDown(signal)) deps.runner.cancel(task.id).catch(deps.onError)
  }
  // The pipeline may have been cancelled while the deploy was stored.
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const ended = settled(deps, deploy, signal)
    .finally(() => {
      stop()
      signal.removeEventListener('abort', cancel)
      tellVerified()
    })
    .then(async () => {
      const stored = await deps.tasks.get(task.id)
      // A deploy that has not ended is left to the next control plane, like this pipeline.
      if (stored?.task.state !== 'succeeded') signal.throwIfAborted()
      if (stored) needSuccess(stored.task)
    })
  // Its waiters are notified.
  ended.catch(() => undefined)
  const already = await deps.tasks.get(task.id)
  if (already && isVerified(already.task)) tellVerified()
  // A deploy that fails before its release is verified is never verified.
  const verified = toVerified.then(async () => {
    const stored = await deps.tasks.get(task.id)
    if (signal.aborted || (stored && hasEnded(stored.task))) await ended
  })
  return { release: task.release ?? 0, verified, ended }
}
