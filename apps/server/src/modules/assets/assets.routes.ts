import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { assetFromUpload } from '@vitrine/contract'
import type { AssetVariant } from '@vitrine/contract'
import { withFormFile } from '../../http/forms.ts'
import { languageOf } from '../../http/language.ts'
import { parseAs } from '../../http/validation.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { sendObject } from '../../http/send-object.ts'
import { AppError } from '../../lib/errors.ts'
import { consumeUpload, type UploadsDeps } from '../uploads/uploads.usecases.ts'
import type { AssetsDeps } from './assets.deps.ts'
import { assetMissingFile } from './assets.errors.ts'
import { toAsset, type StoredAsset } from './assets.repository.ts'
import { keepArrivedFile, uploadAsset } from './keep-asset.ts'
import {
  changeAsset,
  deleteAsset,
  listAssets,
  loadAsset,
  usesOfAsset,
  variantOf,
  type LibraryDeps,
} from './assets.usecases.ts'

type RouteDeps = LibraryDeps & { arrived: UploadsDeps }

/** Answers with one form of an asset that the actor may see. Supports ranges and 304. */
export async function sendAsset(
  deps: Pick<AssetsDeps, 'objects'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  row: StoredAsset,
  variant: AssetVariant,
): Promise<FastifyReply> {
  const { key, mime } = variantOf(row, variant)
  return sendObject(deps.objects, http, { key, mime, name: row.name })
}

async function receive(deps: AssetsDeps, request: FastifyRequest): Promise<StoredAsset> {
  const options = { atMostBytes: deps.limitBytes(), missing: () => assetMissingFile({}) }
  return withFormFile(request, options, (file) => uploadAsset(deps, { actor: actorOf(request), ...file }))
}

/** Whether a file is refused for what it is: it would only fill its sender's room until it expires. */
const isWrongFile = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'asset.empty' || error.code === 'asset.too_large')

/** Makes an asset from a complete resumable upload. */
async function receiveArrived(deps: RouteDeps, request: FastifyRequest): Promise<StoredAsset> {
  const { upload_id: id, name } = parseAs(assetFromUpload, request.body)
  const actor = actorOf(request)
  return consumeUpload(
    deps.arrived,
    { actor, id },
    (file) => keepArrivedFile(deps, { actor, path: file.path, name: name ?? file.name ?? 'file' }),
    isWrongFile,
  )
}

/** Adds the routes of media files. */
export function addAssetRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const shown = (request: FastifyRequest, row: StoredAsset) => toAsset(row, languageOf(request))

  addRoute(app, 'GET /assets', async ({ query }, { request }) => {
    const { items, total } = await listAssets(deps, { actor: actorOf(request), query })
    return { items: items.map((row) => shown(request, row)), total }
  })
  addRoute(app, 'GET /media-tools', async () => ({
    available: deps.tools !== null,
    limit_bytes: deps.limitBytes(),
  }))
  addRoute(app, 'GET /assets/{id}', async ({ params }, { request }) =>
    shown(request, await loadAsset(deps, { actor: actorOf(request), id: params.id })),
  )
  addRoute(app, 'POST /assets', async (_input, { request }) =>
    shown(request, await (request.isMultipart() ? receive(deps, request) : receiveArrived(deps, request))),
  )
  addRoute(app, 'PATCH /assets/{id}', async ({ params, body }, { request }) =>
    shown(request, await changeAsset(deps, { actor: actorOf(request), id: params.id, change: body })),
  )
  addRoute(app, 'GET /assets/{id}/uses', ({ params }, { request }) =>
    usesOfAsset(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'DELETE /assets/{id}', async ({ params }, { request }) =>
    deleteAsset(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'GET /assets/{id}/content', async ({ params, query }, { request, reply }) => {
    const row = await loadAsset(deps, { actor: actorOf(request), id: params.id })
    return sendAsset(deps, { request, reply }, row, query.variant)
  })
}
