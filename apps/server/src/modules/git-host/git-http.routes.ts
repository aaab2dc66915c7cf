import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { gitHeadersOf, type GitAnswer } from '../../adapters/code-host/git-http-backend.ts'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { languageOf, learnLanguage } from '../../http/language.ts'
import { answerErrorsAs } from '../../http/protocol-errors.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import { gitInTurn } from '../quotas/history-queues.ts'
import { authenticateGit } from '../repository-tokens/repository-tokens.usecases.ts'
import { answerProbe, isProbe, listRefsToPush } from './before-push.ts'
import type { GitHostDeps } from './git-host.deps.ts'
import { dumbProtocolRefused, gitSignInRequired } from './git-host.errors.ts'
import type { GitRequest } from './git-request.ts'
import { receivePush } from './receive-push.ts'
import { algorithmOf, signIn, type OfRepository } from './repository-route.ts'
import { listRefsToFetch, serveFetch } from './serve-fetch.ts'

const signInHeaders = gitSignInRequired({}).headers
const refsQuery = z.object({ service: z.enum(['git-upload-pack', 'git-receive-pack']) })

async function gitRequest(deps: GitHostDeps, request: FastifyRequest<OfRepository>): Promise<GitRequest> {
  const algorithmId = algorithmOf(request)
  const actor = await signIn(request, (header) => authenticateGit(deps, header))
  await learnLanguage(request)
  return { algorithmId, actor, headers: gitHeadersOf(request.headers) }
}

/** Sends an answer of git, its bytes as they come. */
async function send(reply: FastifyReply, answer: GitAnswer) {
  const { value: head } = await answer.next()
  // The client has left.
  if (!head) return reply.hijack()
  if (Buffer.isBuffer(head)) throw new Error('an answer of git begins without its head')
  const body = Readable.from(answer, { objectMode: false })
  return reply.status(head.status).headers(head.headers).send(body)
}

/** The first request of every fetch and push, which lists the refs. */
function addRefsRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.get<OfRepository>(
    '/git/:repository/info/refs',
    { config: { access: 'public' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const query = refsQuery.safeParse(request.query)
      if (!query.success) throw dumbProtocolRefused({})
      const list = query.data.service === 'git-upload-pack' ? listRefsToFetch : listRefsToPush
      const asked = { ...(await gitRequest(deps, request)), gone: disconnectSignal(reply) }
      return send(reply, gitInTurn(deps.historyQueues.fetches, asked, list(deps, asked)))
    },
  )
}

function addFetchRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.post<OfRepository>(
    '/git/:repository/git-upload-pack',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const asked = { ...(await gitRequest(deps, request)), gone: disconnectSignal(reply) }
      const answer = serveFetch(deps, { ...asked, body: request.raw })
      return send(reply, gitInTurn(deps.historyQueues.fetches, asked, answer))
    },
  )
}

function addPushRoute(scope: FastifyInstance, deps: GitHostDeps): void {
  scope.post<OfRepository>(
    '/git/:repository/git-receive-pack',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const closed = disconnectSignal(reply)
      const asked = { ...(await gitRequest(deps, request)), body: request.raw }
      if (isProbe(asked.headers)) return send(reply, answerProbe(deps, asked))
      const push = { ...asked, language: languageOf(request), origin: request.publicOrigin, closed }
      const turn = { actor: asked.actor, gone: closed }
      return send(reply, gitInTurn(deps.historyQueues.pushes, turn, receivePush(deps, push)))
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
