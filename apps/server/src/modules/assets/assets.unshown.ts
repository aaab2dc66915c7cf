import { removeAsset } from './assets.contents.ts'
import type { StoredAsset } from './assets.repository.ts'
import type { LibraryDeps } from './assets.usecases.ts'

/** How long media of packages stay that nothing shows: a deploy stores them before its release names them. In milliseconds. */
const leftMs = 24 * 3_600_000
/** What those may take together that only past runs and comparisons still name, in bytes. */
const mostForResults = 10 * 1024 ** 3

type Deps = Pick<LibraryDeps, 'assets' | 'objects' | 'queue' | 'endTask' | 'usesOf'> & {
  /** All assets that releases have as demo data or as cover. */
  shownMedia: () => Promise<ReadonlySet<string>>
}

/** What still needs a file: pages that show it, only results that were made with it, or nothing. */
async function needOf({ usesOf }: Deps, { id }: StoredAsset): Promise<'pages' | 'results' | null> {
  const { items, total } = await usesOf(id, null)
  if (items.some(({ kind }) => kind === 'example' || kind === 'presentation')) return 'pages'
  return total > 0 ? 'results' : null
}

/**
 * Deletes media of packages that no release and no presentation shows any more. They belong to the platform and count for nobody, so
 * whoever deploys and deletes again and again would fill the disk with them. Those that results name stay as long as there is room for
 * them, the newest first. Resolves with how many were deleted.
 */
export async function removeUnshownMedia(
  deps: Deps,
  { now, most = mostForResults }: { now: Date; most?: number },
): Promise<number> {
  const before = new Date(now.getTime() - leftMs)
  const shown = await deps.shownMedia()
  let [kept, removed] = [0, 0]
  for (const row of await deps.assets.ofPackages(before)) {
    const need = shown.has(row.id) ? 'pages' : await needOf(deps, row)
    if (need === 'pages') continue
    if (need === 'results' && kept + row.size <= most) {
      kept += row.size
      continue
    }
    const isLeft = async () => {
      const found = await deps.assets.get(row.id)
      return found !== null && found.createdAt < before
    }
    if (await removeAsset(deps, row, isLeft)) removed += 1
  }
  return removed
}
