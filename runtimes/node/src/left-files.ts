import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** No request takes as long as this: the longest timeout of a service is a day. */
const longestUseMs = 7 * 86_400_000

/**
 * Removes from a folder what instances that were killed have left there, and creates the folder if it is missing. All
 * instances of a service share it, so only plain files that are older than any request are removed.
 */
export function removeLeftFiles(folder: string, isTemporary: (name: string) => boolean): void {
  mkdirSync(folder, { recursive: true })
  const oldest = Date.now() - longestUseMs
  for (const name of readdirSync(folder).filter(isTemporary)) {
    const path = join(folder, name)
    const status = statSync(path, { throwIfNoEntry: false })
    if (status?.isFile() && status.mtimeMs < oldest) rmSync(path, { force: true })
  }
}
