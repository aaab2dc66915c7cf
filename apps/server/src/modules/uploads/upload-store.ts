import { FileStore } from '@tus/file-store'
import type { Upload } from '@tus/server'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { isDiskFull } from '../../lib/disk-full.ts'
import { ifThere } from '../../lib/if-there.ts'

/** The status and text with which the tus server answers when the disk is full. */
const diskFull = { status_code: 507, body: 'disk full' }

/** An upload that was announced: whose it is, and its whole size in bytes. Null if its sender did not say. */
export type Announced = { owner: string | null; size: number | null }

/** What is read of the description that tus keeps beside the bytes of an upload. */
const description = z.object({
  size: z.number().optional(),
  metadata: z.record(z.string(), z.string().nullable()).optional(),
})
/** How the name of a description ends. */
const ending = '.json'

/** The content of a description. Null for one that was written only in part. Pure. */
function parsed(text: string): z.infer<typeof description> | null {
  try {
    return description.safeParse(JSON.parse(text)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const announcedIn = ({ metadata, size }: z.infer<typeof description>): Announced => ({
  owner: metadata?.owner ?? null,
  size: size ?? null,
})

/**
 * tus's store of files in a folder. If the disk is full, it says so and removes the upload's bytes. It knows all
 * uploads that are not used yet, also those of an earlier control plane.
 */
export class UploadStore extends FileStore {
  #announced: Promise<Map<string, Announced>> | null = null

  readonly #handOvers = new Map<string, () => void>()

  /** The uploads that are not used yet, by id, as they are at any moment. The folder is read once. */
  announced(): Promise<ReadonlyMap<string, Announced>> {
    return this.#all()
  }

  /** Calls back in the moment in which an upload that is about to be created is known here. */
  onceKnown(id: string, handOver: () => void): void {
    this.#handOvers.set(id, handOver)
  }

  #all(): Promise<Map<string, Announced>> {
    this.#announced ??= this.#read().catch((error: unknown) => {
      this.#announced = null
      throw error
    })
    return this.#announced
  }

  /**
   * Reads all uploads, and removes what a kill has left: bytes without a readable description, which nobody could continue, and
   * descriptions without bytes. No upload is created meanwhile.
   */
  async #read(): Promise<Map<string, Announced>> {
    const found = new Map<string, Announced>()
    await mkdir(this.directory, { recursive: true })
    const files = (await readdir(this.directory, { withFileTypes: true })).filter((one) => one.isFile())
    const names = new Set(files.map(({ name }) => name))
    for (const id of new Set([...names].map((name) => basename(name, ending)))) {
      const text = names.has(id) ? await ifThere(readFile(this.#descriptionOf(id), 'utf8')) : null
      const upload = text === null ? null : parsed(text)
      if (upload) found.set(id, announcedIn(upload))
      else await this.#removeFiles(id)
    }
    return found
  }

  /** The bytes go first, so that a kill in between leaves only a few of them. */
  async #removeFiles(id: string): Promise<void> {
    await rm(this.fileOf(id), { force: true })
    await rm(this.#descriptionOf(id), { force: true })
  }

  #descriptionOf(id: string): string {
    return `${this.fileOf(id)}${ending}`
  }

  override async create(upload: Upload): Promise<Upload> {
    const all = await this.#all()
    all.set(upload.id, announcedIn(upload))
    this.#handOvers.get(upload.id)?.()
    this.#handOvers.delete(upload.id)
    try {
      return await super.create(upload)
    } catch (error) {
      all.delete(upload.id)
      throw error
    }
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    // Not while the first reading of all would find half a description.
    const all = await this.#all()
    await super.declareUploadLength(id, size)
    const known = all.get(id)
    if (known) known.size = size
  }

  /** Removes an upload. One that is half removed, or already gone, is no error. */
  override async remove(id: string): Promise<void> {
    const all = await this.#all()
    await this.#removeFiles(id)
    all.delete(id)
  }

  override async deleteExpired(): Promise<number> {
    await this.#all()
    return super.deleteExpired()
  }

  /** Appends a body in pieces. tus has checked that `offset` is the end of the file. */
  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const chunks: AsyncIterable<Buffer> = readable
    const file = await open(this.fileOf(id), 'a')
    let end = offset
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk)
        end += chunk.length
      }
      return end
    } catch (error) {
      if (!isDiskFull(error)) throw error
      await this.remove(id)
      throw diskFull
    } finally {
      await file.close()
    }
  }

  /** The path of an upload's bytes. Ids are UUIDs that this server made. */
  fileOf(id: string): string {
    return join(this.directory, id)
  }
}
