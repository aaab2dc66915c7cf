import { copyReadable } from '../lib/copy-readable.ts'
import { ifThere } from '../lib/if-there.ts'
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The paths of all files below a folder, relative to it. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort()
}

/** The digest of some files of a folder. Null if one of them is not there. */
async function digestOf(folder: string, files: readonly string[]): Promise<string | null> {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = await ifThere(readFile(join(folder, file)))
    if (content === null) return null
    hash.update(file).update(content)
  }
  return hash.digest('hex')
}

/**
 * Copies the runtimes into the data folder, under a name made from their content. So a service keeps the
 * runtime it was started with when the platform is upgraded, and can read it even if its account cannot enter
 * the checkout. A copy whose content is not that of its name is made again: a power cut leaves files without their bytes.
 */
export async function installRuntimes(source: string, target: string): Promise<string> {
  const files = await filesBelow(source)
  const digest = await digestOf(source, files)
  if (digest === null) throw new Error(`files disappeared from ${source}`)
  const folder = join(target, digest.slice(0, 16))
  if ((await digestOf(folder, files)) === digest) return folder
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await copyReadable(source, fresh)
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
  return folder
}
