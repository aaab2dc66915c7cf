import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { foldersOf } from '../../lib/folders-of.ts'
import type { PackageView } from '../sources/package-view.ts'

/** A hash of these files and folders of a package; "" is all of it. Null if there are none. */
export async function digestOf(
  folder: string,
  { files }: Pick<PackageView, 'files'>,
  paths: readonly string[],
): Promise<string | null> {
  if (paths.length === 0) return null
  const hash = createHash('sha256')
  const given = new Set(paths)
  const wanted = files.filter(({ path }) => ['', path, ...foldersOf(path)].some((one) => given.has(one)))
  for (const { path } of wanted) {
    const content = createHash('sha256')
    await pipeline(createReadStream(join(folder, path)), content)
    hash.update(JSON.stringify([path, content.digest('hex')]))
  }
  return hash.digest('hex')
}
