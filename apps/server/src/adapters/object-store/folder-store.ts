import { createReadStream } from 'node:fs'
import { copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { checkedKey, type ObjectStore } from './object-store.ts'

/** A hard link is fast. Another file system needs a copy. */
const linkOrCopy = (from: string, to: string) => link(from, to).catch(() => copyFile(from, to))

/** Objects as files below a folder. Subfolders are named by the first two characters of the key. */
export function createFolderStore(folder: string): ObjectStore {
  const pathOf = (key: string) => join(folder, checkedKey(key).slice(0, 2), key.replaceAll('/', '.'))
  const exists = (key: string) =>
    stat(pathOf(key)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false
        throw error
      },
    )
  return {
    async putFile(key, file) {
      if (await exists(key)) return
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true })
      const temporary = `${path}.${randomUUID()}.tmp`
      try {
        await linkOrCopy(file, temporary)
        await rename(temporary, path)
      } finally {
        await rm(temporary, { force: true })
      }
    },
    exists,
    size: async (key) => (await stat(pathOf(key))).size,
    async read(key, range) {
      const stream = createReadStream(pathOf(key), range)
      await once(stream, 'open')
      return stream
    },
    copyTo: (key, file) => linkOrCopy(pathOf(key), file),
    delete: (key) => rm(pathOf(key), { force: true }),
  }
}
