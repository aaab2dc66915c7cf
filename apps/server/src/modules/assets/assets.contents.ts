import { assetVariants } from '@vitrine/contract'
import type { AssetsDeps } from './assets.deps.ts'
import type { StoredAsset } from './assets.repository.ts'

/** What is made of a content. The original is the content itself. */
const forms = assetVariants.filter((variant) => variant !== 'original')

type Deps = Pick<AssetsDeps, 'objects'> & {
  assets: Pick<AssetsDeps['assets'], 'contentsToCheck' | 'hasContent' | 'contentChecked'>
}

/**
 * Deletes a row, and its bytes and forms if no other asset has the same content. A task that makes its forms is ended first. `isMeant`
 * is asked in the turn of the content, when nobody else stores it.
 */
export async function removeAsset(
  deps: Pick<AssetsDeps, 'objects' | 'queue' | 'assets'> & { endTask: (taskId: string) => Promise<void> },
  row: StoredAsset,
  isMeant: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  if (row.taskId !== null) await deps.endTask(row.taskId)
  return deps.queue.run(row.sha256, async () => {
    if (!(await isMeant())) return false
    await deps.assets.delete(row)
    await checkContent(deps, row.sha256)
    return true
  })
}

/** Deletes the bytes and forms of a content that no asset has. Called in the turn of the content. */
async function checkContent({ assets, objects }: Deps, sha256: string): Promise<void> {
  if (!(await assets.hasContent(sha256))) {
    for (const form of forms) await objects.delete(`${sha256}/${form}`)
    await objects.delete(sha256)
  }
  await assets.contentChecked(sha256)
}

/**
 * Deletes the bytes that a kill, or a database or object store that was away, has left without an asset. Resolves with how many
 * contents were looked at.
 */
export async function checkContents(deps: Deps & Pick<AssetsDeps, 'queue'>): Promise<number> {
  const contents = await deps.assets.contentsToCheck()
  for (const sha256 of contents) await deps.queue.run(sha256, () => checkContent(deps, sha256))
  return contents.length
}
