import { emptyAdvertisement, emptyResult } from '../../adapters/code-host/empty-advertisement.ts'
import { answerOfGit, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { requirePush } from './git-access.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import type { GitRequest } from './git-request.ts'

/**
 * The refs of a repository, with which every push begins. One without room is refused here, before anything is sent. Of a name that no
 * algorithm has nothing is made yet: who only asks would leave it behind.
 */
export async function* listRefsToPush(deps: GitHostDeps, request: GitRequest): GitAnswer {
  const { codeHost, codeQuota } = deps
  const { algorithmId, actor, headers } = request
  const target = await requirePush(deps.algorithms, actor, algorithmId)
  await codeQuota.need(actor, target)
  if (target.isNew) {
    yield* emptyAdvertisement()
    return
  }
  const listing = { action: 'info/refs', service: 'git-receive-pack' } as const
  yield* answerOfGit(codeHost.repository(algorithmId), { ...listing, headers, userName: actor.name })
}

/** Before a push whose length it does not know, git sends a request with an empty packet, which changes nothing. */
const probeBytes = 4

/** Whether a request is no push yet, but git's question whether it may send one. Pure. */
export const isProbe = ({ contentLength, contentEncoding }: GitRequest['headers']): boolean =>
  contentEncoding === undefined && contentLength !== undefined && Number(contentLength) <= probeBytes

/** Answers the question whether somebody may send a push, as git does, whatever the repository has. */
export async function* answerProbe(deps: GitHostDeps, { algorithmId, actor }: GitRequest): GitAnswer {
  await requirePush(deps.algorithms, actor, algorithmId)
  yield* emptyResult()
}
