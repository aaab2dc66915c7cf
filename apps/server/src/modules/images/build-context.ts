import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'

/** The content of a build context. A path is relative to the context; a text is a file that the platform writes itself. */
export type ContextEntry = { path: string; isExecutable?: boolean } & (
  { file: string } | { text: string } | { link: string }
)

/** A file or link below a folder, in the order of paths. */
export type FoundEntry = { path: string; isExecutable: boolean; link: string | null }

/** All files and links below a folder, or that a path of it is. In the order of their paths, so that the same files make the same context. */
export async function entriesBelow(folder: string, path = ''): Promise<FoundEntry[]> {
  const at = join(folder, path)
  const status = await lstat(at)
  if (status.isSymbolicLink()) return [{ path, isExecutable: false, link: await readlink(at) }]
  if (status.isFile()) return [{ path, isExecutable: (status.mode & 0o111) !== 0, link: null }]
  if (!status.isDirectory()) return []
  const names = (await readdir(at)).sort()
  const found: FoundEntry[] = []
  for (const name of names)
    found.push(...(await entriesBelow(folder, path === '' ? name : `${path}/${name}`)))
  return found
}

const headerOf = (
  { path, isExecutable = false }: Pick<ContextEntry, 'path' | 'isExecutable'>,
  mtime: Date,
): Parameters<Pack['entry']>[0] => ({
  name: path,
  mode: isExecutable ? 0o755 : 0o644,
  mtime,
  uid: 0,
  gid: 0,
  uname: '',
  gname: '',
})

async function addEntry(archive: Pack, entry: ContextEntry, mtime: Date): Promise<void> {
  const header = headerOf(entry, mtime)
  if ('text' in entry) return void archive.entry(header, entry.text)
  if ('link' in entry) return void archive.entry({ ...header, type: 'symlink', linkname: entry.link })
  const { size } = await lstat(entry.file)
  // A file of which more is written meanwhile would break the archive.
  const source = size === 0 ? null : createReadStream(entry.file, { end: size - 1 })
  if (source === null) return void archive.entry(header, '')
  await pipeline(source, archive.entry({ ...header, size }))
}

/**
 * The build context as a tar stream: owner and order do not depend on the machine, and all has the given time. It is
 * written as fast as it is read, and fails where a file cannot be read.
 */
export function contextStream(
  entries: readonly ContextEntry[],
  folders: readonly string[],
  mtime: Date,
): Readable {
  const archive = pack()
  const write = async () => {
    for (const name of folders)
      archive.entry({ ...headerOf({ path: `${name}/`, isExecutable: true }, mtime), type: 'directory' })
    for (const entry of entries) await addEntry(archive, entry, mtime)
    archive.finalize()
  }
  write().catch((error: unknown) =>
    archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return Readable.from(archive)
}
