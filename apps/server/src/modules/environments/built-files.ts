import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../../lib/code-of-error.ts'
import { ifThere } from '../../lib/if-there.ts'
import { defaultUploadLimits } from '../sources/upload-limits.ts'
import { tooMuchDisk } from './build-disk.ts'
import { buildMisplaced, buildTooLarge } from './environments.errors.ts'

/** The name of folders with packages of Node. */
export const modules = 'node_modules'

/** What is in a folder, as paths below it: its files, and the outermost folders named `node_modules`. Follows no link. */
export async function contentOf(folder: string): Promise<{ files: string[]; moduleFolders: string[] }> {
  const found = { files: [] as string[], moduleFolders: [] as string[] }
  const waiting = ['']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop())
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      const at = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.name === modules) found.moduleFolders.push(...(entry.isDirectory() ? [at] : []))
      else if (entry.isDirectory()) waiting.push(at)
      else if (entry.isFile()) found.files.push(at)
      if (found.files.length > defaultUploadLimits.files)
        throw buildTooLarge({ limit: defaultUploadLimits.files })
    }
  return found
}

/** Makes the folder of a file of a build. Throws `deploy.build_misplaced` if there is a file of the package in the way. */
async function folderFor(release: string, path: string): Promise<void> {
  try {
    await mkdir(dirname(join(release, path)), { recursive: true })
  } catch (error) {
    if (!hasCode(error, 'ENOTDIR', 'EEXIST')) throw error
    throw buildMisplaced({ path }, error)
  }
}

/**
 * Throws `deploy.environment_failed` if copies of these files could take more than so many bytes. A file with holes takes nothing of the
 * disk where the build made it, and its whole size as a copy.
 */
async function needRoom(content: string, files: readonly string[], mostBytes: number): Promise<void> {
  let bytes = 0
  for (const path of files) {
    bytes += (await lstat(join(content, path))).size
    if (bytes > mostBytes) throw tooMuchDisk(mostBytes)
  }
}

/**
 * Copies the files that a build made, or changed, to a release that has the same package. What is no plain file is left out.
 * Throws `deploy.build_misplaced`, and `deploy.environment_failed` if they have more than `mostBytes`.
 */
export async function copyBuilt(content: string, release: string, mostBytes: number): Promise<void> {
  const { files } = await contentOf(content)
  await needRoom(content, files, mostBytes)
  for (const path of files) {
    const target = join(release, path)
    await folderFor(release, path)
    const old = await ifThere(lstat(target))
    if (old !== null) await rm(target, { recursive: true })
    await copyFile(join(content, path), target, constants.COPYFILE_FICLONE)
  }
}
