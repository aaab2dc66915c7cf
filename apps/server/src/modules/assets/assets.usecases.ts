import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileTypeFromFile } from 'file-type'
import { imageSizeFromFile } from 'image-size/fromFile'
import { seesEverything, type Asset, type AssetVariant, type ListQuery } from '@vitrine/contract'
import type { ObjectStore } from '../../adapters/object-store/object-store.ts'
import type { Actor } from '../../lib/actor.ts'
import { assetEmpty, assetInUse, assetNotFound, assetTooLarge, assetVariantMissing } from './assets.errors.ts'
import { toAsset, type AssetsRepository, type StoredAsset } from './assets.repository.ts'

/** What keeping media needs. */
export type AssetsDeps = {
  assets: AssetsRepository
  objects: ObjectStore
  /** Folder for files on their way in, on the same disk as the objects where those are a folder. */
  uploads: string
  limitBytes: number
}

type Facts = Pick<StoredAsset, 'kind' | 'mime' | 'width' | 'height'>

const kindOf = (mime: string): StoredAsset['kind'] => {
  const [first] = mime.split('/')
  return first === 'image' || first === 'audio' || first === 'video' || first === 'text' ? first : 'file'
}

const fallbackMime = 'application/octet-stream'
const looksLikeText = /\.(txt|csv|json|md|srt|vtt)$/i

/** What a file is, by its content; the name decides only for text, which has no marks. Pixel sizes for pictures. */
async function inspect(path: string, name: string): Promise<Facts> {
  const mime =
    (await fileTypeFromFile(path))?.mime ??
    (looksLikeText.test(name) ? 'text/plain; charset=utf-8' : fallbackMime)
  if (!mime.startsWith('image/')) return { kind: kindOf(mime), mime, width: null, height: null }
  try {
    const { width, height, orientation } = await imageSizeFromFile(path)
    // EXIF orientations 5 to 8 turn the picture by a quarter.
    const turned = orientation !== undefined && orientation >= 5
    return { kind: 'image', mime, width: turned ? height : width, height: turned ? width : height }
  } catch {
    // A damaged picture is kept as it is; the algorithm says what is wrong with it.
    return { kind: 'image', mime, width: null, height: null }
  }
}

type Origin = Pick<StoredAsset, 'origin' | 'ownerId'>

async function keepFile(
  deps: AssetsDeps,
  input: { path: string; name: string; sha256: string; size: number } & Origin,
) {
  const facts = await inspect(input.path, input.name)
  await deps.objects.putFile(input.sha256, input.path, facts.mime)
  return deps.assets.insert({
    sha256: input.sha256,
    name: input.name,
    size: input.size,
    status: 'ready',
    origin: input.origin,
    ownerId: input.ownerId,
    variants: variantsOf(facts.kind, input.sha256),
    ...facts,
  })
}

/** Counts and hashes what passes; fails over the limit. */
function meter(name: string, limitBytes: number) {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > limitBytes) return done(assetTooLarge({ name, limit_bytes: limitBytes }))
      hash.update(chunk)
      return done(null, chunk)
    },
  })
  return { stream, result: () => ({ size, sha256: hash.digest('hex') }) }
}

/** Stores an uploaded media file as it streams in; nothing is kept when that fails. */
export async function uploadAsset(
  deps: AssetsDeps,
  input: { actor: Actor; name: string; content: Readable },
): Promise<Asset> {
  const name = basename(input.name).slice(0, 200) || 'file'
  await mkdir(deps.uploads, { recursive: true })
  const path = join(deps.uploads, `asset-${randomUUID()}`)
  try {
    const { stream, result } = meter(name, deps.limitBytes)
    await pipeline(input.content, stream, createWriteStream(path, { flags: 'wx' }))
    const { size, sha256 } = result()
    if (size === 0) throw assetEmpty({ name })
    return toAsset(
      await keepFile(deps, { path, name, sha256, size, origin: 'upload', ownerId: input.actor.id }),
    )
  } finally {
    await rm(path, { force: true })
  }
}

/** Keeps a package's demo file; the same file again is the same asset. */
export async function importExampleFile(
  deps: AssetsDeps,
  input: { actor: Actor; path: string },
): Promise<StoredAsset> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(input.path), hash)
  const sha256 = hash.digest('hex')
  const name = basename(input.path)
  const known = await deps.assets.exampleByHash(sha256, name)
  if (known && (await deps.objects.exists(sha256))) return known
  const { size } = await stat(input.path)
  return keepFile(deps, { path: input.path, name, sha256, size, origin: 'example', ownerId: input.actor.id })
}

const maySee = (actor: Actor, row: StoredAsset) =>
  actor.kind === 'instance' ||
  seesEverything(actor.role) ||
  row.ownerId === actor.id ||
  row.origin === 'example'

/** An asset that the asker may see; another's does not exist for them. */
export async function loadAsset(
  deps: Pick<AssetsDeps, 'assets'>,
  input: { actor: Actor; id: string },
): Promise<StoredAsset> {
  const row = await deps.assets.get(input.id)
  if (!row || !maySee(input.actor, row)) throw assetNotFound({ asset_id: input.id })
  return row
}

/** A page of the assets that the asker may see. */
export function listAssets(deps: AssetsDeps, input: { actor: Actor; query: ListQuery }) {
  const { actor, query } = input
  return deps.assets.list(
    { ownerId: seesEverything(actor.role) ? null : actor.id, q: query.q },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
}

/** Deletes an upload of the asker's; its bytes go when nothing else has the same content. */
export async function deleteAsset(deps: AssetsDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await loadAsset(deps, input)
  if (row.origin === 'example') throw assetInUse({ asset_id: row.id, used_by: row.name })
  if (row.ownerId !== input.actor.id && !seesEverything(input.actor.role))
    throw assetNotFound({ asset_id: row.id })
  const { lastOfContent } = await deps.assets.delete(row)
  if (lastOfContent) await deps.objects.delete(row.sha256)
}

/** What can be had of a file at once: itself, and of a picture also every still form. */
const variantsOf = (kind: StoredAsset['kind'], key: string): StoredAsset['variants'] =>
  kind === 'image'
    ? { original: key, playable: key, poster: key, thumb: key }
    : { original: key, playable: key }

/** The object to serve for a variant. */
export function variantKey(row: StoredAsset, variant: AssetVariant): string {
  const key = row.variants[variant]
  if (key === undefined) throw assetVariantMissing({ variant })
  return key
}
