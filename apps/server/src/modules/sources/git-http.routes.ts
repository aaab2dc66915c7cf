import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { join } from 'node:path'
import { finished, Readable } from 'node:stream'
import { slug } from '@vitrine/contract'
import {
  arrivedCommit,
  newestCommit,
  runHttpBackend,
  type GitHttpRequest,
  type GitHttpResponse,
} from '../../adapters/code-host/git-http-backend.ts'
import type { Incoming } from '../../adapters/code-host/code-host.ts'
import { emptyAdvertisement, pushResultType } from '../../adapters/code-host/empty-advertisement.ts'
import type { Repository } from '../../adapters/code-host/git-command.ts'
import { followedBranch } from '../../adapters/code-host/git-remote.ts'
import { readPushCommands, type PushCommands } from '../../adapters/code-host/push-commands.ts'
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
  /**
   * Throws 403 or 404 for an algorithm that the actor may not read or push to. `new`: no algorithm has this name, and a push makes one.
   */
  authorise: (actor: Actor, algorithmId: string, wish: 'read' | 'write') => Promise<'known' | 'new'>
  /** Throws `quota.code` if there is no room for any push. */
  needRoom: (actor: Actor, algorithmId: string) => Promise<void>
  /** Keeps room for a push of at most so many bytes until `giveBack` is called. Throws `quota.code` if there is none. */
  takeRoom: (
    actor: Actor,
    algorithmId: string,
    most: number,
  ) => Promise<{ bytes: number; giveBack: () => void }>
  /** A repository for a push to a name that no algorithm has. */
  incoming: () => Promise<Incoming>
  /** Called after every push to an algorithm, to whatever branch. */
  onReceived?: (algorithmId: string) => void
  /**
   * Called after a new commit on the followed branch. Its answer is shown to the person who pushed. Never rejects. `incoming` has what was
   * pushed to a name that no algorithm has, and is removed afterwards unless it was kept.
   */
  onPushed: (push: {
    algorithmId: string
    incoming?: Incoming
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

type RepositoryDeps = Pick<GitHttpDeps, 'repositoriesFolder' | 'sandbox'>

const repositoryOf = ({ repositoriesFolder, sandbox }: RepositoryDeps, algorithmId: string): Repository => ({
  path: join(repositoriesFolder, `${algorithmId}.git`),
  sandbox,
})

const respond = (
  reply: FastifyReply,
  { status, headers, body }: Pick<GitHttpResponse, 'status' | 'headers' | 'body'>,
) =>
  reply
    .status(status)
    .headers(headers)
    .send(Readable.from(body, { objectMode: false }))

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

type Push = {
  request: FastifyRequest
  reply: FastifyReply
  actor: Actor
  call: GitHttpRequest
  /** The most bytes that it may have. */
  most: number
  isNew: boolean
}

/**
 * What is done at the end of a push: `remark` when git has finished. What came in to a new name is removed after that, and when the push
 * breaks off.
 */
async function endOf(
  deps: GitHttpDeps,
  { request, actor, call: { algorithmId }, commitFor }: Push & Pick<PushCommands, 'commitFor'>,
  { repository, incoming }: { repository: Repository; incoming: Incoming | undefined },
) {
  const before = incoming ? null : ((await newestCommit(repository))?.commit ?? null)
  let isOver = false
  return {
    remark: async () => {
      if (isOver) return null
      isOver = true
      try {
        if (!incoming) deps.onReceived?.(algorithmId)
        const language = languageOf(request)
        // From the push itself, and not what is newest now: somebody else may be pushing.
        const asked = commitFor(await followedBranch(repository))
        const arrived = await arrivedCommit(repository, { asked, before })
        if (!arrived) return incoming ? nothingFollowed[language] : null
        const { commit, subject: message } = arrived
        return await deps.onPushed({
          ...{ algorithmId, commit, message, actor, language },
          ...(incoming && { incoming }),
        })
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

/** Receives a push. One to a new name has a repository of its own, so that no other push or upload comes between. */
async function takePush(deps: GitHttpDeps, push: Push) {
  const { request, reply, actor, call, most, isNew } = push
  const { algorithmId } = call
  const room = await deps.takeRoom(actor, algorithmId, most)
  // Who left while waiting for room has closed already, and `close` does not come again.
  if (reply.raw.destroyed) {
    room.giveBack()
    return reply.hijack()
  }
  reply.raw.once('close', room.giveBack)
  const incoming = isNew ? await deps.incoming() : undefined
  const repository = incoming?.repository ?? repositoryOf(deps, algorithmId)
  const { onBody, commitFor } = readPushCommands(call.headers.contentEncoding !== undefined)
  const end = await endOf(deps, { ...push, commitFor }, { repository, incoming })
  // To git, no bytes would mean any number.
  const backend = { repository, packBytes: Math.max(1, room.bytes) }
  const response = await runHttpBackend(backend, { ...call, onBody }).catch(async (error: unknown) => {
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
