import type { PipelineTrigger } from '@vitrine/contract'
import pLimit from 'p-limit'
import { platformActor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import { deletes, deletionOf } from '../operations/delete.task.ts'
import type { StoredService } from '../services/services.repository.ts'
import { asksToSkip, headOf, watchedCode, type WatchedCode } from './code-of-service.ts'
import { createPreview } from './create-preview.ts'
import { previewsFull } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredRule } from './push-deploys.repository.ts'
import { addPipeline, cancelAll } from './queue.ts'
import { reasonOf } from './stored-reason.ts'

/** Branches that are looked at. Gitea's client lists no more. Of a repository with more, none counts as gone. */
const mostBranches = 500
/**
 * Branches without room for a preview of which git is asked in one look. Whoever may push can make hundreds, and each costs several
 * processes of git at every look.
 */
const mostWaiting = 5
/** A preview that nobody has pushed to, called or run for so long is removed. In milliseconds. */
const unusedMs = 14 * 24 * 3600 * 1000

/** Services whose branches are looked at simultaneously. */
const atOnce = 4

/** Everything that creates and removes previews of a service takes this turn. */
const turnOf = (serviceId: string): string => `previews of ${serviceId}`

/** How many previews a rule allows. Pure. */
export const allowedBy = (rule: StoredRule | null): number =>
  rule?.enabled && rule.promoteFrom === null ? rule.previews : 0

/** The newest commits of all branches, by their names. */
async function newestCommits(
  { gitea }: Pick<PipelinesDeps, 'gitea'>,
  { algorithmId, fullName }: WatchedCode,
): Promise<Map<string, string>> {
  if (fullName !== null) {
    const { client } = await requireGitea(gitea)
    return new Map((await client.branches(fullName)).map(({ name, commit }) => [name, commit.id]))
  }
  const wanted = { q: '', limit: mostBranches }
  const { branches } = await gitea.algorithms.codeHost.refs(algorithmId, wanted)
  return new Map(branches.map(({ name, commit }) => [name, commit]))
}

/** Whether a branch has nothing that the watched one has not: it is merged, or nothing was added to it. What is not here yet is unknown. */
async function isMerged(
  { gitea }: Pick<PipelinesDeps, 'gitea'>,
  algorithmId: string,
  { commit, into }: { commit: string; into: string | undefined },
): Promise<boolean> {
  const { codeHost } = gitea.algorithms
  if (into === undefined || (await codeHost.resolve(algorithmId, commit)) === null) return false
  const from = await codeHost.resolve(algorithmId, into)
  return from !== null && (await codeHost.commits(algorithmId, { from, to: commit, most: 1 })).length === 0
}

/** Whether the platform has begun to delete a preview, perhaps in vain: its rule is off, which nobody else turns off. */
const isGivenUp = async ({ rules }: Pick<PipelinesDeps, 'rules'>, { id }: StoredService): Promise<boolean> =>
  (await rules.get(id))?.enabled === false

/** Whether a task that deletes a preview waits or runs. */
const isBeingDeleted = async (
  { tasks }: Pick<PipelinesDeps, 'tasks'>,
  preview: StoredService,
): Promise<boolean> => (await tasks.unfinished()).some((each) => deletes(each, preview))

/**
 * Deletes a preview, unless that is under way. It waits for nothing: what deploys is cancelled. A deletion that failed is tried again only
 * if that is asked for (`isAgain`). Called in the turn of the previews of its service.
 */
async function removePreview(deps: PipelinesDeps, preview: StoredService, isAgain = false): Promise<void> {
  if ((!isAgain && (await isGivenUp(deps, preview))) || (await isBeingDeleted(deps, preview))) return
  // Before the rule is turned off: if the platform ends in between, the deletion goes on when it starts.
  await deps.runner.start({ ...deletionOf(preview), createdBy: platformActor })
  await deps.rules.change(preview.id, { enabled: false })
  await cancelAll(deps, preview.id)
}

