import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { basename } from 'node:path/posix'
import {
  algorithmFromUpload,
  inLanguage,
  textIn,
  type Algorithm,
  type AlgorithmFromUpload,
  type AlgorithmVersion,
  type EndpointResponse,
  type ListedVersion,
} from '@vitrine/contract'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { readingForm } from '../../http/forms.ts'
import { languageOf } from '../../http/language.ts'
import { parseAs } from '../../http/validation.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import type { Language } from '../../lib/errors.ts'
import { withUploadedArchive } from '../sources/uploaded-archive.ts'
import { acceptUploads, withUpload, type ReceivedUpload } from '../sources/receive-upload.ts'
import { readUpload, consumeUpload, type UploadsDeps } from '../uploads/uploads.usecases.ts'
import { requireAlgorithm, type AlgorithmsDeps } from './algorithms.deps.ts'
import type { AlgorithmWithLatest } from './algorithms.repository.ts'
import type { ListedVersionRow, VersionRow } from './algorithm-versions.repository.ts'
import { uploadMessage } from './recognise-upload.ts'
import { storePackage } from './store-package.ts'
import {
  browseAlgorithms,
  browseVersions,
  deleteAlgorithm,
  describeAlgorithm,
  inspectPackage,
  openFile,
  readPath,
  readVersion,
} from './algorithms.usecases.ts'

