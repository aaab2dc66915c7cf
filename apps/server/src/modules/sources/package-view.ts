import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'

/** A read-only view of a package, which recognition uses. */
export type PackageView = {
  /** All files, in the order of their paths, which use `/`. */
  files: readonly { path: string; size: number }[]
  /** A file as UTF-8 text. Null if there is none, or if it is longer than 1 MiB. */
  readText(path: string): Promise<string | null>
}

/** Longer files are not source text: 1 MiB. */
const textBytes = 1024 ** 2

const inOrder = (files: { path: string; size: number }[]) =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))

async function listFolder(folder: string, path: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true })
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const at = path ? `${path}/${entry.name}` : entry.name
      if (entry.isDirectory()) return listFolder(folder, at)
      return entry.isFile() ? [{ path: at, size: (await stat(join(folder, at))).size }] : []
    }),
  )
  return lists.flat()
}

/** A view of a folder on disk. */
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
        return await file.readFile('utf8')
      } finally {
        await file.close()
      }
    },
  }
}

/** A view of a commit. Throws `code_host.too_large`. */
export async function viewCommit(host: CodeHost, algorithmId: string, commit: string): Promise<PackageView> {
  const files = inOrder(await host.files(algorithmId, commit))
  const sizes = new Map(files.map((file) => [file.path, file.size]))
  return {
    files,
    async readText(path) {
      const size = sizes.get(path)
      return size === undefined || size > textBytes ? null : text(await host.read(algorithmId, commit, path))
    },
  }
}
