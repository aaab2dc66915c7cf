import { systemClock } from '../lib/clock.ts'
import { createFairQueue } from '../lib/fair-queue.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import type { LastRequests } from '../modules/calls/last-requests.ts'
import type { DeployServiceDeps } from '../modules/deployments/deployments.usecases.ts'
import { moveTask } from '../modules/gitea/gitea.move.task.ts'
import type { ModelProvider } from '../modules/models/provide-models.ts'
import { listenToSwitches, lookAfterVersion } from '../modules/pipelines/check-branch.ts'
import { pipelineTask } from '../modules/pipelines/pipeline.task.ts'
import type { PipelinesDeps } from '../modules/pipelines/pipelines.deps.ts'
import { sendMissingMarks } from '../modules/pipelines/commit-marks.ts'
import { queueTransactions } from '../modules/pipelines/pipelines.assembly.ts'
import { createPipelinesRepository } from '../modules/pipelines/pipelines.repository.ts'
import { lookAfterPush } from '../modules/pipelines/previews.ts'
import { removeUnusedPreviews } from '../modules/pipelines/unused-previews.ts'
import { createPushRulesRepository } from '../modules/pipelines/push-rules.repository.ts'
import { forgetLeftRules } from '../modules/pipelines/push-rules.usecases.ts'
import { buildsAtOnce } from '../modules/quotas/quotas.ts'
import type { Base } from './base.ts'
import { giteaRepositories } from './gitea.ts'
import { publicUrlOf } from './instances.ts'
import type { ModulesInput } from './modules-input.ts'

/** Wires push to deploy, gives the runner of tasks what is done with code, and listens to new versions. */
export function wirePipelines(
  { drivers, paths, settings }: ModulesInput,
  base: Base,
  deploying: DeployServiceDeps,
  { lastRequests, modelFiles }: { lastRequests: LastRequests; modelFiles: ModelProvider },
): PipelinesDeps {
  const { db } = drivers
  const { algorithms, environments, taskChanges, taskRunner: runner, onError } = base
  const deps: PipelinesDeps = {
    rules: createPushRulesRepository({ db }),
    pipelines: createPipelinesRepository({ db }),
    inTransaction: queueTransactions(db),
    services: base.repositories.services,
    releases: base.repositories.releases,
    deploying,
    tasks: base.repositories.tasks,
    runner,
    taskChanges,
    places: base.gitea.places,
    codeHost: algorithms.codeHost,
    openPushes: base.openPushes,
    algorithms,
    recogniser: algorithms.recogniser,
    gitQueues: algorithms.gitQueues,
    modelGrants: base.modelGrants,
    gitea: giteaRepositories(base.gitea, algorithms),
    sealer: base.gitea.sealer,
    ...base.authors,
    async lastUses(serviceIds) {
      const runs = await base.repositories.runs.lastAt(serviceIds)
      const last = (id: string) => [lastRequests.lastAt(id), runs.get(id) ?? null]
      return new Map(
        serviceIds.map((id) => [id, new Date(Math.max(0, ...last(id).map((at) => at?.getTime() ?? 0)))]),
      )
    },
    testQueue: createFairQueue(() => buildsAtOnce(settings)),
    environments,
    paths,
    publicUrl: publicUrlOf(settings),
    hookOrigin: settings.VITRINE_PUBLIC_URL ?? null,
    queue: keyedQueue(),
    clock: systemClock,
    onError,
  }
  runner.add(pipelineTask(deps), moveTask({ ...deps.gitea, users: deps.users, modelFiles, onError }))
  base.versions.subscribe((made) => void lookAfterVersion(deps, made))
  base.pushes.subscribe((push) => void lookAfterPush(deps, push).catch(onError))
  listenToSwitches(deps)
  base.serviceChanges.subscribe(({ change }) => {
    if (change === 'deleted')
      forgetLeftRules(deps)
        .then(() => removeUnusedPreviews(deps))
        .then(() => sendMissingMarks(deps))
        .catch(onError)
  })
  return deps
}
