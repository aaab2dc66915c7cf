import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bounds, sha256 } from '@vitrine/contract'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import { languageOf, learnLanguage } from '../../http/language.ts'
import { answerErrorsAs } from '../../http/protocol-errors.ts'
import { actorOf } from '../../http/route.ts'
import { sendObject } from '../../http/send-object.ts'
import { parseAs } from '../../http/validation.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import type { Actor } from '../../lib/actor.ts'
import { mayGiveFiles } from '../../lib/policy.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { pointersTo } from '../models/lfs-pointer.ts'
import { modelNotFound } from '../models/models.errors.ts'
import type { ModelGrants } from '../models/model-grants.ts'
import type { StoredModel } from '../models/models.repository.ts'
import { keepModel, type ModelsDeps } from '../models/models.usecases.ts'
import { readInTurn, type GitQueues } from '../quotas/git-queues.ts'
import { growBeyond, type StorageQuota } from '../quotas/storage-quota.ts'
import { uploadCut } from '../uploads/uploads.errors.ts'
import { requireModelFetch, requireModelPush } from './git-access.ts'
import { batchAnswer, batchRequest, lfsType } from './lfs-batch.ts'
import { algorithmOf, signInForLong, type OfRepository } from './repository-route.ts'

/** What Git LFS on the built-in host needs. */
type LfsDeps = Omit<ModelsDeps, 'usesOf'> & {
  modelGrants: Pick<ModelGrants, 'give' | 'usable'>
  storageQuota: StorageQuota
  /**
   * The actor of a Basic credential: any user name, and an API key or login token as password. Null or a 401 error for an invalid one.
   * Tokens of repositories open no model files.
   */
  authenticateBasic: (header: string) => Promise<Actor | null>
  /** Only for passing it on to the use cases of algorithms. */
  algorithms: AlgorithmsDeps
  gitQueues: Pick<GitQueues, 'reads'>
  codeHost: Pick<CodeHost, 'heldContents'>
}

type OfObject = { Params: OfRepository['Params'] & { oid: string } }

/** The model files of the owner for which the repository has a pointer. Waits for the person's turn, because git reads the history. */
async function namedIn(
  deps: LfsDeps,
  reply: FastifyReply,
  { algorithmId, rows }: { algorithmId: string; rows: readonly StoredModel[] },
): Promise<StoredModel[]> {
  const held = await readInTurn(deps.gitQueues, reply, () =>
    deps.codeHost.heldContents(algorithmId, rows.flatMap(pointersTo)),
  )
  return rows.filter((row) => pointersTo(row).some((text) => held.has(text)))
}

/**
 * Whether what is sent is noted with the name now. For a name that no algorithm has, the push that follows does it: otherwise one file could
 * be noted with any number of names. Whom a key limits to some names does not give files by a push.
 */
const isNoted = (actor: Actor, { id, isNew }: { id: string; isNew: boolean }): boolean =>
  !isNew || !mayGiveFiles(actor, id)

/** The first request of each push and pull: answers where the objects are sent to or read from. */
async function answerBatch(deps: LfsDeps, request: FastifyRequest<OfRepository>, reply: FastifyReply) {
  const batch = parseAs(batchRequest, request.body)
  const isUpload = batch.operation === 'upload'
  const actor = actorOf(request)
  const algorithmId = algorithmOf(request)
  const owner = await (isUpload ? requireModelPush : requireModelFetch)(deps.algorithms, actor, algorithmId)
  const digests = batch.objects.map(({ oid }) => oid)
  const to = { algorithmId, ownerId: owner.id }
  // The owner need not send again what they have. Others send what this algorithm has not: so they are not told what it is that the
  // owner has elsewhere, and have it themselves.
  const shown = isUpload
    ? await deps.modelGrants.usable(actor, to, digests)
    : await namedIn(deps, reply, { algorithmId, rows: await deps.models.owned(owner.id, digests) })
  const has = new Set(shown.map((row) => row.sha256))
  if (isUpload && isNoted(actor, owner)) await deps.modelGrants.give(actor, to, [...has])
  const { authorization = '' } = request.headers
  const folder = `${request.publicOrigin}/git/${algorithmId}.git/info/lfs/objects`
  // The client sends the credential that it has just sent here.
  const actionOf = (oid: string) => ({ href: `${folder}/${oid}`, header: { Authorization: authorization } })
  return reply
    .type(lfsType)
    .send(batchAnswer(batch, has, { actionOf, largest: deps.limitBytes(), language: languageOf(request) }))
}