/** An algorithm in the form of the API, in the language of the request. */
export const shownAlgorithm = (
  deps: Pick<AlgorithmsDeps, 'codeHost'>,
  request: FastifyRequest,
  found: AlgorithmWithLatest,
): Algorithm => {
  const { row, latest, repository } = found
  const isOurs = repository?.provider !== 'gitea'
  const say = textIn(row.translations, languageOf(request))
  return {
    id: row.id,
    name: say(row.name),
    task: row.task,
    description: say(row.description),
    owner: row.ownerName,
    latest_version: latest,
    repository_url: isOurs ? deps.codeHost.cloneUrl(row.id, request.publicOrigin) : repository.url,
    code_host: isOurs ? 'builtin' : 'gitea',
    branch: repository?.branch ?? 'main',
    folder: repository?.folder ?? '',
    refused_push: refusedPushOf(repository, languageOf(request)),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

/** The newest push, if it became no version. One that is older than the newest version says nothing any more. */
function refusedPushOf(repository: AlgorithmWithLatest['repository'], language: Language) {
  const push = repository?.refusedPush
  if (!push || (repository.lastSyncAt && Date.parse(push.pushedAt) < repository.lastSyncAt.getTime()))
    return null
  const { commit, message, pushedBy, pushedAt, reason } = push
  return { commit, message, pushed_by: pushedBy, pushed_at: pushedAt, reason: reason[language] }
}

/** A version in the form of the API, in the language of the request. */
export function shownVersion(request: FastifyRequest, row: VersionRow): AlgorithmVersion {
  const manifest = inLanguage(row.manifest, languageOf(request))
  return {
    id: row.id,
    number: row.number,
    commit: row.commit,
    message: row.message === uploadMessage(row.manifest) ? uploadMessage(manifest) : row.message,
    manifest,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
  }
}

/** A version in the form of lists. */
const shownInList = ({ shown, ...row }: ListedVersionRow): ListedVersion => ({
  id: row.id,
  number: row.number,
  commit: row.commit,
  message:
    row.message === uploadMessage(shown.written)
      ? uploadMessage({ ...shown.written, name: shown.name })
      : row.message,
  quality: shown.quality,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
})

/**
 * Types that a browser may show. All other files are sent as bytes. SVG and HTML are missing because they can
 * run scripts.
 */
const safeTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  webm: 'video/webm',
}

/** Sends a file as a download. The returned value only satisfies the type: the reply has already been sent. */
async function sendFile(
  reply: FastifyReply,
  path: string,
  file: Awaited<ReturnType<typeof openFile>>,
): Promise<EndpointResponse<'GET /algorithms/{id}/files'>> {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
  await reply
    .header('content-type', safeTypes[ending] ?? 'application/octet-stream')
    .header('content-length', file.size)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(basename(path))}`)
    .header('x-content-type-options', 'nosniff')
    .send(file.content)
  return { type: 'file', size: file.size, content: null }
}

/** What the routes that receive packages need. */
export type UploadRouteDeps = AlgorithmsDeps & { arrived: UploadsDeps }

/**
 * Gives a package to `use`, from the form of the request or from a resumable upload, which `arrival` gets. Throws `quota.uploads` if the
 * sender has too many forms and uploads open: each takes the disk until it is read. A resumable upload counts already.
 */
export async function withPackage<T>(
  deps: UploadRouteDeps,
  request: FastifyRequest,
  arrival: typeof consumeUpload<T>,
  use: (upload: ReceivedUpload) => Promise<T>,
): Promise<T> {
  const useArrived = ({ upload_id: id, ...given }: AlgorithmFromUpload) =>
    arrival(deps.arrived, { actor: actorOf(request), id }, (file) =>
      withUploadedArchive(file, given, deps.uploads, use),
    )
  if (!request.isMultipart()) return useArrived(parseAs(algorithmFromUpload, request.body))
  const leave = await readingForm(request, () => deps.arrived.storageQuota.forPackage(actorOf(request)))
  try {
    return await withUpload(request, deps.uploads, use, useArrived)
  } finally {
    leave()
  }
}

function addUploadRoutes(app: FastifyInstance, deps: UploadRouteDeps): void {
  addRoute(app, 'POST /algorithms', (_input, { request }) =>
    withPackage(deps, request, consumeUpload, async (upload) => {
      const input = { upload, actor: actorOf(request), language: languageOf(request) }
      const stored = await storePackage(deps, input)
      return {
        algorithm: shownAlgorithm(deps, request, stored.algorithm),
        version: shownVersion(request, stored.version),
        named_from: stored.namedFrom,
        warnings: stored.warnings,
      }
    }),
  )
  addRoute(app, 'POST /algorithms/inspect', (_input, { request, reply }) => {
    const input = { actor: actorOf(request), language: languageOf(request), signal: disconnectSignal(reply) }
    return withPackage(deps, request, readUpload, (upload) => inspectPackage(deps, { upload, ...input }))
  })
}

function addAlgorithmRoutes(app: FastifyInstance, deps: AlgorithmsDeps): void {
  addRoute(app, 'GET /algorithms', async ({ query }, { request }) => {
    const { items, total } = await browseAlgorithms(deps, { actor: actorOf(request), query })
    return { items: items.map((found) => shownAlgorithm(deps, request, found)), total }
  })
  addRoute(app, 'GET /algorithms/{id}', async ({ params }, { request }) =>
    shownAlgorithm(deps, request, await requireAlgorithm(deps, params.id)),
  )
  const before = async ({ id }: { id: string }, request: FastifyRequest) =>
    shownAlgorithm(deps, request, await requireAlgorithm(deps, id))
  addRoute(
    app,
    'PATCH /algorithms/{id}',
    async ({ params, body }, { request }) => {
      const change = { id: params.id, change: body, actor: actorOf(request) }
      return shownAlgorithm(deps, request, await describeAlgorithm(deps, change))
    },
    { before },
  )
  addRoute(
    app,
    'DELETE /algorithms/{id}',
    ({ params }, { request }) => deleteAlgorithm(deps, { id: params.id, actor: actorOf(request) }),
    { before },
  )
  addRoute(app, 'GET /algorithms/{id}/versions', async ({ params, query }, { request }) => {
    const language = languageOf(request)
    const { items, total } = await browseVersions(deps, params.id, { ...query, language })
    return { items: items.map(shownInList), total }
  })
  addRoute(app, 'GET /algorithms/{id}/versions/{number}', async ({ params }, { request }) =>
    shownVersion(request, await readVersion(deps, params)),
  )
  addRoute(app, 'GET /algorithms/{id}/files', async ({ params, query }, { reply }) => {
    const place = { algorithmId: params.id, ref: query.ref, path: query.path }
    return query.raw ? sendFile(reply, query.path, await openFile(deps, place)) : readPath(deps, place)
  })
}

/** Adds the routes of algorithms, their code and their uploads. */
export async function registerAlgorithmRoutes(app: FastifyInstance, deps: UploadRouteDeps): Promise<void> {
  await app.register(async (scope) => {
    await acceptUploads(scope, deps.uploads.limits)
    addUploadRoutes(scope, deps)
  })
  addAlgorithmRoutes(app, deps)
}
