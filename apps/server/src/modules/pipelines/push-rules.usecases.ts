import type { PushRule } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Audience } from '../../lib/disclosure.ts'
import { reaches } from '../../lib/policy.ts'
import { requireAlgorithm, requireOwner } from '../algorithms/algorithms.deps.ts'
import type { StoredService } from '../services/services.repository.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import { loadOwned, loadService } from '../services/services.usecases.ts'
import { headOf, watchedCode, type WatchedCode } from './code-of-service.ts'
import { dropHook, makeHook, noHook, testHook, type StoredHook } from './webhook-registration.ts'
import { branchNotWatched, isPreview, previewsNeedReach, promotesItself } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { shownRule } from './pipelines.words.ts'
import { lookAtPreviews } from './previews.ts'
import { cancelAll } from './queue.ts'
import type { PushRulesRepository, StoredPushRule } from './push-rules.repository.ts'

/** What a person states about the pushes to a service. */
export type RuleChange = {
  enabled: boolean
  branch: string | null
  promoteFrom: string | null
  test: { command: string[] | null; timeout_s: number }
  approval: boolean
  /** How many other branches may have a preview at once. */
  previews: number
}

/** The rule of a service that the actor may deploy. Throws as {@link loadOwned} does. */
export async function readRule(
  deps: PipelinesDeps,
  { actor, serviceId, audience }: { actor: Actor; serviceId: string; audience: Audience },
): Promise<PushRule> {
  const service = await loadOwned(deps, { actor, id: serviceId })
  const rule = await deps.rules.get(serviceId)
  const code = await watchedCode(deps, service, rule)
  const previews = await deps.services.previews(serviceId)
  return shownRule({ service, rule, code, previews, now: deps.clock() }, audience)
}

/** Throws `algorithm.not_owner` for code in Gitea, because a fetch of it makes versions; `pipeline.branch_not_watched`. */
async function needWatchable(deps: PipelinesDeps, actor: Actor, code: WatchedCode): Promise<void> {
  const { algorithmId, branch, followed, fullName } = code
  if (code.promoteFrom !== null) return
  if (fullName === null) {
    if (branch !== followed) throw branchNotWatched({ branch, followed })
    return
  }
  requireOwner(actor, (await requireAlgorithm(deps.algorithms, algorithmId)).row)
}

/** Throws `pipeline.is_preview`: what a preview deploys follows from the rule of the service that it belongs to. */
function needNoPreview({ previewOf, previewBranch }: StoredService): void {
  if (previewOf !== null) throw isPreview({ service_id: previewOf, branch: previewBranch ?? '' })
}

/** A chain of promotions is followed no further. */
const longestChain = 100

/** Throws `pipeline.promotes_itself`, also where the chain of promotions leads back, or `service.not_found` for a source that the actor does not reach. */
async function needSource(
  deps: PipelinesDeps,
  actor: Actor,
  { serviceId, promoteFrom }: { serviceId: string; promoteFrom: string | null },
): Promise<void> {
  if (promoteFrom === null) return
  if (promoteFrom === serviceId) throw promotesItself({ service_id: serviceId })
  if (!reaches(actor, [promoteFrom])) throw serviceNotFound({ service_id: promoteFrom })
  await loadService(deps, promoteFrom)
  let from: string | null = promoteFrom
  for (let length = 0; from !== null && length < longestChain; length += 1) {
    // Services that take over from each other could go on for ever.
    if (from === serviceId) throw promotesItself({ service_id: serviceId })
    const rule: StoredPushRule | null = await deps.rules.get(from)
    from = rule?.enabled ? rule.promoteFrom : null
  }
}

/** The webhook that a rule needs: the one that it has, a new one, or none. */
async function hookFor(
  deps: PipelinesDeps,
  {
    known,
    code,
    serviceId,
    enabled,
  }: { known: StoredPushRule | null; code: WatchedCode; serviceId: string; enabled: boolean },
): Promise<StoredHook> {
  const { fullName, place } = code
  const fits = enabled && known?.hookState === 'working' && known.hookRepository === fullName
  if (known && !fits) await dropHook(deps, known)
  if (!enabled || fullName === null || place === null) return noHook
  return fits ? known : makeHook(deps, { serviceId, fullName, place })
}

const hookOf = ({ hookRepository, hookId, hookSecret, hookState, hookProblem }: StoredHook): StoredHook => ({
  hookRepository,
  hookId,
  hookSecret,
  hookState,
  hookProblem,
})

/** Changes the rule of a service while no push enters its queue: what enters it later sees the change. */
const changeRules = (
  deps: Pick<PipelinesDeps, 'inTransaction'>,
  serviceId: string,
  change: (rules: PushRulesRepository) => Promise<void>,
): Promise<void> =>
  deps.inTransaction(async ({ services, rules }) => {
    await services.lock(serviceId)
    await change(rules)
  })

