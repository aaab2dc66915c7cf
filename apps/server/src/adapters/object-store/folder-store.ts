import { createReadStream } from 'node:fs'
import { copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { ifThere } from '../../lib/if-there.ts'
import { renameSynced, syncFolder } from '../../lib/synced.ts'
import { checkedKey, type ObjectStore } from './object-store.ts'

/** A hard link is fast. Another file system needs a copy. */
const linkOrCopy = (from: string, to: string) => link(from, to).catch(() => copyFile(from, to))

/** Whether a key is named by the digest of its object's content. Other keys are of forms that were made from a content. */
const isOfContent = (key: string) => /(?:^|\/)[0-9a-f]{64}$/.test(key)

/** Objects as files below a folder. Subfolders are named by the first two characters of the key. */
export function createFolderStore(folder: string): ObjectStore {
  const pathOf = (key: string) => join(folder, checkedKey(key).slice(0, 2), key.replaceAll('/', '.'))
  const sizeOf = async (key: string) => (await ifThere(stat(pathOf(key))))?.size ?? null
  const exists = async (key: string) => (await sizeOf(key)) !== null

  /**
   * Whether the object of this key is there. One that is named by its content and has another length was cut off by a power cut, and
   * must not prevent that it is stored again.
   */
  async function isStored(key: string, file: string): Promise<boolean> {
    const size = await sizeOf(key)
    return size !== null && (!isOfContent(key) || size === (await stat(file)).size)
  }
  return {
    async putFile(key, file) {
      if (await isStored(key, file)) return
      const path = pathOf(key)
      const isNew = await mkdir(dirname(path), { recursive: true })
      const temporary = `${path}.${randomUUID()}.tmp`
      try {
        await linkOrCopy(file, temporary)
        // The row that names the object is on the disk at once. So must be its bytes.
        await renameSynced(temporary, path)
        if (isNew !== undefined) await syncFolder(folder)
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
