import type { Incoming } from '../../adapters/code-host/code-host.ts'
import { arrivedCommit, followedNow } from '../../adapters/code-host/followed-branch.ts'
import type { Repository } from '../../adapters/code-host/git-command.ts'
import { answerOfGit, settingsOfPush, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { readCommands } from '../../adapters/code-host/push-commands.ts'
import { lastOf, untilEnd, type AnswerEnd } from '../../adapters/code-host/push-remark.ts'
import type { Words } from '../../lib/words.ts'
import { requirePush } from './git-access.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { mostBytes, type Push } from './git-request.ts'
import { pipelineLinks } from './pipeline-links.ts'
import { resultOfPush, type PushResult } from './push-result.ts'
import { mayRewrite, refusedBranches } from './refused-branches.ts'

/** What git may have stored of a push. `asked`: the commit to which it should move the followed branch, `before` the one from before. */
type Sent = {
  push: Push
  repository: Repository
  incoming: Incoming | null
  asked: string | null
  before: string | null
}

/** Deals with what git has put on the followed branch, and says what became of it ({@link resultOfPush}). Never rejects: what fails is looked at again. */
async function takeStored(
  deps: GitHostDeps,
  { push, repository, incoming, asked, before }: Sent,
): Promise<PushResult | null> {
  try {
    const arrived = await arrivedCommit(repository, { asked, before })
    return await resultOfPush(deps, { push, arrived, before, incoming })
  } catch (error) {
    deps.onError(error)
    if (!incoming) deps.openPushes.leave(push.algorithmId)
    return null
  }
}

/** Why git reports each ref of a push to a new name as refused, if that has not become an algorithm. */
const notKept: Words = { zh: '没有创建算法，内容没有保留', en: 'no algorithm was created, nothing is kept' }

/** Where the push can be followed. Never rejects: the push has been taken, whether that can be said or not. */
const linksOf = (deps: GitHostDeps, push: Push, moved: Parameters<typeof pipelineLinks>[2]) =>
  pipelineLinks(deps, push, moved).catch((error: unknown) => {
    deps.onError(error)
    return null
  })

/**
 * Receives a push: git stores what is sent, and what it puts on the followed branch becomes a version. This is git's answer, with what
 * became of the push before its end; nothing if who pushes has left. What git had stored by then is dealt with all the same, because
 * git would not send it again. A push to a name that no algorithm has gets a repository of its own, so that no other push or upload comes
 * between; it is removed at the end, unless it became that of the algorithm.
 */
export async function* receivePush(deps: GitHostDeps, push: Push): GitAnswer {
  const { algorithms, codeHost, rules, pushes, openPushes, onError } = deps
  const { algorithmId, actor, headers, body, language, closed } = push
  const target = await requirePush(algorithms, actor, algorithmId)
  const room = await deps.codeQuota.enter(actor, target, mostBytes(deps, headers))
  const ended = openPushes.begin(algorithmId)
  let incoming: Incoming | null = null
  let last: Buffer
  try {
    const sent = closed.aborted ? null : await readCommands(body, headers.contentEncoding !== undefined)
    if (sent === null) return
    const { commands, beginning } = sent
    incoming = target.isNew ? await codeHost.incoming() : null
    const repository = incoming?.repository ?? codeHost.repository(algorithmId)
    const { branch: followed, commit: before } = await followedNow(repository)
    const kept = { followed, watched: await rules.watchedBranches(algorithmId) }
    const settings = settingsOfPush({
      mostBytes: room.bytes,
      mayRewrite: mayRewrite(commands.refs(), kept),
    })
    const request = { action: 'git-receive-pack', headers, userName: actor.name } as const
    const git = answerOfGit(repository, { ...request, body, beginning, onBody: commands.onBody }, settings)
    let end: AnswerEnd | null = null
    let result: PushResult | null = null
    try {
      end = yield* untilEnd(git)
    } finally {
      // Ended from outside, git may still be about to store it.
      if (end === null && !target.isNew) openPushes.leave(algorithmId)
      if (!target.isNew) pushes.publish({ algorithmId, actor, commits: [...commands.branches().values()] })
      // From the push itself, and not what is newest now: somebody else may be pushing.
      const asked = commands.commitFor(`refs/heads/${followed}`)
      result = await takeStored(deps, { push, repository, incoming, asked, before })
    }
    const { said } = end
    const moved = { branches: commands.branches(), followed, isVersion: result?.isVersion === true, said }
    const links = await linksOf(deps, push, moved)
    // A push to a new name is kept only if it has become an algorithm.
    const refusal = incoming && result?.isVersion !== true ? notKept[language] : null
    last = lastOf(end, [refusedBranches(said, kept, language), result?.said ?? null, links], refusal)
  } finally {
    ended()
    room.giveBack()
    await incoming?.discard().catch(onError)
  }
  yield last
}
