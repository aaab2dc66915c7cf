import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { longest } from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { limitedKeyOf } from '../../lib/policy.ts'
import { payerOf } from '../quotas/quotas.ts'
import type { StorageReservation } from '../quotas/storage-quota.ts'
import {
  requireAsset,
  withStorageErrors,
  reasonFor,
  type AssetsDeps,
  type ReadAssetsDeps,
  type Sender,
} from './assets.deps.ts'
import { assetEmpty, assetTooLarge, mediaToolsMissing } from './assets.errors.ts'
import { inspectFile, mayHoldMedia, formsOfOriginal, type FileFacts } from './assets.file-facts.ts'
import { makePictures, missingPictures } from './assets.forms.ts'
import type { StoredAsset } from './assets.repository.ts'

type Kept = { path: string; name: string; sha256: string; size: number } & Pick<
  StoredAsset,
  'origin' | 'ownerId' | 'keyId'
>
type AssetFacts = Pick<StoredAsset, 'kind' | 'mime' | 'width' | 'height' | 'variants' | 'status' | 'reason'>

/** Types that nearly all browsers play. Used only if no media tools can look inside the file. */
const mostlyPlayed =
  /^(video\/(mp4|webm)|audio\/(mpeg|mp4|x-m4a|aac|wav|vnd\.wave|ogg|opus|flac|x-flac|webm))$/

/** The first state of an asset: ready if the original can be shown as it is, else for the task to finish. */
function newAssetFacts(deps: AssetsDeps, file: FileFacts, key: string): AssetFacts {
  const ready = { ...file, status: 'ready' as const, reason: null, variants: formsOfOriginal(file, key) }
  if (!mayHoldMedia(file)) return ready
  if (deps.tools) return { ...ready, status: 'processing', variants: { original: { key, mime: file.mime } } }
  if (file.kind === 'file') return ready
  const playable = mostlyPlayed.test(file.mime) ? { playable: { key, mime: file.mime } } : {}
  return { ...ready, variants: { ...ready.variants, ...playable }, reason: reasonFor(mediaToolsMissing({})) }
}

/**
 * The properties that an asset can take from another one with the same content, if they do not depend on the
 * name.
 */
function sameAs(twin: StoredAsset | null) {
  if (!twin || twin.kind === 'text' || twin.kind === 'file') return null
  const { kind, mime, width, height, durationS, frameRate, variants, status } = twin
  return { kind, mime, width, height, durationS, frameRate, variants, status }
}

/**
 * Stores the bytes and the row. Runs in turn, so that nobody deletes the bytes between the two. If the row is never stored, the
 * hourly work finds the bytes.
 */
async function storeAsset(deps: AssetsDeps, file: Kept): Promise<StoredAsset> {
  const { path, name, sha256, size, origin, ownerId, keyId } = file
  const found = await inspectFile(path, name)
  return deps.queue.run(sha256, async () => {
    await deps.assets.checkLater(sha256)
    await withStorageErrors(() => deps.objects.putFile(sha256, path, found.mime))
    const facts = sameAs(await deps.assets.finishedTwin(sha256)) ?? newAssetFacts(deps, found, sha256)
    return deps.assets.insert({ sha256, name, size, origin, ownerId, keyId, ...facts })
  })
}

/** Starts the task of an asset that needs one. Resolves with the updated asset. */
async function beginProcessing(deps: AssetsDeps, row: StoredAsset, sender: Sender): Promise<StoredAsset> {
  const taskId = await deps.startProcessing(row, sender)
  await deps.assets.attachTask(row.id, taskId)
  return (await deps.assets.get(row.id)) ?? row
}

/** If more pictures wait for their turn than this, further ones are left to the task, so that no sender waits for long. */
const mostWaiting = 8

/**
 * Makes a picture's thumbnail while the sender waits, in their turn. The picture is accepted even if that fails. If many wait already,
 * the task makes it. Throws `asset.not_found` if the picture was deleted meanwhile.
 */
async function makePicturesNow(deps: AssetsDeps, row: StoredAsset, sender: Sender): Promise<StoredAsset> {
  const { tools, pictureTurns } = deps
  if (!tools || row.kind !== 'image' || missingPictures(row).length === 0) return row
  if (pictureTurns.waiting() >= mostWaiting) {
    const left = await deps.assets.update(row.id, { status: 'processing' })
    return beginProcessing(deps, left ?? row, sender)
  }
  // All visitors of one person's links together: whoever opens a link again is another visitor.
  const endTurn = await pictureTurns.enter(payerOf(sender))
  try {
    await tools.inFolder(async (folder) => {
      const file = join(folder, 'original')
      await deps.objects.copyTo(row.sha256, file)
      await chmod(file, 0o644)
      await makePictures({ ...deps, tools }, row, { folder, file, signal: undefined })
    })
  } catch (error) {
    await requireAsset(deps, row.id)
    if (!(error instanceof AppError)) throw error
    await deps.assets.update(row.id, { reason: reasonFor(error) })
  } finally {
    endTurn()
  }
  return requireAsset(deps, row.id)
}

