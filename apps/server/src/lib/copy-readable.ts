import { chmod, cp, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from './if-there.ts'

/**
 * Copies a folder so that every account can read it, and can execute what its owner can execute. A checkout
 * made under a strict umask is not readable by other accounts, and a plain copy of it would not be either.
 * Files that already exist in the target are kept. Symbolic links are copied as they are written.
 */
export async function copyReadable(source: string, target: string): Promise<void> {
  await cp(source, target, { recursive: true, force: false, verbatimSymlinks: true })
  await chmod(target, 0o755)
  for (const entry of await readdir(target, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const { mode } = await stat(path)
    const wanted = mode & 0o100 ? 0o755 : 0o644
    if ((mode & 0o777) !== wanted) await chmod(path, wanted)
  }
}

const isSameSize = async (source: string, target: string): Promise<boolean> =>
  (await ifThere(stat(target)))?.size === (await stat(source)).size

/**
 * Whether a copy of a file or folder has every file, in its size. A power cut soon after the copying leaves files without their bytes,
 * and so the name of a copy alone says nothing.
 */
export async function isCopied(source: string, target: string): Promise<boolean> {
  if (!(await stat(source)).isDirectory()) return isSameSize(source, target)
  const entries = await readdir(source, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !(await isSameSize(path, join(target, path.slice(source.length))))) return false
  }
  return true
}
