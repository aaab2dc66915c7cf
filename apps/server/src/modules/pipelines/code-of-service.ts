import type { StoredService } from '../services/services.repository.ts'
import { nameInGitea } from '../gitea/gitea.repositories.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredRule } from './push-deploys.repository.ts'

/** Where the code of a service is kept, and the branch that counts. `fullName` is null in the platform's own host. */
export type WatchedCode = { algorithmId: string; branch: string; followed: string; fullName: string | null }

/** The newest commit of a branch. */
export type Head = { commit: string; message: string; author: string }

/** The code whose pushes are deployed to a service. */
export async function watchedCode(
  { gitea }: Pick<PipelinesDeps, 'gitea'>,
  { algorithmId }: Pick<StoredService, 'algorithmId'>,
  rule: Pick<StoredRule, 'branch'> | null,
): Promise<WatchedCode> {
  const place = await gitea.places.get(algorithmId)
  const followed = place?.branch ?? 'main'
  return { algorithmId, followed, branch: rule?.branch ?? followed, fullName: place && nameInGitea(place) }
}

/**
 * The newest commit of the branch that counts, as its host has it now. Throws `code_host.branch_not_found`, `code_host.repository_empty`
 * and what Gitea throws.
 */
export async function headOf(
  { gitea }: Pick<PipelinesDeps, 'gitea'>,
  { algorithmId, branch, fullName }: WatchedCode,
): Promise<Head> {
  if (fullName !== null) {
    const { client } = await requireGitea(gitea)
    const { commit } = await client.branch(fullName, branch)
    return { commit: commit.id, message: commit.message, author: commit.author?.name ?? '' }
  }
  const { codeHost } = gitea.algorithms
  const { commit: to } = await codeHost.newest(algorithmId, branch)
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
