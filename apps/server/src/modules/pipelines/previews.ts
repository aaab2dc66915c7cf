import type { PipelineTrigger } from '@vitrine/contract'
import pLimit from 'p-limit'
import { AppError } from '../../lib/errors.ts'
import { requireRecorded } from '../gitea/gitea.recorded.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { StoredService } from '../services/services.repository.ts'
import { asksToSkip, headOf, watchedCode, type WatchedCode } from './code-of-service.ts'
import { createPreview } from './create-preview.ts'
import { previewsFull } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { giveModelsOf, type ReceivedPush } from './give-models.ts'
import { removalOf, removePreview } from './preview-removal.ts'
import type { StoredPushRule } from './push-rules.repository.ts'
import { addPipeline } from './queue.ts'
import { reasonOf } from './stored-reason.ts'
import { noHook } from './webhook-registration.ts'

/** Branches that are looked at. Gitea's client lists no more. Of a repository with more, none counts as gone. */
const mostBranches = 500
/**
 * Branches without room for a preview of which git is asked in one look. Whoever may push can make hundreds, and each costs several
 * processes of git at every look.
 */
const mostAskedWithoutRoom = 5
/** Services whose branches are looked at simultaneously. */
const atOnce = 4

/** Everything that creates and removes previews of a service takes this turn. */
export const turnOf = (serviceId: string): string => `previews of ${serviceId}`

/** How many previews a rule allows. Pure. */
export const allowedBy = (rule: StoredPushRule | null): number =>
  rule?.enabled && rule.promoteFrom === null ? rule.previews : 0

/** Whether all branches but the watched one are where they were seen last. Pure. */
const areAsSeen = (
  newest: ReadonlyMap<string, string>,
  watched: string,
  seen: StoredPushRule['seenBranches'],
): boolean => {
  const others = [...newest].filter(([name]) => name !== watched)
  const before = new Map(Object.entries(seen ?? {}))
  return (
    seen !== null &&
    others.length === before.size &&
    others.every(([name, commit]) => before.get(name) === commit)
  )
}

/**
 * The newest commits of all branches, by their names. If they are not those that were seen last, it is asked whether they come from the recorded
 * repository: those of another one would make previews, and remove them. Throws `gitea.repository_replaced`, and what Gitea throws.
 */
async function newestCommits(
  { gitea, codeHost }: Pick<PipelinesDeps, 'gitea' | 'codeHost'>,
  { algorithmId, branch, fullName, place }: WatchedCode,
  { seenBranches }: Pick<StoredPushRule, 'seenBranches'>,
): Promise<Map<string, string>> {
  if (fullName !== null && place !== null) {
    const { client } = await requireGitea(gitea)
    const listed = await client.branches(fullName)
    const newest = new Map(listed.map(({ name, commit }) => [name, commit.id]))
    const isKnown = place.repositoryNumber !== null && areAsSeen(newest, branch, seenBranches)
    if (!isKnown) await requireRecorded(gitea, client, place)
    return newest
  }
  const wanted = { q: '', limit: mostBranches }
  const { branches } = await codeHost.refs(algorithmId, wanted)
  return new Map(branches.items.map(({ name, commit }) => [name, commit]))
}

/**
 * Tells of commits whether the watched branch has them: such a branch is merged, or nothing was added to it. What is not here yet is
 * unknown. The newest commit of the watched branch is looked up once.
 */
function mergedInto(
  { codeHost }: Pick<PipelinesDeps, 'codeHost'>,
  algorithmId: string,
  watched: string | undefined,
): (commit: string) => Promise<boolean> {
  let from: string | null = null
  return async (commit) => {
    if (watched === undefined || (await codeHost.resolve(algorithmId, commit)) === null) return false
    from ??= await codeHost.resolve(algorithmId, watched)
    return from !== null && (await codeHost.commits(algorithmId, { from, to: commit, most: 1 })).length === 0
  }
}

/** One look at the other branches of a service. */
type Look = {
  service: StoredService
  rule: StoredPushRule
  code: WatchedCode
  trigger: PipelineTrigger
  isMerged: (commit: string) => Promise<boolean>
  /** The previews that exist, by branch. */
  previews: Map<string, StoredService>
  /** Branches without room of which git was asked in this look. */
  askedWithoutRoom: number
  push: ReceivedPush | null
}

