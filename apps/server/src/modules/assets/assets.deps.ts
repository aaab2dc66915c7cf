import type { MediaTools } from '../../adapters/media-tools/media-tools.ts'
import type { ObjectStore } from '../../adapters/object-store/object-store.ts'
import type { Actor } from '../../lib/actor.ts'
import { isDiskFull } from '../../lib/disk-full.ts'
import type { FairBounds, FairQueue } from '../../lib/fair-queue.ts'
import type { keyedQueue } from '../../lib/keyed-queue.ts'
import type { AppError } from '../../lib/errors.ts'
import type { StorageQuota } from '../quotas/storage-quota.ts'
import { assetNotFound, assetStorageFull } from './assets.errors.ts'
import type { AssetsRepository, StoredAsset } from './assets.repository.ts'
import type { AssetReason } from './assets.tables.ts'

/** What finding a media file for an actor needs. */
export type ReadAssetsDeps = {
  assets: Pick<AssetsRepository, 'get'>
  /** The ids of the services whose releases have a media file as demo data, at any depth of an input. */
  demoOf: (assetId: string) => Promise<readonly string[]>
  /** The ids of the services whose published presentation shows a media file. */
  presentedBy: (assetId: string) => Promise<readonly string[]>
  /** The ids of the media files in the inputs of the runs that an instance is carrying out. Null if it does not live. */
  inputsOn: (instanceId: string) => readonly string[] | null
}

/**
 * How many pictures are made smaller at once while their senders wait. A picture of few bytes may have so many pixels that ffmpeg needs
 * half a gigabyte for it.
 */
export const picturesAtOnce: FairBounds = { atOnce: 2, perPerson: 1 }

/** Who has sent a media file: the platform itself for those of packages. */
export type Sender = Pick<Actor, 'id' | 'name' | 'role' | 'linksOf'> & {
  /** The person whose place its conversion takes, if not the sender: the owner of the package. */
  placeOf?: string | undefined
}

/** What storing media files needs. */
export type AssetsDeps = {
  assets: AssetsRepository
  objects: ObjectStore
  /** Null where the machine has no ffmpeg. */
  tools: MediaTools | null
  /** Folder for files that are still arriving. It is on the same disk as the object store, if that is a folder. */
  uploads: string
  limitBytes: () => number
  storageQuota: StorageQuota
  /** Longest sound or video, in seconds, of which a playable form is made. */
  longestS: number
  /** Runs operations on the objects of one content one after the other. */
  queue: ReturnType<typeof keyedQueue>
  /** Who may make the forms of a picture while its sender waits, by {@link picturesAtOnce}. */
  pictureTurns: FairQueue
  /** Starts the task that makes an asset's forms, on behalf of its owner. Resolves with the task's id. */
  startProcessing: (row: StoredAsset, sender: Sender) => Promise<string>
}

/** An error as it is stored with an asset. */
export const reasonFor = (error: AppError): AssetReason => ({
  code: error.code,
  zh: error.messageIn('zh'),
  en: error.messageIn('en'),
})

/** Runs work that writes files, and turns a full disk into an error of its own. */
export async function withStorageErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isDiskFull(error) ? assetStorageFull({}, error) : error
  }
}

/** Finds an asset, whoever asks. Throws `asset.not_found`. */
export async function requireAsset(
  { assets }: { assets: Pick<AssetsRepository, 'get'> },
  id: string,
): Promise<StoredAsset> {
  const row = await assets.get(id)
  if (!row) throw assetNotFound({ asset_id: id })
  return row
}
