import { createHash, randomUUID } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { removeLeftFiles } from './left-files.ts'

const digestLength = 64
const chunkBytes = 1 << 20
const usualBound = 4 * 2 ** 30
/** The folder is looked through each time when this part of the bound was added, because that is slow where files are many. */
const looks = 64

/**
 * A folder of files named by content. If all files together exceed the bound, the least recently used ones are deleted, down to
 * nine tenths of it. That is looked at with the first file, and then after each 64th of the bound that was added.
 */
type KeptFiles = {
  folder: string
  /** Moves a file in, named by its content hash and this extension. Equal contents are stored once. */
  take(source: string, digest: string, extension: string): string
  /** Copies a file in. It reads all of it at once, so the event loop of the service must not call it. */
  copy(source: string, extension: string): string
  /** Marks a file as used. False if it was deleted. */
  touch(path: string): boolean
}

/** Returns the first bytes of a file, at most `length`. */
export function headOf(path: string, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  const file = openSync(path, 'r')
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, length, 0))
  } finally {
    closeSync(file)
  }
}

function digestOf(path: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(chunkBytes)
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

/** Returns the hash in the name of a kept file. */
export const digestIn = (path: string): string => basename(path).slice(0, digestLength)

/** Deletes the files that were not used for the longest time, if all together are more than the bound, in bytes. */
function prune(folder: string, keep: string, bound: number): void {
  const files = readdirSync(folder, { withFileTypes: true })
    // A name with a dot is a copy that another instance is making.
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      const status = statSync(path, { throwIfNoEntry: false })
      return status ? [{ path, size: status.size, used: status.mtimeMs }] : []
    })
  let total = files.reduce((sum, file) => sum + file.size, 0)
  if (total <= bound) return
  for (const file of files.sort((a, b) => a.used - b.used)) {
    if (total <= bound * 0.9) return
    if (file.path === keep) continue
    rmSync(file.path, { force: true })
    total -= file.size
  }
}

/** Opens such a folder, and creates it if it is missing. `bound`: the most bytes of all files together. */
export function keptFiles(folder: string, bound = usualBound): KeptFiles {
  removeLeftFiles(folder, (name) => name.startsWith('.'))
  let added = bound
  const take = (source: string, digest: string, extension: string) => {
    const target = join(folder, digest + extension)
    added += statSync(source).size
    renameSync(source, target)
    if (added > bound / looks) {
      added = 0
      prune(folder, target, bound)
    }
    return target
  }
  return {
    folder,
    take,
    copy(source, extension) {
      const temporary = join(folder, `.${randomUUID()}.tmp`)
      try {
        copyFileSync(source, temporary)
        return take(temporary, digestOf(temporary), extension)
      } finally {
        rmSync(temporary, { force: true })
      }
    },
    touch(path) {
      try {
        utimesSync(path, new Date(), new Date())
        return true
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
        throw error
      }
    },
  }
}
