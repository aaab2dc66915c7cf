import { taskSteps, visibleText, type PipelineTrigger } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import { asksToSkip, servedCommit, subjectOf, type Head, type WatchedCode } from './code-of-service.ts'
import { pipelineInterrupted } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import type { StoredReason } from './pipelines.tables.ts'
import { markCommit, sendMissingMarks } from './commit-marks.ts'
import { reasonOf } from './stored-reason.ts'

const skipped: StoredReason = {
  code: 'pipeline.skipped',
  message: {
    zh: '提交说明里写了 [skip deploy]，没有部署',
    en: 'The message of the commit has [skip deploy], so it was not deployed',
  },
}
const superseded: StoredReason = {
  code: 'pipeline.superseded',
  message: { zh: '更新的推送先到，只部署最新的', en: 'A newer push came, and only the newest is deployed' },
}

/** Pipelines that wait for their turn or for approval: a newer push replaces them. */
const waiting = ['queued', 'waiting'] as const

/**
 * Adds a pipeline for a commit, in place of those of the service that have not begun. Resolves with null, and changes nothing, if the rule
 * is gone or turned off, or has seen this commit. If the commit is already serving, the waiting pipelines are superseded, and none
 * is added (`added` is null) unless one runs, which would deploy another commit. A commit that a person asks for (`manual`) is always taken.
 */
async function enqueue(
  deps: PipelinesDeps,
  input: {
    serviceId: string
    code: Pick<WatchedCode, 'algorithmId' | 'branch' | 'promoteFrom'>
    head: Head
    trigger: PipelineTrigger
    pushedBy: string | null
  },
): Promise<{ added: StoredPipeline | null; replaced: StoredPipeline[] } | null> {
  const { serviceId, code, head, trigger, pushedBy } = input
  const previousCommit = await servedCommit(deps, serviceId)
  const isManual = trigger === 'manual'
  const now = deps.clock()
  return deps.inTransaction(async ({ services, rules, pipelines }) => {
    const service = await services.lock(serviceId)
    const rule = await rules.get(serviceId)
    if (!service || !rule || (!isManual && (!rule.enabled || rule.lastSeenCommit === head.commit)))
      return null
    if (!isManual) await rules.change(serviceId, { lastSeenCommit: head.commit })
    // The commit is deployed already, for example because whoever pushed it has also deployed it, or has taken back a later push.
    const isServed = !isManual && previousCommit === head.commit
    const isThere = isServed && (await pipelines.newest(serviceId, 'running')) === null
    const isSkipped = !isManual && !isServed && asksToSkip(head.message)
    const replaced = isSkipped
      ? []
      : await pipelines.changeAll(serviceId, waiting, {
          state: 'superseded',
          reason: superseded,
          finishedAt: now,
        })
    if (isThere) return { added: null, replaced }
    const added = await pipelines.insert({
      serviceId,
      algorithmId: code.algorithmId,
      branch: code.branch,
      commit: head.commit,
      previousCommit,
      message: visibleText(subjectOf(head.message)),
      author: visibleText(head.author),
      pushedBy,
      trigger,
      createdAt: now,
      promotedFrom: code.promoteFrom,
      ...(isSkipped
        ? { state: 'skipped', reason: skipped, finishedAt: now }
        : { state: 'queued', reason: null, finishedAt: null }),
    })
    return { added, replaced }
  })
}

/** Cancels what waits for its turn or for approval, and what runs: its service does not deploy pushes any more. */
export async function cancelAll(deps: PipelinesDeps, serviceId: string): Promise<void> {
  const change = { state: 'cancelled', finishedAt: deps.clock() } as const
  const cancelled = await deps.pipelines.changeAll(serviceId, waiting, change)
  for (const each of cancelled) if (each.startedAt !== null) markCommit(deps, each)
  const running = await deps.pipelines.newest(serviceId, 'running')
  if (running?.taskId == null) return
  await deps.runner.cancel(running.taskId).catch((error: unknown) => {
    // The task has already ended, or has not started. When it starts, it will see that the rule is off.
    if (!(error instanceof AppError)) throw error
  })
}

/**
 * Begins the newest pipeline that waits for its turn, if none of the service runs. So two pushes are never deployed at once.
 */
