import { createWriteStream } from 'node:fs'
import { chmod, mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { droppedBy, gitFolderIn, parseEntryPath } from './entry-path.ts'
import {
  pathDuplicate,
  pathInvalid,
  pathIsGit,
  ratioTooHigh,
  tooManyFiles,
  unpackedTooLarge,
} from './sources.errors.ts'
import type { UploadLimits } from './upload-limits.ts'

/** Counts unpacked bytes as they pass. Throws if there are too many for the limits or for the size of the archive. */
export type Budget = { spend(bytes: number, entry: string): void }

/** Creates a budget for an archive of this many bytes. */
export function createBudget(limits: UploadLimits, archiveBytes: number): Budget {
  let spent = 0
  return {
    spend(bytes, entry) {
      spent += bytes
      if (spent > limits.unpackedBytes) throw unpackedTooLarge({ entry, limit_bytes: limits.unpackedBytes })
      if (spent > limits.ratioFreeBytes && spent > archiveBytes * limits.ratio)
        throw ratioTooHigh({ entry, limit: limits.ratio })
    },
  }
}

/** Passes a stream through, and reports each chunk before it is passed on. */
export const watched = (onChunk: (chunk: Buffer) => void) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      onChunk(chunk)
      yield chunk
    }
  }

/** The bytes of a file: a stream, or all at once. */
export type Content = Readable | AsyncIterable<Uint8Array> | Buffer

/** Writes an untrusted package into a folder. Checks every path, and writes none twice. */
export type PackageWriter = {
  /** Checks and counts an entry. Returns its clean path, or null if it is left out. */
  place(name: string, kind: 'file' | 'folder'): string | null
  /** Writes a placed file. If `executable` is undefined, a leading `#!` decides. */
  writeFile(path: string, content: Content, executable?: boolean): Promise<void>
  makeFolder(path: string): Promise<void>
  /** The paths that were left out, each down to the part that decided it. */
  readonly dropped: ReadonlySet<string>
  readonly fileCount: number
}

// Names that differ only in case or in composed accents are the same file on some machines.
const folded = (path: string) => path.normalize('NFC').toLowerCase()

/**
 * Remembers used paths, and throws `upload.path_duplicate` for a second use. Folders are known by the folder above and their own name,
 * because a few bytes of an archive can name forty of them. Throws `upload.too_many_files` for too many.
 */
function createPathLedger(limits: UploadLimits) {
  const files = new Set<string>()
  const foldedFiles = new Set<string>()
  /** The numbers of the folders, by the number of the folder above and their name. */
  const folders = new Map<string, number>()
  const folderIn = (above: number, part: string, entry: string): number => {
    const key = `${above}/${folded(part)}`
    if (foldedFiles.has(key)) throw pathDuplicate({ entry })
    const known = folders.get(key)
    if (known !== undefined) return known
    if (folders.size === limits.entries) throw tooManyFiles({ limit: limits.files })
    folders.set(key, folders.size + 1)
    return folders.size
  }
  const claimFolders = (parts: readonly string[], entry: string): number =>
    parts.reduce((above, part) => folderIn(above, part, entry), 0)
  const claimFile = (parts: readonly string[], entry: string) => {
    const path = parts.join('/')
    const key = `${claimFolders(parts.slice(0, -1), entry)}/${folded(parts.at(-1) ?? '')}`
    if (files.has(path) || folders.has(key)) throw pathDuplicate({ entry })
    files.add(path)
    foldedFiles.add(key)
  }
  return { files, claimFile, claimFolders }
}

/** Files up to this size are better handed over at once: their streams take longer than their bytes. In bytes. */
export const smallFileBytes = 256 * 1024

const mode = 0o644
const shebang = '#!'

async function headOf(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(shebang.length), 0, shebang.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Writes a new file. Returns how to find out its first bytes. */
async function writeNew(path: string, content: Content): Promise<() => Promise<string>> {
  if (Buffer.isBuffer(content)) {
    await writeFile(path, content, { flag: 'wx', mode })
    return async () => content.toString('latin1', 0, shebang.length)
  }
  await pipeline(content, createWriteStream(path, { flags: 'wx', mode }))
  return () => headOf(path)
}

/** Creates a writer for an existing empty folder. */
export function createPackageWriter(folder: string, limits: UploadLimits): PackageWriter {
  const ledger = createPathLedger(limits)
  const made = new Set<string>()
  const dropped = new Set<string>()
  let entries = 0
  const makeFolder = async (path: string) => {
    if (made.has(path)) return
    await mkdir(join(folder, path), { recursive: true })
    made.add(path)
  }
  return {
    dropped,
    get fileCount() {
      return ledger.files.size
    },
    makeFolder,
    place(name, kind) {
      entries += 1
      if (entries > limits.entries) throw tooManyFiles({ limit: limits.files })
      const parts = parseEntryPath(name, limits)
      const left = droppedBy(parts)
      if (left !== null) {
        dropped.add(left)
        if (dropped.size > limits.files) throw tooManyFiles({ limit: limits.files })
        return null
      }
      const part = gitFolderIn(parts)
      if (part !== null) throw pathIsGit({ entry: name, part })
      if (parts.length === 0) {
        if (kind === 'file') throw pathInvalid({ entry: name })
        return null
      }
      if (kind === 'folder') ledger.claimFolders(parts, name)
      else ledger.claimFile(parts, name)
      if (ledger.files.size > limits.files) throw tooManyFiles({ limit: limits.files })
      return parts.join('/')
    },
    async writeFile(path, content, executable) {
      await makeFolder(dirname(path))
      const target = join(folder, path)
      const head = await writeNew(target, content)
      if (executable ?? (await head()) === shebang) await chmod(target, 0o755)
    },
  }
}
