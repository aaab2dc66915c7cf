import type { Incoming } from '../../adapters/code-host/code-host.ts'
import { arrivedCommit, followedNow } from '../../adapters/code-host/followed-branch.ts'
import { answerOfGit, settingsOfPush, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { readCommands } from '../../adapters/code-host/push-commands.ts'
import { lastOf, untilEnd } from '../../adapters/code-host/push-remark.ts'
import { requirePush } from './git-access.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { mostBytes, type Push } from './git-request.ts'
import { resultOfPush } from './push-result.ts'
import { mayRewrite, refusedBranches } from './refused-branches.ts'

/**
 * Receives a push: git stores what is sent, and what it puts on the followed branch becomes a version. This is git's answer, with what
 * became of the push before its end; nothing if who pushes has left. A push to a name that no algorithm has gets a repository of its own,
 * so that no other push or upload comes between; it is removed at the end, unless it became that of the algorithm.
 */
export async function* receivePush(deps: GitHostDeps, push: Push): GitAnswer {
  const { algorithms, rules, pushes, onError } = deps
  const { algorithmId, actor, headers, body, language, closed } = push
  const target = await requirePush(algorithms, actor, algorithmId)
  const room = await algorithms.codeQuota.enter(actor, target, mostBytes(deps, headers))
  let incoming: Incoming | null = null
  let last: Buffer
  try {
    const sent = closed.aborted ? null : await readCommands(body, headers.contentEncoding !== undefined)
    if (sent === null) return
    const { commands, beginning } = sent
    incoming = target.isNew ? await algorithms.codeHost.incoming() : null
    const repository = incoming?.repository ?? algorithms.codeHost.repository(algorithmId)
    const { branch: followed, commit: before } = await followedNow(repository)
    const kept = { followed, watched: await rules.watchedBranches(algorithmId) }
    const settings = settingsOfPush({
      mostBytes: room.bytes,
      mayRewrite: mayRewrite(commands.refs(), kept),
    })
    const request = { action: 'git-receive-pack', headers, userName: actor.name } as const
    const git = answerOfGit(repository, { ...request, body, beginning, onBody: commands.onBody }, settings)
    const end = yield* untilEnd(git)
    if (!target.isNew) pushes.publish({ algorithmId, actor, commits: commands.commits() })
    // From the push itself, and not what is newest now: somebody else may be pushing.
    const asked = commands.commitFor(`refs/heads/${followed}`)
    const arrived = await arrivedCommit(repository, { asked, before })
    const result = await resultOfPush(deps, { push, arrived, before, incoming })
    last = lastOf(end, [refusedBranches(end.said, kept, language), result])
  } finally {
    room.giveBack()
    await incoming?.discard().catch(onError)
  }
  yield last
}