async function storeRule(
  deps: PipelinesDeps,
  { actor, service, change }: { actor: Actor; service: StoredService; change: RuleChange },
): Promise<void> {
  const { id: serviceId } = service
  await needSource(deps, actor, { serviceId, promoteFrom: change.promoteFrom })
  const known = await deps.rules.get(serviceId)
  const code = await watchedCode(deps, service, change)
  await needWatchable(deps, actor, code)
  // The push that is there already is not deployed by this: its author did not expect it. One that nobody has looked at yet, while
  // the rule was on, still is.
  const goesOn =
    known?.enabled === true &&
    known.branch === change.branch &&
    known.promoteFrom === change.promoteFrom &&
    known.lastSeenCommit !== null
  const seen =
    change.enabled && !goesOn ? (await headOf(deps, code, null)).commit : (known?.lastSeenCommit ?? null)
  const previews = change.promoteFrom === null ? change.previews : 0
  if (change.enabled && previews > 0 && actor.serviceIds !== null) throw previewsNeedReach({})
  const keepsSeen = goesOn && previews > 0 && known.previews > 0
  const hook = await hookFor(deps, { known, code, serviceId, enabled: change.enabled })
  const rule: StoredPushRule = {
    serviceId,
    enabled: change.enabled,
    branch: change.promoteFrom === null ? change.branch : null,
    promoteFrom: change.promoteFrom,
    testCommand: change.test.command,
    testTimeoutS: change.test.timeout_s,
    approval: change.approval,
    previews,
    seenBranches: keepsSeen ? known.seenBranches : null,
    previewProblem: null,
    authorId: actor.id,
    authorName: actor.name,
    authorServices: actor.serviceIds === null ? null : [...actor.serviceIds],
    authorKeyId: actor.key?.id ?? null,
    ...hookOf(hook),
    lastSeenCommit: seen,
    problem: null,
    updatedAt: deps.clock(),
  }
  await changeRules(deps, serviceId, async (rules) => {
    // All other values are kept as they are now: a push may have been seen since, and the secret of the hook sealed with a new key.
    const now = await rules.get(serviceId)
    await rules.save({
      ...rule,
      ...(now && goesOn && { lastSeenCommit: now.lastSeenCommit }),
      ...(now && keepsSeen && { seenBranches: now.seenBranches }),
      ...(now && hook === known && hookOf(now)),
    })
  })
  if (!change.enabled) await cancelAll(deps, serviceId)
  // When it is stored, because the delivery is checked by what is stored.
  if (hook.hookState === 'pending') await testHook(deps, hook)
}

/**
 * Saves the rule of a service; from then on, pushes are deployed in the name of the actor. Resolves with the rule as it is then. Throws
 * as {@link loadOwned} does, `pipeline.is_preview`, `pipeline.promotes_itself`, `pipeline.branch_not_watched`, `algorithm.not_owner`,
 * `pipeline.previews_need_reach`, and as {@link headOf} does; then nothing is stored.
 */
export async function saveRule(
  deps: PipelinesDeps,
  input: { actor: Actor; serviceId: string; change: RuleChange; audience: Audience },
): Promise<PushRule> {
  const { actor, serviceId, change } = input
  await deps.queue.run(`rule of ${serviceId}`, async () => {
    const service = await loadOwned(deps, { actor, id: serviceId })
    needNoPreview(service)
    await storeRule(deps, { actor, service, change })
  })
  await lookAtPreviews(deps, serviceId, 'polling')
  return readRule(deps, input)
}

/** Forgets the rule of a service, and removes its webhook. Throws as {@link loadOwned} does, and `pipeline.is_preview`. */
export async function forgetRule(
  deps: PipelinesDeps,
  { actor, serviceId }: { actor: Actor; serviceId: string },
): Promise<void> {
  await deps.queue.run(`rule of ${serviceId}`, async () => {
    needNoPreview(await loadOwned(deps, { actor, id: serviceId }))
    const known = await deps.rules.get(serviceId)
    if (!known) return
    await changeRules(deps, serviceId, (rules) => rules.remove(serviceId))
    await cancelAll(deps, serviceId)
    await dropHook(deps, known)
  })
  await lookAtPreviews(deps, serviceId, 'polling')
}

/** Forgets the rules of services that are gone, with their webhooks. */
export async function forgetLeftRules(deps: PipelinesDeps): Promise<void> {
  for (const { serviceId } of await deps.rules.left())
    // In its turn, and read again there: a new service with this id may have a rule of its own by now.
    await deps.queue.run(`rule of ${serviceId}`, async () => {
      const rule = await deps.rules.get(serviceId)
      if (!rule || (await deps.services.get(serviceId))) return
      await deps.rules.remove(serviceId)
      await dropHook(deps, rule)
    })
}
