import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Words } from '../lib/words.ts'
import { ifThere } from '../lib/if-there.ts'
import { refused } from './refused.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/** A folder on the way to the data folder. */
export type FolderAbove = { path: string; uid: number; mode: number }

/**
 * The first folder above the data folder in which somebody else than root could put another one in its place; null
 * if there is none. In a sticky folder such as /tmp, only owners can. Pure.
 */
export const changeableFolder = (above: readonly FolderAbove[]): string | null =>
  above.find(({ uid, mode }) => uid !== 0 || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0))?.path ?? null

async function foldersAbove(path: string): Promise<FolderAbove[]> {
  const folder = dirname(path)
  const { uid, mode } = await stat(folder)
  return [{ path: folder, uid, mode }, ...(folder === dirname(folder) ? [] : await foldersAbove(folder))]
}

/** The real path of a folder, which is made if it is absent. Null for a link that is not root's. */
async function realFolder(path: string): Promise<string | null> {
  const entry = await ifThere(lstat(path))
  if (!entry) await mkdir(path, { recursive: true, mode: 0o711 })
  else if (entry.isSymbolicLink() && entry.uid !== 0) return null
  return realpath(path)
}

/**
 * Finds the data folder, or makes it. Needs root. Returns its real path, or why others than root decide what is
 * at this path.
 */
export async function findDataFolder(path: string): Promise<{ folder: string } | { why: Words }> {
  const folder = await realFolder(path)
  if (folder === null) return refused(`${path} 是他人的链接`, `${path} is a link of somebody else`)
  const changeable = changeableFolder(await foldersAbove(folder))
  if (changeable === null) return { folder }
  return refused(`root 以外的账户可以更改 ${changeable}`, `others than root can change ${changeable}`)
}

/**
 * Gives a folder of root to the platform. A folder of anybody else stays as it is. Needs root. Resolves with null if the
 * folder is the platform's now, else with the reason why not.
 *
 * @param number the user as which the platform runs
 * @param handOver gives the platform what is inside; null if that may not be done now
 */
export async function giveDataFolder(
  folder: string,
  number: number,
  handOver: (() => Promise<{ why: Words } | null>) | null,
): Promise<{ why: Words } | null> {
  const file = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    const { uid } = await file.stat()
    if (uid === number) return null
    if (uid !== 0) return refused(`${folder} 属于用户 ${uid}`, `${folder} belongs to the user ${uid}`)
    if ((await readdir(`/proc/self/fd/${file.fd}`)).length > 0) {
      const kept = handOver
        ? await handOver()
        : refused(
            `${folder} 中的平台仍在运行，请先执行 npm run down`,
            `parts of the platform of ${folder} still run as root: npm run down ends them`,
          )
      if (kept) return kept
    }
    await file.chown(number, number)
    await file.chmod(0o711)
    return (await file.stat()).uid === number
      ? null
      : refused(`${folder} 所在的文件系统不能更改属主`, `the file system of ${folder} does not change owners`)
  } finally {
    await file.close()
  }
}