/** A branch that has moved since the last look. */
type MovedBranch = { name: string; commit: string }

/**
 * The outcome for a branch that has moved. `done`: it has a pipeline, or needs none. `later`: an earlier preview of it is still being
 * removed. `failed`: something prevents its preview.
 */
type Outcome = { is: 'done' } | { is: 'later' } | { is: 'failed'; problem: AppError }

/** What a preview takes over from the rule of its service: its tests, whether somebody must approve, and in whose name it deploys. */
const followedOf = ({
  testCommand,
  testTimeoutS,
  approval,
  authorId,
  authorName,
  authorServices,
  authorKeyId,
}: StoredPushRule) => ({
  testCommand,
  testTimeoutS,
  approval,
  authorId,
  authorName,
  authorServices,
  authorKeyId,
})

/** The rule of a preview. It follows that of its service as it is now. */
async function savePreviewRule(
  deps: PipelinesDeps,
  rule: StoredPushRule,
  { preview, branch }: { preview: StoredService; branch: string },
): Promise<void> {
  const known = await deps.rules.get(preview.id)
  await deps.rules.save({
    ...noHook,
    ...followedOf(rule),
    serviceId: preview.id,
    enabled: true,
    branch,
    promoteFrom: null,
    previews: 0,
    seenBranches: null,
    previewProblem: null,
    problem: null,
    lastSeenCommit: known?.lastSeenCommit ?? null,
    updatedAt: deps.clock(),
  })
}

/** Adds a pipeline for a push to another branch, and creates its preview if it has none. Throws what prevents it. */
async function takePush(deps: PipelinesDeps, look: Look, { name, commit }: MovedBranch): Promise<Outcome> {
  const { service, rule, previews, trigger, push } = look
  const known = previews.get(name)
  const hasRoom = known !== undefined || previews.size < rule.previews
  if (!hasRoom) {
    if (look.askedWithoutRoom === mostAskedWithoutRoom)
      throw previewsFull({ branch: name, most: rule.previews })
    look.askedWithoutRoom += 1
  }
  if (await look.isMerged(commit)) return { is: 'done' }
  const code = { ...look.code, branch: name }
  // `newestCommits` has made sure that all branches come from the recorded repository.
  const head = await headOf(deps, code, commit)
  if (!known && asksToSkip(head.message)) return { is: 'done' }
  if (!hasRoom) throw previewsFull({ branch: name, most: rule.previews })
  if (known && (await removalOf(deps, known)) !== 'not_begun') return { is: 'later' }
  const preview = known ?? (await createPreview(deps, { service, rule, branch: name }))
  previews.set(name, preview)
  await savePreviewRule(deps, rule, { preview, branch: name })
  // Other branches may have moved too, by pushes of others.
  const pushedBy = push?.commits.includes(commit) ? push.actor.name : null
  await addPipeline(deps, { serviceId: preview.id, code, head, trigger, pushedBy })
  return { is: 'done' }
}

async function outcomeOf(deps: PipelinesDeps, look: Look, branch: MovedBranch): Promise<Outcome> {
  try {
    return await takePush(deps, look, branch)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { is: 'failed', problem: error }
  }
}

/** Removes the previews whose branches are gone, merged, or watched by now. Resolves with those that stay, by their branches. */
async function removeEnded(
  deps: PipelinesDeps,
  { serviceId, code, isMerged }: Pick<Look, 'code' | 'isMerged'> & { serviceId: string },
  newest: ReadonlyMap<string, string>,
): Promise<Map<string, StoredService>> {
  const stay = new Map<string, StoredService>()
  for (const preview of await deps.services.previews(serviceId)) {
    const branch = preview.previewBranch ?? ''
    const commit = newest.get(branch)
    const isEnded =
      commit === undefined ? newest.size < mostBranches : branch === code.branch || (await isMerged(commit))
    if (isEnded) await removePreview(deps, preview)
    else stay.set(branch, preview)
  }
  return stay
}

