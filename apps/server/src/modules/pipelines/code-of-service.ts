import type { CodeHostKind } from '@vitrine/contract'
import type { StoredService } from '../services/services.repository.ts'
import { requireRecorded, type RecordedPlace } from '../gitea/gitea.recorded.ts'
import { nameInGitea } from '../gitea/gitea.repositories.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { nothingServed, sourceReplaced } from './pipelines.errors.ts'
import type { StoredPushRule } from './push-rules.repository.ts'

/**
 * The code whose commits are deployed to a service, and the branch that counts. `fullName` names the repository in Gitea whose pushes
 * count: null in the platform's own host, and where commits come from another service, `promoteFrom`.
 */
export type WatchedCode = {
  algorithmId: string
  host: CodeHostKind
  branch: string
  followed: string
  fullName: string | null
  /** Where the code is recorded, if `fullName` is stated. */
  place: RecordedPlace | null
  promoteFrom: string | null
}

/** The newest commit of a branch. */
export type Head = { commit: string; message: string; author: string }

/** The code whose pushes are deployed to a service. */
export async function watchedCode(
  { places }: Pick<PipelinesDeps, 'places'>,
  { algorithmId }: Pick<StoredService, 'algorithmId'>,
  rule: Pick<StoredPushRule, 'branch' | 'promoteFrom'> | null,
): Promise<WatchedCode> {
  const place = await places.get(algorithmId)
  const followed = place?.branch ?? 'main'
  const promoteFrom = rule?.promoteFrom ?? null
  const isPromoted = promoteFrom !== null
  const fullName = isPromoted ? null : place && nameInGitea(place)
  return {
    algorithmId,
    host: place?.provider ?? 'builtin',
    followed,
    branch: isPromoted ? followed : (rule?.branch ?? followed),
    fullName,
    place: fullName === null ? null : place,
    promoteFrom,
  }
}

/** The commit that a service serves; null before its first release. */
export async function servedCommit(
  { services, releases }: Pick<PipelinesDeps, 'services' | 'releases'>,
  serviceId: string,
): Promise<string | null> {
  const service = await services.get(serviceId)
  if (service?.currentRelease == null) return null
  return (await releases.get(serviceId, service.currentRelease))?.commit ?? null
}

/** How much the clock of a database on another machine may differ from ours, in milliseconds. */
const mostSkewMs = 60_000

/**
 * Throws `pipeline.source_replaced` if the service whose commits are deployed was created after the rule was saved: it only has the name of
 * the one that was chosen, and may be anybody's.
 */
export async function needSameSource(
  { services }: Pick<PipelinesDeps, 'services'>,
  { promoteFrom, updatedAt }: Pick<StoredPushRule, 'promoteFrom' | 'updatedAt'>,
): Promise<void> {
  const source = promoteFrom === null ? null : await services.get(promoteFrom)
  if (source && source.createdAt.getTime() > updatedAt.getTime() + mostSkewMs)
    throw sourceReplaced({ service_id: source.id })
}

/** The commit to deploy, if commits come from another service. Throws `pipeline.nothing_served`. */
async function promotedCommit(
  deps: Pick<PipelinesDeps, 'services' | 'releases'>,
  { algorithmId, promoteFrom }: { algorithmId: string; promoteFrom: string },
): Promise<string> {
  const source = await deps.services.get(promoteFrom)
  const commit = source?.algorithmId === algorithmId ? await servedCommit(deps, promoteFrom) : null
  if (commit === null) throw nothingServed({ service_id: promoteFrom })
  return commit
}

/**
 * The commit that is to be deployed: the newest of the branch that counts, as its host has it now, or what the service before it serves.
 * `seen` is the one that was seen last: only for another one is asked whether it comes from the recorded repository. Throws
 * `code_host.branch_not_found`, `code_host.repository_empty`, `pipeline.nothing_served`, `gitea.repository_replaced`, and what Gitea throws.
 */
export async function headOf(
  deps: Pick<PipelinesDeps, 'gitea' | 'codeHost' | 'services' | 'releases'>,
  { algorithmId, branch, fullName, place, promoteFrom }: WatchedCode,
  seen: string | null,
): Promise<Head> {
  const { gitea, codeHost } = deps
  if (fullName !== null && place !== null) {
    const { client } = await requireGitea(gitea)
    const { commit } = await client.branch(fullName, branch)
    const isKnown = commit.id === seen && place.repositoryNumber !== null
    if (!isKnown) await requireRecorded(gitea, client, place)
    return { commit: commit.id, message: commit.message, author: commit.author?.name ?? '' }
  }
  if (promoteFrom === null) {
    const { commit, message, author } = await codeHost.newest(algorithmId, branch)
    return { commit, message, author }
  }
  const to = await promotedCommit(deps, { algorithmId, promoteFrom })
  const [newest] = await codeHost.commits(algorithmId, { from: null, to, most: 1 })
  return { commit: to, message: newest?.message ?? '', author: newest?.author ?? '' }
}

/** Characters of a subject that are kept. */
const longestSubject = 300

/** The first line of a message, as far as it is kept. Pure. */
export const subjectOf = (message: string): string =>
  (message.split('\n', 1)[0] ?? '').slice(0, longestSubject).trim()

/** Whether a commit asks not to be deployed. Pure. */
export const asksToSkip = (message: string): boolean => /\[(?:skip deploy|deploy skip)\]/i.test(message)
