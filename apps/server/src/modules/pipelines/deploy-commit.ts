import type { Actor } from '../../lib/actor.ts'
import type { LocalisedText } from '../../lib/words.ts'
import { deployService } from '../deployments/deployments.usecases.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import { hasEnded, type TaskRecord } from '../tasks/task-progress.ts'
import { deployFailed } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'

/** A deploy that goes on: `verified` resolves when the new release is verified, `ended` with the task at its end. */
export type FollowedDeploy = { release: number; verified: Promise<void>; ended: Promise<void> }

/**
 * The deploy of this commit that is under way or has succeeded since the pipeline began: one that an earlier control plane began for it,
 * or that a person began meanwhile.
 */
async function knownDeploy(
  { tasks, deploying }: PipelinesDeps,
  { serviceId, commit, startedAt, createdAt }: StoredPipeline,
): Promise<TaskRecord | null> {
  const filter = { serviceId, createdById: null, within: null }
  const [newest] = (await tasks.list(filter, { limit: 1, offset: 0 })).items
  const since = (startedAt ?? createdAt).toISOString()
  if (newest?.kind !== 'service.deploy' || newest.release === undefined || newest.created_at < since)
    return null
  const isOf = (await deploying.releases.get(serviceId, newest.release))?.commit === commit
  return isOf && newest.state !== 'failed' && newest.state !== 'cancelled' ? newest : null
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
 * Deploys a commit in a task of its own, and follows it. When the pipeline is cancelled, so is the deploy. Throws what starting a deploy
 * throws; what it gives throws `pipeline.deploy_failed`.
 */
export async function deployCommit(
  deps: PipelinesDeps,
  { pipeline, actor, signal }: { pipeline: StoredPipeline; actor: Actor; signal: AbortSignal },
  report: (message: LocalisedText) => Promise<void>,
): Promise<FollowedDeploy> {
  const { serviceId, algorithmId, commit } = pipeline
  const known = await knownDeploy(deps, pipeline)
  const task = known ?? (await deployService(deps.deploying, { actor, algorithmId, serviceId, ref: commit }))
  let tellVerified = () => {}
  const toVerified = new Promise<void>((resolve) => (tellVerified = resolve))
  const hear = (changed: TaskRecord) => {
    const message = progressOf(changed)
    if (isVerified(changed)) tellVerified()
    else if (message !== null) report(message).catch(deps.onError)
  }
  const stop = deps.taskChanges.subscribe((event) => void (event.task.id === task.id && hear(event.task)))
  const cancel = () => {
    if (!isShuttingDown(signal)) deps.runner.cancel(task.id).catch(deps.onError)
  }
  // The pipeline may have been cancelled while the deploy was stored.
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const ended = deps.runner.settled(task.id).then(async () => {
    stop()
    signal.removeEventListener('abort', cancel)
    tellVerified()
    const stored = await deps.tasks.get(task.id)
    // A deploy that has not ended is left to the next control plane, like this pipeline.
    if (stored?.task.state !== 'succeeded') signal.throwIfAborted()
    if (stored) needSuccess(stored.task)
  })
  // Whoever waits for it is told.
  ended.catch(() => undefined)
  const already = await deps.tasks.get(task.id)
  if (already && isVerified(already.task)) tellVerified()
  // A deploy that fails before its release is verified is never verified.
  const verified = toVerified.then(async () => {
    const stored = await deps.tasks.get(task.id)
    if (stored && hasEnded(stored.task)) await ended
  })
  return { release: task.release ?? 0, verified, ended }
}
