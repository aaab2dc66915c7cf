import type { FastifyInstance, FastifyReply } from 'fastify'
import parseRange from 'range-parser'
import { actorOf, addRoute } from '../../http/route.ts'
import { assetMissingFile, rangeNotSatisfiable } from './assets.errors.ts'
import { toAsset } from './assets.repository.ts'
import {
  deleteAsset,
  listAssets,
  loadAsset,
  uploadAsset,
  variantKey,
  type AssetsDeps,
} from './assets.usecases.ts'

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
  deps: AssetsDeps,
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

/** Adds the routes of media files. */
export function addAssetRoutes(app: FastifyInstance, deps: AssetsDeps): void {
  addRoute(app, 'GET /assets', ({ query }, { request }) =>
    listAssets(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'GET /assets/{id}', async ({ params }, { request }) =>
    toAsset(await loadAsset(deps, { actor: actorOf(request), id: params.id })),
  )
  addRoute(app, 'POST /assets', async (_input, { request }) => {
    const part = await request.file({ limits: { fileSize: deps.limitBytes + 1 } })
    if (!part || part.fieldname !== 'file') throw assetMissingFile({})
    return uploadAsset(deps, { actor: actorOf(request), name: part.filename, content: part.file })
  })
  addRoute(app, 'DELETE /assets/{id}', async ({ params }, { request }) =>
    deleteAsset(deps, { actor: actorOf(request), id: params.id }),
  )
  addRoute(app, 'GET /assets/{id}/content', async ({ params, query }, { request, reply }) => {
    const row = await loadAsset(deps, { actor: actorOf(request), id: params.id })
    const key = variantKey(row, query.variant)
    if (request.headers['if-none-match'] === `"${key}"`) return reply.status(304).send()
    return sendObject(deps, reply, { key, mime: row.mime, name: row.name, range: request.headers.range })
  })
}
