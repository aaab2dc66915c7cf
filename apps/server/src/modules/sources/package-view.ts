import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { textOf } from './decode-text.ts'
import { pathInvalid } from './sources.errors.ts'

/** A read-only view of a package, which recognition uses. */
export type PackageView = {
  /** All files, in the order of their paths, which use `/`. */
  files: readonly { path: string; size: number }[]
  /** A file as text: UTF-8, or UTF-16 with its mark. Null if there is none, or if it is longer than 1 MiB. */
  readText(path: string): Promise<string | null>
}

/** The longest file that counts as source text, in bytes. */
export const textBytes = 1024 ** 2

const inOrder = (files: { path: string; size: number }[]) =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))

async function listFolder(folder: string, path: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true })
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const at = path ? `${path}/${entry.name}` : entry.name
      // Git allows names that are not valid UTF-8. Node replaces their bytes, so the name no longer leads to the file.
      if (entry.name.includes('\ufffd')) throw pathInvalid({ entry: at })
      if (entry.isDirectory()) return listFolder(folder, at)
      return entry.isFile() ? [{ path: at, size: (await stat(join(folder, at))).size }] : []
    }),
  )
  return lists.flat()
}

/** A view of a folder on disk. Throws `upload.path_invalid` for a name that is not valid UTF-8. */
export async function viewFolder(folder: string): Promise<PackageView> {
  const files = inOrder(await listFolder(folder, ''))
  const sizes = new Map(files.map((file) => [file.path, file.size]))
  return {
    files,
    async readText(path) {
      const size = sizes.get(path)
      if (size === undefined || size > textBytes) return null
      const file = await open(join(folder, path), 'r')
      try {
        return textOf(await file.readFile())
      } finally {
        await file.close()
      }
    },
  }
}
