import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { ifThere } from '../../lib/if-there.ts'

/** Bytes that have arrived in full, not yet in the store. Exactly one of `keep` and `discard` is called. */
export type ArrivedModel = {
  sha256: string
  size: number
  /** Puts them into the store. The caller has the turn of this digest. */
  keep: () => Promise<void>
  discard: () => Promise<void>
}

/** Model files by their SHA-256. Every file is on the disk once. */
export type ModelStore = {
  /**
   * Writes bytes beside the store while it computes their digest: what is kept is what was read, whoever else may still write
   * to where they come from. `onBytes` gets the length of each piece before it is written, and refuses more by throwing.
   * Nothing is left if it rejects.
   */
  receive: (content: AsyncIterable<Uint8Array>, onBytes: (length: number) => void) => Promise<ArrivedModel>
  /** The size of a file in bytes; null if there is none. */
  size: (sha256: string) => Promise<number | null>
  read: (sha256: string, range?: { start: number; end: number }) => Readable
  /** Makes a path another name of the file, which takes no room. Resolves with false if there is no such file. */
  link: (sha256: string, path: string) => Promise<boolean>
  /** Removes the store's own name of a file. Its bytes go with the last release that has it. */
  remove: (sha256: string) => Promise<void>
  /** The digests of all files. */
  digests: () => Promise<string[]>
  /** Removes what an earlier control plane was receiving. */
  forgetArriving: () => Promise<void>
}

/** Others can read a file through a release. Nobody writes to it, not even its owner. */
const mode = 0o444
const arriving = 'arriving'

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
  onBytes: (length: number) => void,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of content) {
      onBytes(chunk.length)
      hash.update(chunk)
      await file.writeFile(chunk)
      size += chunk.length
    }
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
  return { sha256: hash.digest('hex'), size }
}

/** The model files below a folder. Subfolders are named by the first two characters of the digest. */
export function createModelStore(folder: string): ModelStore {
  const drafts = join(folder, arriving)
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256)
  const size = async (sha256: string) => (await ifThere(stat(pathOf(sha256))))?.size ?? null

  async function keep(draft: string, sha256: string): Promise<void> {
    if ((await size(sha256)) !== null) return rm(draft)
    await mkdir(dirname(pathOf(sha256)), { recursive: true, mode: 0o700 })
    return rename(draft, pathOf(sha256))
  }

  return {
    async receive(content, onBytes) {
      await mkdir(drafts, { recursive: true, mode: 0o700 })
      const draft = join(drafts, randomUUID())
      try {
        const arrived = await writeAll(draft, content, onBytes)
        return {
          ...arrived,
          keep: () => keep(draft, arrived.sha256),
          discard: () => rm(draft, { force: true }),
        }
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    size,
    read: (sha256, range) => createReadStream(pathOf(sha256), range),
    link: async (sha256, path) =>
      (await size(sha256)) !== null && (await ifThere(link(pathOf(sha256), path).then(() => true))) === true,
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
    async digests() {
      const entries = (await ifThere(readdir(folder, { withFileTypes: true }))) ?? []
      const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== arriving)
      return (await Promise.all(folders.map(({ name }) => readdir(join(folder, name))))).flat()
    },
    forgetArriving: () => rm(drafts, { recursive: true, force: true }),
  }
}