/** Counts and hashes the bytes that pass through, and takes room for them. Fails above the limit. */
function meter(name: string, limitBytes: number, reservation: StorageReservation) {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > limitBytes) return done(assetTooLarge({ name, limit_bytes: limitBytes }))
      try {
        reservation.grow(chunk.length)
      } catch (error) {
        return done(error instanceof Error ? error : new Error(String(error)))
      }
      hash.update(chunk)
      return done(null, chunk)
    },
  })
  return { stream, result: () => ({ size, sha256: hash.digest('hex') }) }
}

const nameOf = (given: string) => basename(given).slice(0, longest.assetName) || 'file'

async function keepUpload(
  deps: AssetsDeps,
  file: Omit<Kept, 'origin' | 'ownerId' | 'keyId'> & { actor: Actor },
): Promise<StoredAsset> {
  const { actor, ...kept } = file
  if (kept.size === 0) throw assetEmpty({ name: kept.name })
  const owned = { origin: 'upload' as const, ownerId: actor.id, keyId: limitedKeyOf(actor) }
  const row = await storeAsset(deps, { ...kept, ...owned })
  const finish = row.status === 'processing' ? beginProcessing : makePicturesNow
  return finish(deps, row, actor)
}

/** Stores an uploaded media file while it streams in. Nothing is kept if that fails. */
export async function uploadAsset(
  deps: AssetsDeps,
  input: { actor: Actor; name: string; content: Readable },
): Promise<StoredAsset> {
  const name = nameOf(input.name)
  const reservation = await deps.storageQuota.forUpload(input.actor, 0)
  await mkdir(deps.uploads, { recursive: true })
  const path = join(deps.uploads, `asset-${randomUUID()}`)
  try {
    const { stream, result } = meter(name, deps.limitBytes(), reservation)
    await withStorageErrors(() =>
      pipeline(input.content, stream, createWriteStream(path, { flags: 'wx', mode: 0o644 })),
    )
    const row = await keepUpload(deps, { actor: input.actor, path, name, ...result() })
    reservation.settle()
    return row
  } finally {
    reservation.giveBack()
    await rm(path, { force: true })
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Makes an asset from a complete resumable upload. The uploaded file stays where it is. */
export async function keepArrivedFile(
  deps: AssetsDeps,
  input: { actor: Actor; name: string; path: string },
): Promise<StoredAsset> {
  const { actor, path } = input
  const { size } = await stat(path)
  // It could be larger than media may be: models and packages arrive in the same way.
  const limit = deps.limitBytes()
  if (size > limit) throw assetTooLarge({ name: nameOf(input.name), limit_bytes: limit })
  return keepUpload(deps, { actor, path, name: nameOf(input.name), sha256: await hashOf(path), size })
}

type ImportDeps = AssetsDeps & Pick<ReadAssetsDeps, 'demoOf'>

/**
 * The asset that an earlier deploy has made from the same file of a package, if its bytes are there. One that nothing shows any more
 * counts as new, in the turn of its content, so that it is not deleted before this deploy shows it.
 */
const knownPackageFile = (
  { assets, objects, queue, demoOf }: ImportDeps,
  file: Pick<StoredAsset, 'sha256' | 'name' | 'origin'>,
): Promise<StoredAsset | null> =>
  queue.run(file.sha256, async () => {
    const known = await assets.ofPackage(file)
    if (!known || !(await objects.exists(file.sha256))) return null
    return (await demoOf(known.id)).length > 0 ? known : assets.broughtAgain(known.id)
  })

/**
 * Makes an asset from a file of a package. The same file again gives the same asset. Its forms are made in
 * the background, so that a deploy does not wait for them.
 */
export async function importPackageFile(
  deps: ImportDeps,
  input: { actor: Actor; path: string; origin: 'example' | 'cover'; placeOf?: string | undefined },
): Promise<StoredAsset> {
  const { actor, path, origin, placeOf } = input
  const sha256 = await hashOf(path)
  const name = basename(path)
  const known = await knownPackageFile(deps, { sha256, name, origin })
  if (known) return known
  const { size } = await stat(path)
  const row = await storeAsset(deps, { path, name, sha256, size, origin, ownerId: actor.id, keyId: null })
  const lacksPictures = deps.tools !== null && row.kind === 'image' && missingPictures(row).length > 0
  return row.status === 'processing' || lacksPictures
    ? beginProcessing(deps, row, { ...actor, placeOf })
    : row
}

/**
 * Starts tasks for the assets that an earlier control plane left without one, and for those that needed
 * ffmpeg before it was installed.
 */
export async function processUnattended(deps: AssetsDeps): Promise<number> {
  if (!deps.tools) return 0
  const rows = await deps.assets.unattended('asset.tools_missing')
  for (const row of rows) {
    const again = await deps.assets.update(row.id, { status: 'processing', reason: null })
    if (again) await beginProcessing(deps, again, platformActor)
  }
  return rows.length
}
