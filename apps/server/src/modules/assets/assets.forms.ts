import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetVariant } from '@vitrine/contract'
import { requireAsset, withStorageErrors, type AssetsDeps } from './assets.deps.ts'
import { isShownByBrowsers, pictureSize } from './assets.file-facts.ts'
import type { StoredAsset } from './assets.repository.ts'

/** Where forms are made: a temporary folder with the original in it. */
export type FormWork = { folder: string; file: string; signal: AbortSignal | undefined }

type Deps = Pick<AssetsDeps, 'assets' | 'objects' | 'queue' | 'limitBytes'>

/** A form may be so many times as large as its original, and so many bytes larger. Few real ones have twice its size. */
const mostGrowth = { times: 10, bytes: 100 * 1024 ** 2 }

/** The most bytes that a form may have. Never more than a media file that is uploaded. */
export const mostFormBytes = ({ limitBytes }: Pick<Deps, 'limitBytes'>, { size }: StoredAsset): number =>
  Math.min(limitBytes(), size * mostGrowth.times + mostGrowth.bytes)

/** The key of a form's object. It contains the hash of the original, so assets with the same content share it. */
const formKey = (row: StoredAsset, variant: AssetVariant) => `${row.sha256}/${variant}`

/** Stores a file as a form of an asset. Throws `asset.not_found` if the asset was deleted in the meantime. */
async function keepForm(
  deps: Deps,
  row: StoredAsset,
  form: { variant: AssetVariant; file: string; mime: string },
): Promise<void> {
  const { variant, file, mime } = form
  const key = formKey(row, variant)
  await deps.queue.run(row.sha256, async () => {
    await requireAsset(deps, row.id)
    const { size } = await stat(file)
    await withStorageErrors(() => deps.objects.putFile(key, file, mime))
    await deps.assets.addVariants(row.id, { [variant]: { key, mime, size } })
  })
}

/**
 * Makes a form, unless an earlier attempt or an asset with the same content has made it. `make` writes the
 * file to the path that it gets. Resolves with whether the form was made now.
 */
export async function makeForm(
  deps: Deps,
  row: StoredAsset,
  form: { variant: AssetVariant; mime: string; work: FormWork; make: (target: string) => Promise<unknown> },
): Promise<boolean> {
  const { variant, mime, work } = form
  const key = formKey(row, variant)
  if (await deps.objects.exists(key)) {
    const size = await deps.objects.size(key)
    await deps.assets.addVariants(row.id, { [variant]: { key, mime, size } })
    return false
  }
  const file = join(work.folder, variant)
  await form.make(file)
  await keepForm(deps, row, { variant, file, mime })
  return true
}

const jpeg = 'image/jpeg'
/** Widths are in pixels. A picture below `lightBytes` is not worth making smaller. */
const widths = { thumb: 480, poster: 1280, playable: 16_000 }
const lightBytes = 200_000

/**
 * The forms of a picture that are still missing: a thumbnail unless the picture is small, and every form if
 * browsers do not show it.
 */
export function missingPictures(row: StoredAsset): (keyof typeof widths)[] {
  if (!isShownByBrowsers(row.mime)) return ['thumb', 'poster', 'playable']
  const isSmall = row.width !== null && row.width <= widths.thumb && row.size <= lightBytes
  return isSmall ? [] : ['thumb']
}

/** Makes the missing forms of a picture. */
export async function makePictures(
  deps: Deps & { tools: NonNullable<AssetsDeps['tools']> },
  row: StoredAsset,
  work: FormWork,
): Promise<void> {
  const { file, signal } = work
  const orientation = (await pictureSize(file))?.orientation
  const mostBytes = mostFormBytes(deps, row)
  for (const variant of missingPictures(row)) {
    const width = widths[variant]
    await makeForm(deps, row, {
      variant,
      mime: jpeg,
      work,
      make: (target) => deps.tools.picture({ file, target, mostBytes, width, orientation, signal }),
    })
  }
}

/** Makes the still forms of a video: one frame, and the same frame as a thumbnail. */
export async function makeStills(
  deps: Deps & { tools: NonNullable<AssetsDeps['tools']> },
  row: StoredAsset,
  work: FormWork & { facts: Parameters<NonNullable<AssetsDeps['tools']>['poster']>[0]['facts'] },
): Promise<void> {
  const { file, facts, signal, folder } = work
  const still = join(folder, 'still')
  const mostBytes = mostFormBytes(deps, row)
  await deps.tools.poster({ file, target: still, mostBytes, facts, signal })
  await makeForm(deps, row, {
    variant: 'poster',
    mime: jpeg,
    work,
    make: (target) => copyFile(still, target),
  })
  await makeForm(deps, row, {
    variant: 'thumb',
    mime: jpeg,
    work,
    make: (target) => deps.tools.picture({ file: still, target, mostBytes, width: widths.thumb, signal }),
  })
}
