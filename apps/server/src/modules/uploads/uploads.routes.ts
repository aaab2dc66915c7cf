import { Server } from '@tus/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { internalError } from '../../lib/internal.errors.ts'
import { actorOf, addRoute, apiPrefix } from '../../http/route.ts'
import { leaveBodiesUnread } from '../../http/unread-bodies.ts'
import type { Actor } from '../../lib/actor.ts'
import type { AppError } from '../../lib/errors.ts'
import type { StorageReservation } from '../quotas/storage-quota.ts'
import {
  uploadCut,
  uploadDiskFull,
  uploadNotFound,
  uploadOffsetWrong,
  uploadOverLimit,
  uploadRefused,
} from './uploads.errors.ts'
import { loadUpload, roomForUpload, uploaderOf, type UploadsDeps } from './uploads.usecases.ts'

const path = `${apiPrefix}/uploads`

/** The tus server, with the actor of each request and the room for a new upload, because its hooks get only the request. */
type Tus = {
  server: Server
  owners: WeakMap<object, Actor>
  reservations: WeakMap<object, StorageReservation>
}

function createTus(deps: UploadsDeps): Tus {
  const owners = new WeakMap<object, Actor>()
  const reservations = new WeakMap<object, StorageReservation>()
  const server = new Server({
    path,
    datastore: deps.store,
    maxSize: deps.limitBytes,
    relativeLocation: true,
    allowedOrigins: [],
    namingFunction: () => randomUUID(),
    onUploadCreate: async (request, upload) => {
      const actor = owners.get(request)
      const reservation = reservations.get(request)
      // From then on its announced bytes count there.
      if (reservation) deps.store.onceKnown(upload.id, reservation.settle)
      return { metadata: { ...upload.metadata, owner: actor ? uploaderOf(actor) : null } }
    },
  })
  return { server, owners, reservations }
}

/** A body as a web stream that is read only as fast as its reader asks. Cancelling it leaves the connection open. */
function bodyOf(request: FastifyRequest): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = request.raw.iterator({ destroyOnReturn: false })
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: async () => void (await chunks.return?.()),
    },
    { highWaterMark: 0 },
  )
}

const addressOf = (id: string): string => `http://localhost${path}${id === '' ? '' : `/${id}`}`

/**
 * Converts a request for the tus server, without reading its body. `id` is the upload that the sender has been
 * authorized to change.
 */
function webRequest(request: FastifyRequest, id: string, { owners }: Tus): Request {
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  const hasBody = request.method === 'POST' || request.method === 'PATCH'
  const web = new Request(addressOf(id), {
    method: request.method,
    headers,
    ...(hasBody && { body: bodyOf(request), duplex: 'half' as const }),
  })
  owners.set(web, actorOf(request))
  return web
}

/**
 * The OPTIONS request to the tus server. Anybody may send it, and the client's protocol version does not
 * matter (tus 1.0, 3.3).
 */
const optionsRequest = (): Request => new Request(addressOf(''), { method: 'OPTIONS' })

function passOn(reply: FastifyReply, response: Response): FastifyReply {
  response.headers.forEach((value, name) => void reply.header(name, value))
  return reply.status(response.status).send()
}

/** States when an upload expires, if it is still there. A new one has its id in the answer alone. */
async function stateExpiry({ store }: UploadsDeps, response: Response, id: string): Promise<void> {
  const expires = await store.expiresAt(id || basename(response.headers.get('location') ?? ''))
  if (expires) response.headers.set('upload-expires', expires.toUTCString())
}

/** Turns a refusal of the tus server into our own error. */
function refusalOf(status: number, reason: string, deps: UploadsDeps, id: string): AppError {
  switch (status) {
    case 404:
    case 410:
      return uploadNotFound({ upload_id: id })
    case 409:
      return uploadOffsetWrong({})
    case 413:
      return uploadOverLimit({ limit_bytes: deps.limitBytes })
    case 507:
      return uploadDiskFull({})
    // What it does not implement, such as joining uploads, is the sender's mistake.
    case 501:
      return uploadRefused({ reason: reason.trim() })
    default:
      return status >= 500 ? internalError({}, new Error(reason)) : uploadRefused({ reason: reason.trim() })
  }
}

async function answer(
  deps: UploadsDeps,
  tus: Tus,
  {
    request,
    reply,
    id,
    reservation,
  }: { request: FastifyRequest; reply: FastifyReply; id: string; reservation?: StorageReservation },
): Promise<FastifyReply> {
  const web = webRequest(request, id, tus)
  if (reservation) tus.reservations.set(web, reservation)
  const response = await tus.server.handleWeb(web)
  if (response.status < 400) {
    await stateExpiry(deps, response, id)
    return passOn(reply, response)
  }
  if (request.raw.readableAborted || request.raw.errored) throw uploadCut({})
  // The rest of a refused body is read and dropped, so that the sender can read the answer.
  request.raw.unpipe()
  request.raw.resume()
  throw refusalOf(response.status, await response.text(), deps, id)
}

/** Creates an upload, if there is room for what it announces. */
async function create(
  deps: UploadsDeps,
  tus: Tus,
  http: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const length = http.request.headers['upload-length']
  const reservation = await roomForUpload(
    deps,
    actorOf(http.request),
    length === undefined ? length : String(length),
  )
  try {
    return await answer(deps, tus, { ...http, id: '', reservation })
  } finally {
    reservation.giveBack()
  }
}

/** Adds the routes of resumable uploads. Bodies are written to disk as they arrive. */
export async function registerUploadRoutes(app: FastifyInstance, deps: UploadsDeps): Promise<void> {
  const tus = createTus(deps)
  await app.register(async (scope) => {
    // Only tus reads them.
    leaveBodiesUnread(scope)
    const limit = { bodyLimit: deps.limitBytes }
    addRoute(scope, 'OPTIONS /uploads', async (_input, { reply }) =>
      passOn(reply, await tus.server.handleWeb(optionsRequest())),
    )
    addRoute(scope, 'POST /uploads', (_input, context) => create(deps, tus, context), limit)
    for (const key of ['HEAD /uploads/{id}', 'PATCH /uploads/{id}', 'DELETE /uploads/{id}'] as const)
      addRoute(
        scope,
        key,
        async ({ params: { id } }, context) => {
          await loadUpload(deps, { actor: actorOf(context.request), id })
          return answer(deps, tus, { ...context, id })
        },
        limit,
      )
  })
}
