import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { gitHeadersOf, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { languageOf, learnLanguage } from '../../http/language.ts'
import { answerErrorsAs } from '../../http/protocol-errors.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import type { Actor } from '../../lib/actor.ts'
import type { FairQueue } from '../../lib/fair-queue.ts'
import { gitInTurn } from '../quotas/git-queues.ts'
import { authenticateGit } from '../repository-tokens/repository-tokens.usecases.ts'
import { answerProbe, isProbe, listRefsToPush } from './before-push.ts'
import { requireFetch, requirePush } from './git-access.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { dumbProtocolRefused, gitSignInRequired } from './git-host.errors.ts'
import { gitPace } from './git-pace.ts'
import type { GitRequest } from './git-request.ts'
import { receivePush } from './receive-push.ts'
import { algorithmOf, signInForLong, type OfRepository } from './repository-route.ts'
import { listRefsToFetch, serveFetch } from './serve-fetch.ts'

const signInHeaders = gitSignInRequired({}).headers
const refsQuery = z.object({ service: z.enum(['git-upload-pack', 'git-receive-pack']) })

async function gitRequest(
  deps: GitHostDeps,
  { request, reply, isPush }: { request: FastifyRequest<OfRepository>; reply: FastifyReply; isPush: boolean },
): Promise<GitRequest> {
  const algorithmId = algorithmOf(request)
  const actor = await signInForLong(request, reply, {
    authenticate: (header) => authenticateGit(deps, header),
    may: (now) =>
      isPush ? requirePush(deps.algorithms, now, algorithmId) : requireFetch(deps, now, algorithmId),
  })
  await learnLanguage(request)
  return { algorithmId, actor, headers: gitHeadersOf(request.headers) }
}

/** Sends an answer of git, its bytes as they come. */
async function send(reply: FastifyReply, answer: GitAnswer, isTooSlow = () => false) {
  // Its body would go on for as long.
  reply.raw.once('finish', () => void (isTooSlow() && reply.request.raw.destroy()))
  const { value: head } = await answer.next()
  // The client has left.
  if (!head) return reply.hijack()
  if (Buffer.isBuffer(head)) throw new Error('an answer of git begins without its head')
  const body = Readable.from(answer, { objectMode: false })
  return reply.status(head.status).headers(head.headers).send(body)
}

/** Sends an answer of git when it is the turn of whoever asks, at the pace at which they take it. */
function sendInTurn(
  reply: FastifyReply,
  {
    queue,
    asked,
    answer,
    pace,
  }: {
    queue: FairQueue
    asked: { actor: Actor; gone: AbortSignal }
    answer: GitAnswer
    pace: ReturnType<typeof gitPace>
  },
) {
  const turn = { ...asked, over: pace.over }
  return send(reply, gitInTurn(queue, turn, pace.answerAtPace(answer)), pace.isTooSlow)
}

/** The first request of every fetch and push, which lists the refs. */
function addRefsRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.get<OfRepository>(
    '/git/:repository/info/refs',
    { config: { access: 'public' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const query = refsQuery.safeParse(request.query)
      if (!query.success) throw dumbProtocolRefused({})
      const isPush = query.data.service === 'git-receive-pack'
      const list = isPush ? listRefsToPush : listRefsToFetch
      const asked = { ...(await gitRequest(deps, { request, reply, isPush })), gone: disconnectSignal(reply) }
      const pace = gitPace(deps.lowestSpeed, { language: languageOf(request) })
      return sendInTurn(reply, { queue: deps.gitQueues.fetches, asked, answer: list(deps, asked), pace })
    },
  )
}

function addFetchRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.post<OfRepository>(
    '/git/:repository/git-upload-pack',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const asked = {
        ...(await gitRequest(deps, { request, reply, isPush: false })),
        gone: disconnectSignal(reply),
      }
      const pace = gitPace(deps.lowestSpeed, { body: request.raw, language: languageOf(request) })
      const answer = serveFetch(deps, { ...asked, body: pace.body })
      return sendInTurn(reply, { queue: deps.gitQueues.fetches, asked, answer, pace })
    },
  )
}

function addPushRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.post<OfRepository>(
    '/git/:repository/git-receive-pack',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const closed = disconnectSignal(reply)
      const asked = await gitRequest(deps, { request, reply, isPush: true })
      if (isProbe(asked.headers)) return send(reply, answerProbe(deps, asked))
      const language = languageOf(request)
      const pace = gitPace(deps.lowestSpeed, { body: request.raw, language, isPush: true })
      const push = { ...asked, body: pace.body, language, origin: request.publicOrigin, closed }
      const turn = { queue: deps.gitQueues.pushes, asked: { actor: asked.actor, gone: closed }, pace }
      return sendInTurn(reply, { ...turn, answer: receivePush(deps, push) })
    },
  )
}

/**
 * The built-in git host over HTTP at `/git/<algorithm id>.git`. Only git's smart protocol, answered by `git
 * http-backend`. A push to `main` becomes the algorithm's next version if its code is recognised, and the
 * client prints the version. Errors are plain text, which git shows as `remote: …`.
 */
export async function registerGitHttp(app: FastifyInstance, deps: GitHostDeps): Promise<void> {
  await app.register(async (scope) => {
    // Only git reads them.
    leaveBodiesUnread(scope)
    answerErrorsAs(scope, (error, request) => ({
      type: 'text/plain; charset=utf-8',
      text: `${error.messageIn(languageOf(request))}\n`,
      ...(error.status === 401 && { headers: signInHeaders }),
    }))
    addRefsRoute(scope, deps)
    addFetchRoute(scope, deps)
    addPushRoute(scope, deps)
  })
}
