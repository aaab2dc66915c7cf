import { statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { headOf, keptFiles } from './kept-files.ts'
import type { RawOutput } from './outputs.ts'
import { extensionOf, kindOf, mimeOf, pictureSize } from './sniff.ts'

const headBytes = 1 << 16
const nameForm = /^[0-9a-f]{64}(\.[A-Za-z0-9]{1,10})?$/

/** Files that an algorithm returned, served at `/outputs/<content hash>.<extension>`. */
export type PublishedFiles = {
  /**
   * Returns the output for a file: kind by its content, data `{url, mime, width?, height?}`. Null if the file
   * does not exist.
   */
  publish(path: string, prefix: string): RawOutput | null
  /** Returns the file for the last segment of a URL, and its type, or null. */
  find(name: string): { path: string; mime: string } | null
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** Opens the folder of returned files. */
export function publishedFiles(folder: string): PublishedFiles {
  const kept = keptFiles(folder)
  return {
    publish(path, prefix) {
      if (!isFile(path)) return null
      const head = headOf(path, headBytes)
      const mime = mimeOf(head.subarray(0, 16), path)
      const own = extname(path).toLowerCase()
      const extension = /^\.[a-z0-9]{1,10}$/.test(own) ? own : extensionOf(head.subarray(0, 16), mime)
      const url = `${prefix}/outputs/${basename(kept.copy(path, extension))}`
      return { kind: kindOf(mime), data: { url, mime, ...pictureSize(head) } }
    },
    find(name) {
      const path = join(kept.folder, name)
      return nameForm.test(name) && isFile(path) ? { path, mime: mimeOf(headOf(path, 16), name) } : null
    },
  }
}
