import type { ListQuery, PipelineState } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { reaches, visibleRows } from '../../lib/policy.ts'
import type { StoredService } from '../services/services.repository.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import { loadOwned, loadService } from '../services/services.usecases.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { taskEnded } from '../tasks/tasks.errors.ts'
import { pipelineNotFound, pipelineNotWaiting, pipelineNotSetUp } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import { giveModelsOf } from './give-models.ts'
import { addPipeline, beginNext } from './queue.ts'
import { markCommit } from './commit-marks.ts'

/** A page of pipelines of the services that the actor reaches. */
export const listPipelines = (
  deps: Pick<PipelinesDeps, 'pipelines'>,
  {
    actor,
    query,
  }: {
    actor: Actor
    query: ListQuery & {
      service_id?: string | undefined
      algorithm_id?: string | undefined
      state?: PipelineState | undefined
    }
  },
): Promise<{ items: StoredPipeline[]; total: number }> =>
  deps.pipelines.list(
    {
      serviceId: query.service_id,
      algorithmId: query.algorithm_id,
      state: query.state,
      q: query.q,
      within: visibleRows(actor).services,
    },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )

type Named = { actor: Actor; id: string }

/**
 * A pipeline. Throws `pipeline.not_found`, also for a key that does not reach its service, or that is limited to services and this one is
 * gone: its id may be that of another one.
 */
export async function getPipeline(
  deps: Pick<PipelinesDeps, 'pipelines'>,
  { actor, id }: Named,
): Promise<StoredPipeline> {
  const found = await deps.pipelines.get(id)
  const isReached = found !== null && reaches(actor, found.serviceGone ? [] : [found.serviceId])
  if (!isReached) throw pipelineNotFound({ pipeline_id: id })
  return found
}

/** A pipeline, its service if that is not gone, and the task that does its work or did it last. */
export async function getPipelineWithTask(
  deps: Pick<PipelinesDeps, 'pipelines' | 'tasks' | 'services'>,
  named: Named,
): Promise<{ pipeline: StoredPipeline; service: StoredService | null; task: TaskRecord | null }> {
  const pipeline = await getPipeline(deps, named)
  const { serviceId, serviceGone } = pipeline
  const service = serviceGone ? null : await loadService(deps, serviceId)
  const stored = pipeline.taskId === null ? null : await deps.tasks.get(pipeline.taskId)
  return { pipeline, service, task: stored?.task ?? null }
}

/** A pipeline of a service that the actor may deploy. Throws `service.not_found` if it is gone, whoever has its id now. */
async function loadOwn(deps: PipelinesDeps, named: Named): Promise<StoredPipeline> {
  const pipeline = await getPipeline(deps, named)
  if (pipeline.serviceGone) throw serviceNotFound({ service_id: pipeline.serviceId })
  await loadOwned(deps, { actor: named.actor, id: pipeline.serviceId })
  return pipeline
}

/** Cancels a pipeline. What is under way is undone first. Throws `task.ended`. */
export async function cancelPipeline(deps: PipelinesDeps, named: Named): Promise<StoredPipeline> {
  const pipeline = await loadOwn(deps, named)
  const { id } = pipeline
  const cancelled = await deps.pipelines.change(id, ['queued', 'waiting'], {
    state: 'cancelled',
    finishedAt: deps.clock(),
  })
  if (cancelled) {
    if (cancelled.startedAt !== null) markCommit(deps, cancelled)
    return cancelled
  }
  const { state, taskId } = await getPipeline(deps, named)
  if (state !== 'running' || taskId === null) throw taskEnded({ task_id: taskId ?? id, state })
  await deps.runner.cancel(taskId)
  return getPipeline(deps, named)
}

/** Lets a pipeline that waits for approval deploy. Throws `pipeline.not_waiting`, or `pipeline.not_set_up` if the rule is gone or off. */
export async function approvePipeline(deps: PipelinesDeps, named: Named): Promise<StoredPipeline> {
  const pipeline = await loadOwn(deps, named)
  const { id, serviceId, algorithmId, commit } = pipeline
  if (!(await deps.rules.get(serviceId))?.enabled) throw pipelineNotSetUp({ service_id: serviceId })
  await giveModelsOf(deps, { actor: named.actor, algorithmId, commits: [commit] })
  const approved = await deps.pipelines.change(id, ['waiting'], {
    state: 'queued',
    approvedBy: named.actor.name,
  })
  if (!approved) {
    const { state } = await getPipeline(deps, named)
    throw pipelineNotWaiting({ pipeline_id: id, state })
  }
  await beginNext(deps, serviceId)
  return getPipeline(deps, named)
}

/** Runs the commit of a pipeline again, as a new one. Throws `pipeline.not_set_up` if the service has no rule any more. */
export async function rerunPipeline(deps: PipelinesDeps, named: Named): Promise<StoredPipeline> {
  const pipeline = await loadOwn(deps, named)
  const { serviceId, algorithmId, branch, commit, message, author, promotedFrom, pushedBy } = pipeline
  await giveModelsOf(deps, { actor: named.actor, algorithmId, commits: [commit] })
  const code = { algorithmId, branch, promoteFrom: promotedFrom }
  const added = await addPipeline(deps, {
    serviceId,
    code,
    head: { commit, message, author },
    trigger: 'manual' as const,
    pushedBy,
  })
  if (!added) throw pipelineNotSetUp({ service_id: serviceId })
  return getPipeline(deps, { ...named, id: added.id })
}

/** Commits that are listed. */
const mostCommits = 100

/** What changed since the commit that served when the push came. Without one, nothing is compared. */
export async function pipelineChanges(deps: PipelinesDeps, named: Named) {
  const { algorithmId, previousCommit, commit: to } = await getPipeline(deps, named)
  const { codeHost } = deps
  const [isHere, from] = await Promise.all([
    codeHost.resolve(algorithmId, to),
    previousCommit === null ? null : codeHost.resolve(algorithmId, previousCommit),
  ])
  const nothing = { from: previousCommit, to, commits: [], commits_cut: false, files: [], files_cut: false }
  // It is fetched by the first step.
  if (isHere === null) return nothing
  const commits = await codeHost.commits(algorithmId, { from, to, most: mostCommits + 1 })
  const compared =
    from === null ? { files: [], cut: false } : await codeHost.compare(algorithmId, { from, to })
  return {
    from: previousCommit,
    to,
    commits: commits.slice(0, mostCommits).map(({ commit, message, author, committedAt }) => ({
      commit,
      message,
      author,
      committed_at: committedAt.toISOString(),
    })),
    commits_cut: commits.length > mostCommits,
    files: compared.files,
    files_cut: compared.cut,
  }
}
