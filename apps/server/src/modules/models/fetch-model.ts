import { bounds, type ManifestModel, type Role } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { growBeyond, type StorageQuota } from '../quotas/storage-quota.ts'
import { fetchBytes, type FetchBounds } from './fetch-bytes.ts'
import { deployModelFetchFailed, modelTooLarge } from './models.errors.ts'
import { keepModel, type ModelOwner, type ModelsDeps } from './models.usecases.ts'
import { UrlRefused, type Reach } from './open-url.ts'

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
  model: ManifestModel
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
 * Fetches a model file from the URL that a package names, as a file of the owner of the algorithm, who pays for its room.
 * Throws `deploy.model_fetch_failed`, what {@link keepModel} throws, and `quota.storage`.
 */
export async function fetchModel(deps: FetchModelDeps, fetching: Fetching): Promise<void> {
  const { owner, model, signal } = fetching
  const { path, sha256, source } = model
  const failed = (reason: string, cause?: unknown) =>
    deployModelFetchFailed(
      {
        path,
        host: hostOf(source),
        reason,
        // Where the URL itself was refused, the package must name another.
        may_pass: cause instanceof UrlRefused ? cause.mayPass : true,
      },
      cause,
    )
  const { reach } = deps
  if (!reach) throw failed('VITRINE_MODEL_URLS=off')
  const announced = model.size ?? 0
  const reservation = await deps.storageQuota.forUpload(owner, announced)
  try {
    await keepModel(deps, {
      owner,
      name: path,
      origin: 'url',
      expected: sha256,
      content: told(fetchBytes(source, { reach, bounds: deps.fetchBounds, signal }), fetching),
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
