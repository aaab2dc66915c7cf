import type { Readable } from 'node:stream'
import { answerOfGit, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { requireFetch } from './git-access.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { mostBytes, type GitRequest } from './git-request.ts'

/** The refs of a repository, with which every fetch begins. */
export async function* listRefsToFetch(deps: GitHostDeps, request: GitRequest): GitAnswer {
  const { algorithmId, actor, headers } = request
  await requireFetch(deps, actor, algorithmId)
  const repository = deps.codeHost.repository(algorithmId)
  const listing = { action: 'info/refs', service: 'git-upload-pack' } as const
  yield* answerOfGit(repository, { ...listing, headers, userName: actor.name })
}

/** Sends what a fetch asks for. */
export async function* serveFetch(deps: GitHostDeps, request: GitRequest & { body: Readable }): GitAnswer {
  const { algorithmId, actor, headers, body } = request
  await requireFetch(deps, actor, algorithmId)
  mostBytes(deps, headers)
  const repository = deps.codeHost.repository(algorithmId)
  yield* answerOfGit(repository, { action: 'git-upload-pack', headers, userName: actor.name, body })
}