export async function beginNext(deps: PipelinesDeps, serviceId: string): Promise<void> {
  const stored = await deps.inTransaction(async ({ services, rules, pipelines, tasks }) => {
    if (!(await services.lock(serviceId)) || (await pipelines.newest(serviceId, 'running'))) return null
    const next = await pipelines.newest(serviceId, 'queued')
    const rule = await rules.get(serviceId)
    if (!next || !rule) return null
    const task = await tasks.insert({
      kind: 'service.pipeline',
      // A pipeline does not take the turn of the service, because the deploy that it begins takes it.
      serviceId: null,
      input: { pipeline_id: next.id, service_id: serviceId },
      steps: taskSteps['service.pipeline'],
      createdBy: { id: rule.authorId, name: rule.authorName },
    })
    const startedAt = next.startedAt ?? deps.clock()
    await pipelines.change(next.id, ['queued'], { state: 'running', taskId: task.task.id, startedAt })
    return task
  })
  if (stored) deps.runner.begin(stored)
}

/**
 * Deletes the row of a service. Its pipelines stay: what waited for its turn or for approval is cancelled, and what runs is ended by its
 * task. The mark of a commit that waited for approval is sent with the missing marks.
 */
export const deleteWithQueue = (
  { inTransaction, clock }: Pick<PipelinesDeps, 'inTransaction' | 'clock'>,
  serviceId: string,
): Promise<void> =>
  inTransaction(async ({ services, pipelines }) => {
    // No push enters the queue meanwhile.
    await services.lock(serviceId)
    await pipelines.changeAll(serviceId, waiting, { state: 'cancelled', finishedAt: clock() })
    await pipelines.outlive(serviceId)
    await services.delete(serviceId)
  })

/** Adds a pipeline for a commit ({@link enqueue}) and begins it when its turn comes. */
export async function addPipeline(
  deps: PipelinesDeps,
  input: Parameters<typeof enqueue>[1],
): Promise<StoredPipeline | null> {
  const entered = await enqueue(deps, input)
  if (!entered) return null
  for (const each of entered.replaced)
    // The mark in Gitea says that it waits for approval.
    if (each.startedAt !== null) markCommit(deps, each)
  await beginNext(deps, input.serviceId)
  return entered.added
}

/** Says how a pipeline ended, and begins the next of its service. Resolves with it, or null if it had ended already. */
export async function finish(
  deps: PipelinesDeps,
  { id, serviceId }: Pick<StoredPipeline, 'id' | 'serviceId'>,
  end: Partial<StoredPipeline> & Pick<StoredPipeline, 'state'>,
): Promise<StoredPipeline | null> {
  const finishedAt = end.state === 'waiting' ? null : deps.clock()
  const ended = await deps.inTransaction(async ({ services, pipelines }) => {
    await services.lock(serviceId)
    // A push that came while it ran replaces it; otherwise the older one could be approved after the newer one.
    const isOld = end.state === 'waiting' && (await pipelines.newest(serviceId, 'queued')) !== null
    const own = isOld
      ? { state: 'superseded' as const, reason: superseded, finishedAt: deps.clock() }
      : { ...end, finishedAt }
    return pipelines.change(id, ['running'], own)
  })
  await beginNext(deps, serviceId)
  return ended
}

/**
 * Takes up what an earlier control plane left: a pipeline whose task has ended, or is gone, has ended too; and those that wait for their
 * turn begin. Marks that Gitea did not get are sent. Called when the tasks go on. Resolves with how many had been left.
 */
export async function recoverPipelines(deps: PipelinesDeps): Promise<number> {
  const unfinished = await deps.pipelines.unfinished(['queued', 'running'])
  const goOn = new Set((await deps.tasks.unfinished()).map(({ task }) => task.id))
  const left = unfinished.filter(({ state, taskId }) => state === 'running' && !goOn.has(taskId ?? ''))
  const interrupted = reasonOf(pipelineInterrupted({}))
  let ended = 0
  for (const each of left) {
    const task = each.taskId === null ? null : await deps.tasks.get(each.taskId)
    const { code, message } = task?.task.error ?? interrupted
    // One whose task has ended in order between the two readings above was not left.
    if (await finish(deps, each, { state: 'failed', reason: { code, message } })) ended += 1
  }
  for (const serviceId of new Set(unfinished.map((each) => each.serviceId))) await beginNext(deps, serviceId)
  // Beside the start, which does not wait for another server.
  sendMissingMarks(deps).catch(deps.onError)
  return ended
}
