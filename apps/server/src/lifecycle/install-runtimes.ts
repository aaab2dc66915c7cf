import { copyReadable } from '../lib/copy-readable.ts'
import { pathExists } from '../lib/path-exists.ts'
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/**
 * Copies the runtimes into the data folder, under a name made from their content. So a service keeps the
 * runtime it was started with when the platform is upgraded, and can read it even if its account cannot enter
 * the checkout.
 */
export async function installRuntimes(source: string, target: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await filesBelow(source))
    hash.update(file.slice(source.length)).update(await readFile(file))
  const folder = join(target, hash.digest('hex').slice(0, 16))
  const installed = await pathExists(folder)
  if (installed) return folder
  const fresh = `${folder}.new`
  await rm(fresh, { recursive: true, force: true })
  await copyReadable(source, fresh)
  await rename(fresh, folder)
  return folder
}
