import type { FastifyReply, FastifyRequest } from 'fastify'
import { finished, type Readable } from 'node:stream'
import {
  arrivedCommit,
  followedNow,
  runHttpBackend,
  type GitHttpRequest,
} from '../../adapters/code-host/git-http-backend.ts'
import type { Incoming } from '../../adapters/code-host/code-host.ts'
import type { Repository } from '../../adapters/code-host/git-command.ts'
import { readPushCommands, type PushCommands } from '../../adapters/code-host/push-commands.ts'
import { withRemark } from '../../adapters/code-host/push-remark.ts'
import { languageOf } from '../../http/language.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { repositoryOf, respond, type GitHttpDeps } from './git-http.deps.ts'
import { mayRewrite, refusedBranches, type KeptBranches } from './refused-branches.ts'

/** Said after a push to the name of a new algorithm that leaves out the branch of which it is made. */
const nothingFollowed: Record<Language, string> = {
  zh: '没有创建算法：分支 main 还没有提交，请推送到 main',
  en: 'No algorithm was created: there is no commit on the branch main yet, so push to main',
}

/** For a push that changes no branch whose history stays. */
const rewriting = [['receive.denyNonFastForwards', 'false']] as const

type Push = {
  request: FastifyRequest
  reply: FastifyReply
  actor: Actor
  call: GitHttpRequest
  /** The most bytes that it may have. */
  most: number
  isNew: boolean
}

/** Where a push goes, and what is known of it before git takes it. */
type Target = {
  repository: Repository
  incoming: Incoming | undefined
  commands: PushCommands
  /** The newest commit of the followed branch from before the push. */
  before: string | null
  kept: KeptBranches
}

/**
 * What is done at the end of a push: `remark` when git has finished. What came in to a new name is removed after that, and when the push
 * breaks off.
 */
function endOf(deps: GitHttpDeps, { request, actor, call: { algorithmId } }: Push, target: Target) {
  const { repository, incoming, commands, before, kept } = target
  const language = languageOf(request)
  let isOver = false
  const remarkOnArrived = async () => {
    // From the push itself, and not what is newest now: somebody else may be pushing.
    const asked = commands.commitFor(`refs/heads/${kept.followed}`)
    const arrived = await arrivedCommit(repository, { asked, before })
    if (!arrived) return incoming ? nothingFollowed[language] : null
    const { commit, subject: message } = arrived
    return deps.onPushed({
      ...{ algorithmId, commit, message, actor, language },
      ...(incoming && { incoming }),
    })
  }
  return {
    remark: async (said: string) => {
      if (isOver) return null
      isOver = true
      try {
        if (!incoming) deps.onReceived?.({ algorithmId, actor, commits: commands.commits() })
        const remarks = [refusedBranches(said, kept, language), await remarkOnArrived()]
        return remarks.filter((each) => each !== null).join('\n') || null
      } finally {
        await incoming?.discard()
      }
    },
    breakOff: async () => {
      if (isOver) return
      isOver = true
      await incoming?.discard()
    },
  }
}

/** Reads the commands of a push, which come before what it sends. Compressed ones are not understood before all of them are there. */
async function readBeginning(body: Readable | null, commands: PushCommands): Promise<Buffer[]> {
  const beginning: Buffer[] = []
  for await (const chunk of body?.iterator({ destroyOnReturn: false }) ?? []) {
    if (!Buffer.isBuffer(chunk)) break
    beginning.push(chunk)
    commands.onBody(chunk)
    if (commands.isOver()) break
  }
  return beginning
}

/** What is known of a push before git takes it. */
async function targetOf(
  deps: GitHttpDeps,
  { algorithmId, incoming, commands }: { algorithmId: string } & Pick<Target, 'incoming' | 'commands'>,
): Promise<Target> {
  const repository = incoming?.repository ?? repositoryOf(deps, algorithmId)
  const { branch: followed, commit: before } = await followedNow(repository)
  const watched = (!incoming && (await deps.watchedBranches?.(algorithmId))) || new Map<string, string>()
  return { repository, incoming, commands, before, kept: { followed, watched } }
}

/** Receives a push. One to a new name has a repository of its own, so that no other push or upload comes between. */
export async function takePush(deps: GitHttpDeps, push: Push) {
  const { request, reply, actor, call, most, isNew } = push
  const { algorithmId } = call
  const room = await deps.takeRoom(actor, algorithmId, most)
  const leave = () => {
    room.giveBack()
    return reply.hijack()
  }
  // Who left while waiting for room has closed already, and `close` does not come again.
  if (reply.raw.destroyed) return leave()
  reply.raw.once('close', room.giveBack)
  const isCompressed = call.headers.contentEncoding !== undefined
  const commands = readPushCommands(isCompressed)
  const beginning = isCompressed ? [] : await readBeginning(call.body, commands).catch(() => null)
  // Reading fails only if who pushes has left.
  if (beginning === null) return leave()
  const incoming = isNew ? await deps.incoming() : undefined
  const target = await targetOf(deps, { algorithmId, incoming, commands })
  const end = endOf(deps, push, target)
  const backend = {
    repository: target.repository,
    // To git, no bytes would mean any number.
    packBytes: Math.max(1, room.bytes),
    more: mayRewrite(commands.refs(), target.kept) ? rewriting : [],
  }
  const received = { ...call, beginning, onBody: commands.onBody }
  const response = await runHttpBackend(backend, received).catch(async (error: unknown) => {
    await end.breakOff()
    throw error
  })
  finished(reply.raw, () => {
    response.ended.then(end.breakOff).catch((error: unknown) => {
      request.log.error({ err: error }, 'what a push that broke off has left could not be removed')
    })
  })
  return respond(reply, { ...response, body: withRemark(response.body, end.remark) })
}
