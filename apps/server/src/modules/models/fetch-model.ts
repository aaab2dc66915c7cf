import { bounds, type ManifestModel, type Role } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { growBeyond, type StorageQuota } from '../quotas/storage-quota.ts'
import { fetchBytes, type FetchBounds } from './fetch-bytes.ts'
import type { HostedFile } from './hosted-files.ts'
import { deployModelFetchFailed, modelTooLarge } from './models.errors.ts'
import { keepModel, type ModelOwner, type ModelsDeps } from './models.usecases.ts'
import { noReach, UrlRefused, type Reach } from './open-url.ts'

/** The owner of a model file, and the role that decides their quota. */
export type ModelPayer = ModelOwner & { role: Role }

/** What fetching model files needs. */
export type FetchModelDeps = Omit<ModelsDeps, 'usesOf'> & {
  storageQuota: StorageQuota
  /** What URLs of packages may name. Null if they may name none. */
  reach: Reach | null
  fetchBounds: FetchBounds
}

/** Progress is reported each time so many bytes have arrived. */
const toldEvery = 64_000_000
const megabytes = (bytes: number) => Math.round(bytes / 1_000_000)

type Fetching = {
  owner: ModelPayer
  model: Pick<ManifestModel, 'path' | 'sha256' | 'size'>
  /** The URL that the package names, or where the server has the file in which the code of the algorithm is kept. */
  from: string | HostedFile
  signal: AbortSignal
  report: (message: Words) => Promise<void>
}

/** Passes bytes on, reports their number, and ends a file that is longer than the package says. */
async function* told(
  content: AsyncIterable<Uint8Array>,
  { model: { path, size = bounds.modelBytes.max }, report }: Fetching,
): AsyncGenerator<Uint8Array> {
  let arrived = 0
  let next = toldEvery
  for await (const chunk of content) {
    arrived += chunk.length
    if (arrived > size) throw modelTooLarge({ limit_bytes: size })
    if (arrived >= next) {
      const done = megabytes(arrived)
      await report({ zh: `正在下载 ${path}：${done} MB`, en: `downloading ${path}: ${done} MB` })
      next += toldEvery
    }
    yield chunk
  }
}

const hostOf = (url: string): string => new URL(url).host

/**
 * What is read. Packages are written by anybody, so an administrator says what their URLs may name, and in any case whether a server
 * for Git LFS may lead on to another one.
 */
function sourceOf({ reach }: Pick<FetchModelDeps, 'reach'>, from: Fetching['from']) {
  if (typeof from !== 'string') return { origin: 'lfs' as const, ...from, reach: reach ?? noReach }
  return { origin: 'url' as const, url: from, reach }
}

/**
 * Fetches a model file from the URL that a package names, or from the server that has it for Git LFS, as a file of the owner of the
 * algorithm, who pays for its room.
 * Throws `deploy.model_fetch_failed`, what {@link keepModel} throws, and `quota.storage`.
 */
export async function fetchModel(deps: FetchModelDeps, fetching: Fetching): Promise<void> {
  const { owner, model, signal } = fetching
  const { path, sha256 } = model
  const { origin, url, reach, ...asking } = sourceOf(deps, fetching.from)
  const failed = (reason: string, cause?: unknown) =>
    deployModelFetchFailed(
      {
        path,
        host: hostOf(url),
        reason,
        // Where the URL itself was refused, the package must name another.
        may_pass: cause instanceof UrlRefused ? cause.mayPass : true,
      },
      cause,
    )
  if (!reach) throw failed('VITRINE_MODEL_URLS=off')
  const announced = model.size ?? 0
  const reservation = await deps.storageQuota.forUpload(owner, announced)
  try {
    await keepModel(deps, {
      owner,
      name: path,
      origin,
      expected: sha256,
      content: told(fetchBytes(url, { ...asking, reach, bounds: deps.fetchBounds, signal }), fetching),
      grow: growBeyond(reservation, announced),
    })
    reservation.settle()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof AppError) throw error
    throw failed(error instanceof Error ? error.message : String(error), error)
  } finally {
    reservation.giveBack()
  }
}