/** One look at the other branches of a service. */
type Look = {
  service: StoredService
  rule: StoredRule
  code: WatchedCode
  trigger: PipelineTrigger
  /** By their branches. */
  previews: Map<string, StoredService>
}

/**
 * Adds a pipeline for a push to another branch, and creates its preview if it has none. Says whether the push is dealt with: while an
 * earlier preview of the branch is being deleted, it is not. Throws what prevents it.
 */
async function takePush(deps: PipelinesDeps, look: Look, branch: string): Promise<boolean> {
  const { service, rule, previews, trigger } = look
  const code = { ...look.code, branch }
  const head = await headOf(deps, code)
  const known = previews.get(branch)
  if (!known && asksToSkip(head.message)) return true
  if (known && ((await isGivenUp(deps, known)) || (await isBeingDeleted(deps, known)))) return false
  if (!known && previews.size >= rule.previews) throw previewsFull({ branch, most: rule.previews })
  const preview = known ?? (await createPreview(deps, { service, rule, branch }))
  previews.set(branch, preview)
  const own = await deps.rules.get(preview.id)
  const { testCommand, testTimeoutS, approval, authorId, authorName, authorServices, authorKeyId } = rule
  // It follows the rule as that is now: its tests, whether somebody must approve, and in whose name it deploys.
  await deps.rules.save({
    ...{ testCommand, testTimeoutS, approval, authorId, authorName, authorServices, authorKeyId },
    ...{ serviceId: preview.id, enabled: true, branch, promoteFrom: null },
    ...{ previews: 0, seenBranches: null, previewProblem: null, problem: null },
    ...{ hookRepository: null, hookId: null, hookSecret: null, hookState: null, hookProblem: null },
    lastSeenCommit: own?.lastSeenCommit ?? null,
    updatedAt: deps.clock(),
  })
  await addPipeline(deps, { serviceId: preview.id, code, head, trigger })
  return true
}

/** Removes the previews whose branches are gone, merged, or watched by now. Resolves with those that stay, by their branches. */
async function removeEnded(
  deps: PipelinesDeps,
  { code, previews }: { code: WatchedCode; previews: readonly StoredService[] },
  newest: ReadonlyMap<string, string>,
): Promise<Map<string, StoredService>> {
  const stay = new Map<string, StoredService>()
  const into = newest.get(code.branch)
  for (const preview of previews) {
    const branch = preview.previewBranch ?? ''
    const commit = newest.get(branch)
    const isGone = commit === undefined && newest.size < mostBranches
    const isOver =
      commit !== undefined &&
      (branch === code.branch || (await isMerged(deps, code.algorithmId, { commit, into })))
    if (isGone || isOver) await removePreview(deps, preview)
    else stay.set(branch, preview)
  }
  return stay
}

/** Looks at all other branches: a branch that has moved since the last look was pushed to. */
async function lookAtBranches(
  deps: PipelinesDeps,
  { service, rule, trigger }: Pick<Look, 'service' | 'rule' | 'trigger'>,
): Promise<void> {
  const { id: serviceId } = service
  const code = await watchedCode(deps, service, rule)
  const newest = await newestCommits(deps, code)
  const all = await deps.deploying.services.previews(serviceId)
  const previews = await removeEnded(deps, { code, previews: all }, newest)
  const into = newest.get(code.branch)
  newest.delete(code.branch)
  // What is there when previews are turned on gets none: nobody has pushed it since.
  const seen = rule.seenBranches ?? Object.fromEntries(newest)
  const seenNow: Record<string, string> = {}
  let problem: AppError | null = null
  let waiting = 0
  for (const [branch, commit] of newest) {
    const before = seen[branch]
    const hasRoom = previews.has(branch) || previews.size < rule.previews
    let isDone = before === commit
    try {
      if (!isDone && !hasRoom && ++waiting > mostWaiting) throw previewsFull({ branch, most: rule.previews })
      isDone ||= await isMerged(deps, code.algorithmId, { commit, into })
      isDone ||= await takePush(deps, { service, rule, code, trigger, previews }, branch)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      problem = error
    }
    // It counts as pushed to until it has its preview.
    if (isDone) seenNow[branch] = commit
    else if (before !== undefined) seenNow[branch] = before
  }
  // Saving it meanwhile may have begun anew; the look that follows it then is the one that counts.
  await deps.rules.changeAsRead(rule, {
    seenBranches: seenNow,
    previewProblem: problem && reasonOf(problem),
  })
}

