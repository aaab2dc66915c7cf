import type { MediaTools } from '../../adapters/media-tools/media-tools.ts'
import type { ObjectStore } from '../../adapters/object-store/object-store.ts'
import type { inTurn } from '../../lib/in-turn.ts'
import type { AppError } from '../../lib/errors.ts'
import { assetStorageFull } from './assets.errors.ts'
import type { AssetsRepository, StoredAsset } from './assets.repository.ts'
import type { AssetReason } from './assets.tables.ts'

/** What keeping media needs. */
export type AssetsDeps = {
  assets: AssetsRepository
  objects: ObjectStore
  /** Null where the machine has no ffmpeg. */
  tools: MediaTools | null
  /** Folder for files on their way in, on the same disk as the objects where those are a folder. */
  uploads: string
  limitBytes: number
  /** Longest sound or video, in seconds, that a playable form is made of. */
  longestS: number
  /** One thing at a time with the objects of one content. */
  turns: ReturnType<typeof inTurn>
  /** Starts the task that makes an asset's forms, on behalf of its owner; resolves with its id. */
  startProcessing: (row: StoredAsset, ownerName: string) => Promise<string>
}

/** An error as it is kept beside an asset. */
export const reasonFor = (error: AppError): AssetReason => ({
  code: error.code,
  zh: error.messageIn('zh'),
  en: error.messageIn('en'),
})

/** Runs work that writes files; a full disk is an error of its own. */
export async function minding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw assetStorageFull({}, error)
    throw error
  }
}
