import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { slug } from '@vitrine/contract'
import { runHttpBackend, type GitHttpRequest } from '../../adapters/code-host/git-http-backend.ts'
import { emptyAdvertisement, pushResultType } from '../../adapters/code-host/empty-advertisement.ts'
import { languageOf } from '../../http/language.ts'
import { answerErrorsAs } from '../../http/protocol-errors.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import { repositoryOf, respond, type GitHttpDeps, type RepositoryDeps } from './git-http.deps.ts'
import {
  dumbProtocolRefused,
  gitSignInRequired,
  repositoryNotFound,
  uploadTooLarge,
} from './sources.errors.ts'
import { takePush } from './take-push.ts'

const signIn = gitSignInRequired({})
const services = { 'git-upload-pack': 'read', 'git-receive-pack': 'write' } as const
type Service = keyof typeof services
const isService = (name: string | undefined): name is Service =>
  name !== undefined && Object.hasOwn(services, name)

/** Before a push whose length it does not know, git sends a request with an empty packet, which changes nothing. */
const probeBytes = 4

const algorithmOf = (repository: string): string => {
  const id = slug.safeParse(repository.replace(/\.git$/, ''))
  if (!repository.endsWith('.git') || !id.success) throw repositoryNotFound({ repository })
  return id.data
}

async function admit(deps: GitHttpDeps, request: FastifyRequest, algorithmId: string, service: Service) {
  const header = request.headers.authorization
  const actor = header && /^basic /i.test(header) ? await deps.authenticateBasic(header) : null
  if (!actor) throw gitSignInRequired({})
  // The audit log names who pushed, and who tried what they may not.
  request.actor = actor
  const is = await deps.authorise(actor, algorithmId, services[service])
  return { actor, isNew: is === 'new' }
}

const headersOf = (request: FastifyRequest): GitHttpRequest['headers'] => {
  const { headers } = request
  const gitProtocol = headers['git-protocol']
  return {
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    contentLength: headers['content-length'],
    gitProtocol: typeof gitProtocol === 'string' ? gitProtocol : undefined,
  }
}

async function answer(
  deps: RepositoryDeps & Pick<GitHttpDeps, 'packBytes'>,
  reply: FastifyReply,
  request: GitHttpRequest,
) {
  const { packBytes } = deps
  return respond(
    reply,
    await runHttpBackend({ repository: repositoryOf(deps, request.algorithmId), packBytes }, request),
  )
}

/** The first request of every fetch and push, which lists the refs. */
function addRefsRoute(scope: FastifyInstance, deps: GitHttpDeps): void {
  scope.get<{ Params: { repository: string }; Querystring: { service?: string } }>(
    '/git/:repository/info/refs',
    { config: { access: 'public' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const { service } = request.query
      if (!isService(service)) throw dumbProtocolRefused({})
      const algorithmId = algorithmOf(request.params.repository)
      const { actor, isNew } = await admit(deps, request, algorithmId, service)
      // A push without room is refused before anything is sent.
      if (service === 'git-receive-pack') await deps.needRoom(actor, algorithmId)
      // Nothing is made before something arrives: who only asks would leave it behind.
      if (isNew)
        return reply
          .type(emptyAdvertisement.type)
          .header('cache-control', 'no-cache')
          .send(emptyAdvertisement.body)
      return answer(deps, reply, {
        algorithmId,
        method: 'GET',
        action: 'info/refs',
        query: `service=${service}`,
        headers: headersOf(request),
        userName: actor.name,
        body: null,
      })
    },
  )
}

function addServiceRoute(scope: FastifyInstance, deps: GitHttpDeps, service: Service): void {
  scope.post<{ Params: { repository: string } }>(
    `/git/:repository/${service}`,
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const algorithmId = algorithmOf(request.params.repository)
      const { actor, isNew } = await admit(deps, request, algorithmId, service)
      const { 'content-length': length, 'content-encoding': encoding } = request.headers
      const stated = encoding === undefined && length !== undefined ? Number(length) : deps.packBytes
      if (stated > deps.packBytes) throw uploadTooLarge({ limit_bytes: deps.packBytes })
      const call: GitHttpRequest = {
        algorithmId,
        method: 'POST',
        action: service,
        query: '',
        headers: headersOf(request),
        userName: actor.name,
        body: request.raw,
      }
      if (service === 'git-receive-pack' && stated > probeBytes)
        return takePush(deps, { request, reply, actor, call, most: stated, isNew })
      return isNew ? reply.type(pushResultType).send('') : answer(deps, reply, call)
    },
  )
}

/**
 * The built-in git host over HTTP at `/git/<algorithm id>.git`. Only git's smart protocol, answered by `git
 * http-backend`. A push to `main` becomes the algorithm's next version if its code is recognised, and the
 * client prints the version. Errors are plain text, which git shows as `remote: …`.
 */
export async function registerGitHttp(app: FastifyInstance, deps: GitHttpDeps): Promise<void> {
  await app.register(async (scope) => {
    // Only git reads them.
    leaveBodiesUnread(scope)
    answerErrorsAs(scope, (error, request) => ({
      type: 'text/plain; charset=utf-8',
      text: `${error.messageIn(languageOf(request))}\n`,
      ...(error.status === 401 && { headers: signIn.headers }),
    }))
    addRefsRoute(scope, deps)
    addServiceRoute(scope, deps, 'git-upload-pack')
    addServiceRoute(scope, deps, 'git-receive-pack')
  })
}
