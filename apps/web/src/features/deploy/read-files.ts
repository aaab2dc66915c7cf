import { sentInParts } from '../../shared/upload/resume.ts'
import { tarOfFiles, type PlacedFile } from '../../shared/upload/tar-of-files.ts'

/**
 * The chosen files of a package, or one archive, and the paths that were left out. `inParts` is what is sent instead
 * of a form if there is much: the archive, or a tar of the files.
 */
export type Chosen = { files: PlacedFile[]; archive: File | null; inParts: File | null; leftOut: string[] }

/** The part of the browser's FileSystemEntry that is needed here. */
export type Entry = { name: string; isFile: boolean; isDirectory: boolean }
type FileEntry = Entry & { file: (done: (file: File) => void, failed: (error: Error) => void) => void }
type FolderEntry = Entry & {
  createReader: () => {
    readEntries: (done: (entries: Entry[]) => void, failed: (error: Error) => void) => void
  }
}
const isFile = (entry: Entry): entry is FileEntry => entry.isFile
const isFolder = (entry: Entry): entry is FolderEntry => entry.isDirectory

// The server leaves these out too. Not sending them saves time.
const skipped = new Set([
  ...['.git', '.hg', '.svn', 'venv', '.venv', 'node_modules', '__pycache__', '.DS_Store'],
  ...['.pytest_cache', '.mypy_cache', '.ruff_cache', '.tox', '.nox', '.ipynb_checkpoints'],
])
/** The part of a path that is never uploaded (`a/venv`), or null. */
const skippedPart = (path: string): string | null => {
  const parts = path.split('/')
  const at = parts.findIndex((part) => skipped.has(part))
  return at < 0 ? null : parts.slice(0, at + 1).join('/')
}

const isArchive = (name: string): boolean => /\.(zip|tar|tar\.gz|tgz)$/i.test(name)

// A reader returns a folder in groups (Chromium: 100) until it returns none.
const entriesOf = async (folder: FolderEntry): Promise<Entry[]> => {
  const reader = folder.createReader()
  const all: Entry[] = []
  for (;;) {
    const some = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

/**
 * Reads dropped files and complete folders.
 * @throws DOMException if a file cannot be read
 */
export const readEntries = async (entries: readonly Entry[]): Promise<Chosen> => {
  const found: PlacedFile[] = []
  const leftOut = new Set<string>()
  const read = async (entry: Entry, above: string): Promise<void> => {
    const path = above + entry.name
    const part = skippedPart(path)
    if (part !== null) {
      leftOut.add(part)
      return
    }
    if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
      found.push({ path, file })
    }
    if (isFolder(entry)) for (const child of await entriesOf(entry)) await read(child, `${path}/`)
  }
  for (const entry of entries) await read(entry, '')
  return chosen(found, [...leftOut])
}

/** Takes the files of a file input or a folder input. A folder input knows each path. */
export const readInput = (files: Iterable<File>): Chosen => {
  const all = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
  const leftOut = new Set(all.map(({ path }) => skippedPart(path)).filter((part) => part !== null))
  return chosen(
    all.filter(({ path }) => skippedPart(path) === null),
    [...leftOut],
  )
}

/** What a tar of these files is called: as their one folder, or as the one file. The platform names the algorithm by it. */
const tarName = (files: readonly PlacedFile[]): string => {
  const tops = new Set(files.map(({ path }) => path.split('/')[0] ?? ''))
  const [only = ''] = tops
  const name = tops.size > 1 ? 'algorithm' : files.length === 1 ? only.replace(/\.[^.]+$/, '') : only
  return `${name}.tar`
}

const chosen = (unordered: PlacedFile[], leftOut: string[]): Chosen => {
  const [only] = unordered
  if (unordered.length === 1 && only !== undefined && isArchive(only.path)) {
    const archive = only.file
    return { files: [], archive, inParts: sentInParts(archive) ? archive : null, leftOut }
  }
  const files = unordered.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const inParts = sentInParts({ size: bytesOf(files) }) ? tarOfFiles(tarName(files), files) : null
  return { files, archive: null, inParts, leftOut }
}

const bytesOf = (files: readonly PlacedFile[]): number =>
  files.reduce((total, { file }) => total + file.size, 0)

/** The sum of the sizes in bytes. */
export const chosenBytes = (what: Chosen): number => what.archive?.size ?? bytesOf(what.files)

/**
 * The multipart body of an upload. The fields come before the files, so that a server that reads in order
 * knows them first.
 */
export const packageForm = (what: Chosen, fields: Record<string, string>): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value !== '') form.append(name, value)
  if (what.archive !== null) form.append('archive', what.archive, what.archive.name)
  for (const { path, file } of what.files) form.append('files', file, path)
  return form
}