/** Looks at all other branches: a branch that has moved since the last look was pushed to. */
async function lookAtBranches(
  deps: PipelinesDeps,
  { service, rule, trigger, push }: Pick<Look, 'service' | 'rule' | 'trigger' | 'push'>,
): Promise<void> {
  const code = await watchedCode(deps, service, rule)
  const newest = await newestCommits(deps, code, rule)
  const isMerged = mergedInto(deps, code.algorithmId, newest.get(code.branch))
  const previews = await removeEnded(deps, { serviceId: service.id, code, isMerged }, newest)
  newest.delete(code.branch)
  const look: Look = { service, rule, code, trigger, push, isMerged, previews, askedWithoutRoom: 0 }
  // Branches that exist when previews are turned on get none, because nobody has pushed to them since.
  // Maps, because a branch can have the name of something that every object has, such as `__proto__`.
  const seen = rule.seenBranches ? new Map(Object.entries(rule.seenBranches)) : newest
  const seenNow = new Map<string, string>()
  let problem: AppError | null = null
  for (const [name, commit] of newest) {
    const before = seen.get(name)
    const outcome: Outcome =
      before === commit ? { is: 'done' } : await outcomeOf(deps, look, { name, commit })
    if (outcome.is === 'failed') problem = outcome.problem
    // A branch counts as pushed to until it has its preview.
    const noted = outcome.is === 'done' ? commit : before
    if (noted !== undefined) seenNow.set(name, noted)
  }
  // If somebody has saved the rule since it was read, the look that follows their change is the one that counts.
  await deps.rules.changeAsRead(rule, {
    seenBranches: Object.fromEntries(seenNow),
    previewProblem: problem && reasonOf(problem),
  })
}

/**
 * Looks at the other branches of a service whose rule allows previews: a push to one becomes a pipeline of its preview, and previews of
 * branches that are gone or merged are removed. Without such a rule, all of its previews are removed. A look that fails is shown with
 * the rule. `push` is the reason to look, if one is.
 */
export function lookAtPreviews(
  deps: PipelinesDeps,
  serviceId: string,
  trigger: PipelineTrigger,
  push: ReceivedPush | null = null,
): Promise<void> {
  const look = async () => {
    const rule = await deps.rules.get(serviceId)
    const service = await deps.services.get(serviceId)
    if (!service || !rule || allowedBy(rule) === 0) {
      for (const preview of await deps.services.previews(serviceId)) await removePreview(deps, preview)
      return
    }
    // Also without a push: pipelines that wait for their turn are deployed by the rule as it is now.
    for (const { id } of await deps.services.previews(serviceId))
      await deps.rules.change(id, followedOf(rule))
    try {
      await lookAtBranches(deps, { service, rule, trigger, push })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await deps.rules.changeAsRead(rule, { previewProblem: reasonOf(error) })
    }
  }
  const turn = turnOf(serviceId)
  // A look without a push has nothing of its own to tell, so all of them share the one that waits.
  return push === null ? deps.queue.runOnce(turn, trigger, look) : deps.queue.run(turn, look)
}

/** Looks at the previews of some services. One that fails does not keep the others. */
async function lookAtEach(
  deps: PipelinesDeps,
  serviceIds: readonly string[],
  trigger: PipelineTrigger,
  push: ReceivedPush | null = null,
): Promise<void> {
  const inPlace = pLimit(atOnce)
  const look = (id: string) => lookAtPreviews(deps, id, trigger, push).catch(deps.onError)
  await Promise.all(serviceIds.map((id) => inPlace(look, id)))
}

/** Looks at the previews of an algorithm after a push to the platform's own host, also one that makes no version. */
export async function lookAfterPush(deps: PipelinesDeps, push: ReceivedPush): Promise<void> {
  const wanted: string[] = []
  for (const serviceId of await deps.rules.watching(push.algorithmId))
    if (allowedBy(await deps.rules.get(serviceId)) > 0) wanted.push(serviceId)
  if (wanted.length > 0) await giveModelsOf(deps, push)
  await lookAtEach(deps, wanted, 'push', push)
}

/** Looks at the previews of all services, also if webhooks report their pushes: a merge or a deleted branch is no push to a preview. */
export async function lookAtAllPreviews(deps: PipelinesDeps): Promise<void> {
  const wanted = (await deps.rules.enabled()).filter((rule) => allowedBy(rule) > 0)
  const ids = wanted.map(({ serviceId }) => serviceId)
  await lookAtEach(deps, ids, 'polling')
}