/** Keeps an object while it arrives. Room for it is taken from the owner of the algorithm. */
async function receive(deps: LfsDeps, request: FastifyRequest<OfObject>, reply: FastifyReply) {
  const actor = actorOf(request)
  const algorithmId = algorithmOf(request)
  const owner = await requireModelPush(deps.algorithms, actor, algorithmId)
  const oid = parseAs(sha256, request.params.oid)
  const stated = Number(request.headers['content-length'] ?? 0)
  const reservation = await deps.storageQuota.forUpload({ ...actor, id: owner.id }, stated)
  try {
    await keepModel(deps, {
      owner,
      name: `${algorithmId}-${oid.slice(0, 8)}`,
      origin: 'lfs',
      expected: oid,
      content: request.raw.iterator({ destroyOnReturn: false }),
      grow: growBeyond(reservation, stated),
    })
    reservation.settle()
    // The sender has all of the file and has sent it for this algorithm, so the algorithm may use it.
    if (isNoted(actor, owner)) await deps.models.give({ algorithmId, ownerId: owner.id }, [oid])
  } catch (error) {
    throw request.raw.errored ? uploadCut({}, error) : error
  } finally {
    reservation.giveBack()
  }
  return reply.status(200).send()
}

/**
 * Sends a file for which this repository has a pointer. A digest alone opens nothing: other files of the same owner belong to
 * other algorithms, or to none.
 */
async function send(deps: LfsDeps, request: FastifyRequest<OfObject>, reply: FastifyReply) {
  const algorithmId = algorithmOf(request)
  const owner = await requireModelFetch(deps.algorithms, actorOf(request), algorithmId)
  const oid = parseAs(sha256, request.params.oid)
  const [row] = await namedIn(deps, reply, { algorithmId, rows: await deps.models.owned(owner.id, [oid]) })
  const size = await deps.store.size(oid)
  if (!row || size === null) throw modelNotFound({ model_id: oid })
  const objects = {
    size: async () => size,
    read: async (_key: string, range?: { start: number; end: number }) => deps.store.read(oid, range),
  }
  return sendObject(
    objects,
    { request, reply },
    { key: oid, mime: 'application/octet-stream', name: row.name },
  )
}

const open = { config: { access: 'public' }, schema: { hide: true } } as const
const folder = '/git/:repository/info/lfs/objects'

/** The largest body of a batch request, in bytes. The client asks for at most a hundred objects at once. */
const mostBatchBytes = 256 * 1024

/** Adds the batch route. It alone reads its body as JSON, and a small one. */
async function addBatchRoute(scope: FastifyInstance, deps: LfsDeps): Promise<void> {
  await scope.register(async (own) => {
    // By their names, so that room is taken for what they collect.
    own.addContentTypeParser(
      ['application/json', 'application/vnd.git-lfs+json'],
      { parseAs: 'string' },
      (_request, body, done) => {
        try {
          done(null, JSON.parse(String(body)))
        } catch {
          // What is no JSON has none of the fields.
          done(null, null)
        }
      },
    )
    const small = { ...open, bodyLimit: mostBatchBytes }
    own.post<OfRepository>(`${folder}/batch`, small, (request, reply) => answerBatch(deps, request, reply))
  })
}

/**
 * Git LFS on the built-in host at `/git/<algorithm id>.git/info/lfs`: the batch API with basic transfers (git-lfs,
 * docs/api). Objects are model files of the owner of the algorithm. There are no locks; the client goes on without.
 */
export async function registerLfs(app: FastifyInstance, deps: LfsDeps): Promise<void> {
  await app.register(async (scope) => {
    leaveBodiesUnread(scope)
    answerErrorsAs(scope, (error, request) => ({
      type: lfsType,
      text: JSON.stringify({ message: error.messageIn(languageOf(request)), request_id: request.id }),
    }))
    scope.addHook<OfRepository>('onRequest', async (request, reply) => {
      const may = request.method === 'GET' ? requireModelFetch : requireModelPush
      await signInForLong(request, reply, {
        authenticate: deps.authenticateBasic,
        // The batch itself is short, and says whether it is for a pull.
        may: async (actor) => request.method === 'POST' || may(deps.algorithms, actor, algorithmOf(request)),
      })
      await learnLanguage(request)
    })
    await addBatchRoute(scope, deps)
    // What an object may take now is counted while it arrives.
    const large = { ...open, bodyLimit: bounds.modelBytes.max }
    scope.put<OfObject>(`${folder}/:oid`, large, (request, reply) => receive(deps, request, reply))
    scope.get<OfObject>(`${folder}/:oid`, open, (request, reply) => send(deps, request, reply))
  })
}
