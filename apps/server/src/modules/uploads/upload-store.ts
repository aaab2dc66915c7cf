import { FileStore } from '@tus/file-store'
import type { Upload } from '@tus/server'
import { idleUploadHours } from '@vitrine/contract'
import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { isDiskFull } from '../../lib/disk-full.ts'
import { ifThere } from '../../lib/if-there.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'

const idleMs = idleUploadHours * 3_600_000

/** The status and text with which the tus server answers when the disk is full. */
const diskFull = { status_code: 507, body: 'disk full' }
/** The same for an upload that was removed just before. */
const removed = { status_code: 410, body: 'removed' }
/** Bytes are only added to a file that is there: one that was removed must not come back without its description. */
const appending = constants.O_WRONLY | constants.O_APPEND

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
 *
 * How long they are kept is decided here alone. tus is given no time: it would count from the creation.
 */
export class UploadStore extends FileStore {
  /** One after the other for each upload: creating it, adding bytes, using it, and removing it because it is idle. */
  readonly turns = keyedQueue()

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
      return await this.turns.run(upload.id, () => super.create(upload))
    } catch (error) {
      all.delete(upload.id)
      throw error
    }
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    // Not while the first reading of all would find half a description.
    const all = await this.#all()
    await this.turns.run(id, () => super.declareUploadLength(id, size))
    const known = all.get(id)
    if (known) known.size = size
  }

  /** Removes an upload. One that is half removed, or already gone, is no error. */
  override async remove(id: string): Promise<void> {
    const all = await this.#all()
    await this.#removeFiles(id)
    all.delete(id)
  }

  /** When an upload will be idle if no further byte arrives. Null if it has no file. */
  async expiresAt(id: string): Promise<Date | null> {
    // An empty file was last written when it was created.
    const file = await ifThere(stat(this.fileOf(id)))
    return file && new Date(file.mtimeMs + idleMs)
  }

  /**
   * Removes all idle uploads and resolves with their number. One that is being used, or to which a request adds bytes, is
   * not waited for: it stays until the next time.
   */
  override async deleteExpired(): Promise<number> {
    let count = 0
    for (const id of [...(await this.#all()).keys()])
      if (!this.turns.isBusy(id) && (await this.turns.run(id, () => this.#removeIfIdle(id)))) count += 1
    return count
  }

  async #removeIfIdle(id: string): Promise<boolean> {
    const expires = await this.expiresAt(id)
    if (expires !== null && expires.getTime() > Date.now()) return false
    await this.remove(id)
    return true
  }

  /** Appends a body in pieces. tus has checked that `offset` is the end of the file. */
  override write(readable: Readable, id: string, offset: number): Promise<number> {
    return this.turns.run(id, () => this.#append(readable, id, offset))
  }

  async #append(readable: Readable, id: string, offset: number): Promise<number> {
    const chunks: AsyncIterable<Buffer> = readable
    const file = await ifThere(open(this.fileOf(id), appending))
    if (file === null) throw removed
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
