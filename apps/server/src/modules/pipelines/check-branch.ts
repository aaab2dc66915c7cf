import type { PipelineTrigger } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import type { VersionMade } from '../algorithms/algorithms.deps.ts'
import { headOf, needSameSource, watchedCode } from './code-of-service.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import { addPipeline } from './queue.ts'
import { reasonOf } from './stored-reason.ts'

/** Who has pushed a commit. */
type PushedBy = { commit: string; name: string }

type Asked = [serviceId: string, trigger: PipelineTrigger, pushed?: PushedBy]

const turnOfLooks = (serviceId: string): string => `look at ${serviceId}`

async function look(
  deps: PipelinesDeps,
  ...[serviceId, trigger, pushed]: Asked
): Promise<StoredPipeline | null> {
  const rule = await deps.rules.get(serviceId)
  const service = await deps.services.get(serviceId)
  if (!rule?.enabled || !service) return null
  try {
    const code = await watchedCode(deps, service, rule)
    await needSameSource(deps, rule)
    const head = await headOf(deps, code, rule.lastSeenCommit)
    if (rule.problem !== null) await deps.rules.change(serviceId, { problem: null })
    return await addPipeline(deps, {
      serviceId,
      code,
      head,
      trigger: code.promoteFrom === null ? trigger : 'promotion',
      // The branch may have moved on since, by a push of somebody else.
      pushedBy: pushed?.commit === head.commit ? pushed.name : null,
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    await deps.rules.change(serviceId, { problem: reasonOf(error) })
    return null
  }
}

/**
 * Looks at the branch of a service, and adds a pipeline if its newest commit was not seen before. What a webhook says is only a reason to
 * look: so an old one can deploy nothing. A look that fails is shown with the rule. `pushed` says who has pushed which commit. Resolves with the new pipeline.
 */
export const checkBranch = (deps: PipelinesDeps, ...asked: Asked): Promise<StoredPipeline | null> =>
  deps.queue.run(turnOfLooks(asked[0]), () => look(deps, ...asked))

/** As {@link checkBranch}, after a webhook: a look that waits does for all that come meanwhile, however many somebody sends. */
export const checkBranchOnce = (deps: PipelinesDeps, serviceId: string): Promise<void> =>
  deps.queue.runOnce(turnOfLooks(serviceId), 'webhook', async () => {
    await look(deps, serviceId, 'webhook')
  })

/** Looks at the services that take over what this one serves, after it may have come to serve something else. */
const lookAfterSwitch = (deps: PipelinesDeps, serviceId: string): Promise<void> =>
  deps.queue.run(`switch of ${serviceId}`, async () => {
    for (const next of await deps.rules.promoting(serviceId)) await checkBranch(deps, next, 'promotion')
  })

/** From now on, looks at them whenever a release was switched to. What is missed by a restart is found by polling. */
export const listenToSwitches = (deps: PipelinesDeps): void =>
  void deps.taskChanges.subscribe(({ task }) => {
    const { state, service_id: serviceId, release } = task
    if (state === 'succeeded' && serviceId !== null && release !== undefined)
      lookAfterSwitch(deps, serviceId).catch(deps.onError)
  })

/**
 * Looks at the services that deploy the pushes of an algorithm. One that fails does not keep the others. Whatever fails is looked at again.
 * Never rejects.
 */
export async function lookAtServices(
  deps: PipelinesDeps,
  { algorithmId, pushed }: { algorithmId: string; pushed: PushedBy },
  trigger: PipelineTrigger,
): Promise<void> {
  const lookAgain = (error: unknown) => {
    deps.onError(error)
    deps.openPushes.leave(algorithmId)
  }
  try {
    for (const serviceId of await deps.rules.watching(algorithmId))
      await checkBranch(deps, serviceId, trigger, pushed).catch(lookAgain)
  } catch (error) {
    lookAgain(error)
  }
}

/** Looks at the services that deploy the pushes of an algorithm, after a new version whose code is in the platform's own host. */
export async function lookAfterVersion(
  deps: PipelinesDeps,
  { algorithmId, commit, author }: VersionMade,
): Promise<void> {
  const place = await deps.places.get(algorithmId).catch((error: unknown) => {
    deps.onError(error)
    deps.openPushes.leave(algorithmId)
    return null
  })
  // Pushes to Gitea are reported by Gitea, including those that make no version.
  if (place?.provider === 'builtin')
    await lookAtServices(deps, { algorithmId, pushed: { commit, name: author } }, 'push')
}
