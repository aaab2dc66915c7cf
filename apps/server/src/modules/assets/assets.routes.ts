import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import { assetFromUpload } from '@vitrine/contract'
import type { AssetVariant } from '@vitrine/contract'
import { withFormFile } from '../../http/forms.ts'
import { languageOf } from '../../http/language.ts'
import { parseAs } from '../../http/validation.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { takeUpload, type UploadsDeps } from '../uploads/uploads.usecases.ts'
import type { AssetsDeps } from './assets.deps.ts'
import { assetMissingFile, rangeNotSatisfiable } from './assets.errors.ts'
import { toAsset, type StoredAsset } from './assets.repository.ts'
import { keepArrivedFile, uploadAsset } from './assets.store.ts'
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

/** Types that a page may show in place; everything else is offered as a download, so that no upload runs as a page of ours. */
const shownInPlace = /^(image\/(png|jpeg|gif|webp|bmp|avif)|audio\/|video\/)/

/** What a Range header asks of an object: its part, or null for all of it. Several parts are answered by all of it. */
function partOf(size: number, header: string | undefined): { start: number; end: number } | null {
  if (header === undefined) return null
  const ranges = parseRange(size, header)
  if (ranges === -1) throw rangeNotSatisfiable({ size })
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}

/** Answers with an object's bytes; its key is its content's hash, so a browser may keep it for ever. */
async function sendObject(
  deps: Pick<AssetsDeps, 'objects'>,
  reply: FastifyReply,
  object: { key: string; mime: string; name: string; range: string | undefined },
): Promise<FastifyReply> {
  const size = await deps.objects.size(object.key)
  const part = partOf(size, object.range)
  const disposition = shownInPlace.test(object.mime) ? 'inline' : 'attachment'
  reply.headers({
    'content-type': object.mime,
    'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(object.name)}`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    etag: `"${object.key}"`,
    'content-length': part ? part.end - part.start + 1 : size,
    ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${size}` }),
  })
  return reply.status(part ? 206 : 200).send(await deps.objects.read(object.key, part ?? undefined))
}

/** Answers with one form of an asset that the asker may see, with ranges; 304 to who has it already. */
export async function sendAsset(
  deps: Pick<AssetsDeps, 'objects'>,
  http: { request: FastifyRequest; reply: FastifyReply },
  row: StoredAsset,
  variant: AssetVariant,
): Promise<FastifyReply> {
  const { headers } = http.request
  const { key, mime } = variantOf(row, variant)
  if (headers['if-none-match'] === `"${key}"`) return http.reply.status(304).send()
  return sendObject(deps, http.reply, { key, mime, name: row.name, range: headers.range })
}

async function receive(deps: AssetsDeps, request: FastifyRequest): Promise<StoredAsset> {
  const options = { atMostBytes: deps.limitBytes, missing: () => assetMissingFile({}) }
  return withFormFile(request, options, (file) => uploadAsset(deps, { actor: actorOf(request), ...file }))
}

/** Makes an asset of a resumable upload that has arrived whole. */
async function receiveArrived(deps: RouteDeps, request: FastifyRequest): Promise<StoredAsset> {
  const { upload_id: id, name } = parseAs(assetFromUpload, request.body)
  const actor = actorOf(request)
  return takeUpload(deps.arrived, { actor, id }, (file) =>
    keepArrivedFile(deps, { actor, path: file.path, name: name ?? file.name ?? 'file' }),
  )
}

/** Adds the routes of media files. */
export function addAssetRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const shown = (request: FastifyRequest, row: StoredAsset) => toAsset(row, languageOf(request))

  addRoute(app, 'GET /assets', async ({ query }, { request }) => {
    const { items, total } = await listAssets(deps, { actor: actorOf(request), query })
    return { items: items.map((row) => shown(request, row)), total }
  })
  addRoute(app, 'GET /media-tools', async () => ({ available: deps.tools !== null }))
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
