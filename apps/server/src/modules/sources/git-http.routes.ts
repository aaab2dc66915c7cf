import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { slug } from '@vitrine/contract'
import {
  newestCommit,
  runHttpBackend,
  type GitHttpRequest,
} from '../../adapters/code-host/git-http-backend.ts'
import type { Repository } from '../../adapters/code-host/git-command.ts'
import { withRemark } from '../../adapters/code-host/push-remark.ts'
import { languageOf } from '../../http/language.ts'
import { answerErrorsAs } from '../../http/protocol-errors.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'
import type { Language } from '../../lib/errors.ts'
import {
  dumbProtocolRefused,
  gitSignInRequired,
  repositoryNotFound,
  uploadTooLarge,
} from './sources.errors.ts'

/** What the built-in git host needs from the rest of the platform. */
export type GitHttpDeps = {
  repositoriesFolder: string
  /** Where git reads what others have pushed. */
  sandbox: Sandbox
  /** Largest push now, in bytes. */
  readonly packBytes: number
  /**
   * The actor of a Basic credential: any user name, and an API key or login token as password. Null or a 401
   * error for an invalid one.
   */
  authenticateBasic: (header: string) => Promise<Actor | null>
  /** Throws 403 or 404 for an algorithm that the actor may not read or push to. */
  authorise: (actor: Actor, algorithmId: string, wish: 'read' | 'write') => Promise<void>
  /** Throws `quota.code` if there is no room for any push. */
  needRoom: (actor: Actor, algorithmId: string) => Promise<void>
  /** Keeps room for a push of at most so many bytes until `giveBack` is called. Throws `quota.code` if there is none. */
  takeRoom: (
    actor: Actor,
    algorithmId: string,
    most: number,
  ) => Promise<{ bytes: number; giveBack: () => void }>
  /** Called after every push, to whatever branch. */
  onReceived?: (algorithmId: string) => void
  /** Called after a new commit on the followed branch. Its answer is shown to the person who pushed. Never rejects. */
  onPushed: (push: {
    algorithmId: string
    commit: string
    message: string
    actor: Actor
    language: Language
  }) => Promise<string>
}

const signIn = gitSignInRequired({})
const services = { 'git-upload-pack': 'read', 'git-receive-pack': 'write' } as const
type Service = keyof typeof services
const isService = (name: string | undefined): name is Service =>
  name !== undefined && Object.hasOwn(services, name)

/** Before a push whose length it does not know, git sends a request with an empty packet, which changes nothing. */
const probeBytes = 4

/** Said after a push to the name of a new algorithm that leaves out the branch of which it is made. */
const nothingFollowed: Record<Language, string> = {
  zh: '没有创建算法：分支 main 还没有提交，请推送到 main',
  en: 'No algorithm was created: there is no commit on the branch main yet, so push to main',
}

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
  await deps.authorise(actor, algorithmId, services[service])
  return actor
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

type RepositoryDeps = Pick<GitHttpDeps, 'repositoriesFolder' | 'sandbox'>

const repositoryOf = ({ repositoriesFolder, sandbox }: RepositoryDeps, algorithmId: string): Repository => ({
  path: join(repositoriesFolder, `${algorithmId}.git`),
  sandbox,
})

async function answer(
  deps: RepositoryDeps & Pick<GitHttpDeps, 'packBytes'>,
  reply: FastifyReply,
  request: GitHttpRequest,
  wrap: (body: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = (body) => body,
) {
  const backend = { repository: repositoryOf(deps, request.algorithmId), packBytes: deps.packBytes }
  const { status, headers, body } = await runHttpBackend(backend, request)
  return reply
    .status(status)
    .headers(headers)
    .send(Readable.from(wrap(body), { objectMode: false }))
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
      const actor = await admit(deps, request, algorithmId, service)
      // A push without room is refused before anything is sent.
      if (service === 'git-receive-pack') await deps.needRoom(actor, algorithmId)
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
      const actor = await admit(deps, request, algorithmId, service)
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
      if (service === 'git-upload-pack' || stated <= probeBytes) return answer(deps, reply, call)
      const room = await deps.takeRoom(actor, algorithmId, stated)
      // Who left while waiting for room has closed already, and `close` does not come again.
      if (reply.raw.destroyed) {
        room.giveBack()
        return reply.hijack()
      }
      reply.raw.once('close', room.giveBack)
      const repository = repositoryOf(deps, algorithmId)
      const before = await newestCommit(repository)
      const remark = async () => {
        deps.onReceived?.(algorithmId)
        const after = await newestCommit(repository)
        const language = languageOf(request)
        if (!after) return nothingFollowed[language]
        if (after.commit === before?.commit) return null
        return deps.onPushed({ algorithmId, commit: after.commit, message: after.subject, actor, language })
      }
      // To git, no bytes would mean any number.
      const within = { ...deps, packBytes: Math.max(1, room.bytes) }
      return answer(within, reply, call, (body) => withRemark(body, remark))
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