/**
 * Looks at the other branches of a service whose rule allows previews: a push to one becomes a pipeline of its preview, and previews of
 * branches that are gone or merged are removed. Without such a rule, all of its previews are removed. A look that fails is shown with
 * the rule.
 */
export function lookAtPreviews(
  deps: PipelinesDeps,
  serviceId: string,
  trigger: PipelineTrigger,
): Promise<void> {
  return deps.turns.run(turnOf(serviceId), async () => {
    const rule = await deps.rules.get(serviceId)
    const service = await deps.deploying.services.get(serviceId)
    if (!service || !rule || allowedBy(rule) === 0) {
      for (const preview of await deps.deploying.services.previews(serviceId))
        await removePreview(deps, preview)
      return
    }
    try {
      await lookAtBranches(deps, { service, rule, trigger })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await deps.rules.changeAsRead(rule, { previewProblem: reasonOf(error) })
    }
  })
}

/** Looks at the previews of some services. One that fails does not keep the others. */
async function lookAtEach(
  deps: PipelinesDeps,
  serviceIds: readonly string[],
  trigger: PipelineTrigger,
): Promise<void> {
  const inPlace = pLimit(atOnce)
  const look = (id: string) => lookAtPreviews(deps, id, trigger).catch(deps.onError)
  await Promise.all(serviceIds.map((id) => inPlace(look, id)))
}

/** Looks at the previews of an algorithm after a push to the platform's own host, also one that makes no version. */
export async function lookAfterPush(deps: PipelinesDeps, algorithmId: string): Promise<void> {
  const wanted: string[] = []
  for (const serviceId of await deps.rules.watching(algorithmId))
    if (allowedBy(await deps.rules.get(serviceId)) > 0) wanted.push(serviceId)
  await lookAtEach(deps, wanted, 'push')
}

/** Looks at the previews of all services, whether their pushes are told or not: a merge or a deleted branch is no push to a preview. */
export async function lookAtAllPreviews(deps: PipelinesDeps): Promise<void> {
  const wanted = (await deps.rules.enabled()).filter((rule) => allowedBy(rule) > 0)
  const ids = wanted.map(({ serviceId }) => serviceId)
  await lookAtEach(deps, ids, 'polling')
}

/** Removes a preview that nobody uses any more, or whose service allows none. A deletion that failed is tried again. */
async function removeIfUnused(deps: PipelinesDeps, preview: StoredService): Promise<void> {
  const { id, previewOf, createdAt } = preview
  const uses = await deps.lastUses([id])
  const filter = { serviceId: id, q: '', within: null }
  const [newest] = (await deps.pipelines.list(filter, { limit: 1, offset: 0 })).items
  const last = [createdAt, newest?.createdAt, uses.get(id)].map((at) => at?.getTime() ?? 0)
  const isUnused = Math.max(...last) < deps.clock().getTime() - unusedMs
  const isAllowed = previewOf !== null && allowedBy(await deps.rules.get(previewOf)) > 0
  const isAgain = await isGivenUp(deps, preview)
  if (isAgain || !isAllowed || isUnused) await removePreview(deps, preview, isAgain)
}

/** Removes the previews that nobody uses any more, and those of services that are gone or allow none. A deletion that failed is tried again. */
export async function removeUnusedPreviews(deps: PipelinesDeps): Promise<void> {
  const { services } = deps.deploying
  for (const { id, previewOf } of await services.previews()) {
    if (previewOf === null) continue
    // Read again in the turn: a push may have come since, which uses it.
    await deps.turns.run(turnOf(previewOf), async () => {
      const preview = await services.get(id)
      if (preview?.previewOf === previewOf) await removeIfUnused(deps, preview)
    })
  }
}
