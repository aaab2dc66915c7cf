import type { FastifyInstance } from 'fastify'
import { fieldRefusal } from '../../lib/invalid-request.errors.ts'
import { requireReach } from '../../lib/require-access.ts'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import type { Actor } from '../../lib/actor.ts'
import { AppError, type Language } from '../../lib/errors.ts'
import { requireAlgorithm } from '../algorithms/algorithms.deps.ts'
import {
  shownAlgorithm,
  shownVersion,
  withPackage,
  type UploadRouteDeps,
} from '../algorithms/algorithms.routes.ts'
import { storePackage } from '../algorithms/store-package.ts'
import { browseAlgorithm, readVersion } from '../algorithms/algorithms.usecases.ts'
import { shownFindings } from '../sources/finding.ts'
import { viewFolder } from '../sources/package-view.ts'
import { acceptUploads, type ReceivedUpload } from '../sources/receive-upload.ts'
import { consumeUpload } from '../uploads/uploads.usecases.ts'
import { changeInTurn, type Changed } from './code.edit.ts'

/** Files that the message of a commit names. */
const namedFiles = 3

/** The message of a commit that adds files. */
function messageOf(paths: readonly string[], language: Language): string {
  const named = paths.slice(0, namedFiles)
  const more = paths.length - named.length
  if (language === 'zh') return `上传 ${named.join('、')}${more > 0 ? ` 等 ${paths.length} 个文件` : ''}`
  return `Upload ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/**
 * Adds files to the newest version of an algorithm, or replaces those of the same path; all others stay. An unknown id is
 * registered with them. Throws what storing a package and changing code throw; then nothing is stored.
 */
async function addFiles(
  deps: UploadRouteDeps,
  input: { upload: ReceivedUpload; actor: Actor; language: Language },
): Promise<Changed> {
  const { upload, actor, language } = input
  const { algorithmId: id, findings } = upload
  if (id === undefined) throw fieldRefusal('algorithm_id', 'field.required')
  requireReach(actor, [id])
  const known = await browseAlgorithm(deps, id)
  if (!known) return storePackage(deps, input)
  // Files say where they belong; the top folder of an archive is usually that of the package.
  const folder = upload.wholeFolder ?? upload.folder
  const { files } = await viewFolder(folder)
  const written = files.map(({ path }) => path)
  const overlay = { folder, written, removed: [] }
  const message = messageOf(written, language)
  const change = { id, actor, language, base: undefined, message, overlay, keepsModes: false }
  try {
    const changed = await changeInTurn(deps, change)
    return { ...changed, warnings: [...shownFindings(findings, language), ...changed.warnings] }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'code.nothing_changed') throw error
    const algorithm = await requireAlgorithm(deps, id)
    const version = await readVersion(deps, { id, number: algorithm.latest ?? 1 })
    return { algorithm, version, warnings: shownFindings(findings, language) }
  }
}

/** Adds the upload of single files of an algorithm’s code. */
export async function registerCodeUpload(app: FastifyInstance, deps: UploadRouteDeps): Promise<void> {
  await app.register(async (scope) => {
    await acceptUploads(scope, deps.uploads.limits)
    addRoute(scope, 'POST /gitea/repos/upload', (_input, { request }) =>
      withPackage(deps, request, consumeUpload, async (upload) => {
        const who = { actor: actorOf(request), language: languageOf(request) }
        const { algorithm, version, warnings } = await addFiles(deps, { upload, ...who })
        return {
          algorithm: shownAlgorithm(deps, request, algorithm),
          version: shownVersion(request, version),
          warnings,
        }
      }),
    )
  })
}
