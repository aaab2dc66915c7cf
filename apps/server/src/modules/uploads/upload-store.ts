import { FileStore } from '@tus/file-store'
import type { Upload } from '@tus/server'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull } from '../../lib/disk-full.ts'
import type { Readable } from 'node:stream'

/** The status and text with which the tus server answers when the disk is full. */
const diskFull = { status_code: 507, body: 'disk full' }

/** An upload that was announced: whose it is, and its whole size in bytes. Null if its sender did not say. */
export type Announced = { owner: string | null; size: number | null }

const announcedIn = ({ metadata, size }: Upload): Announced => ({
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

  async #read(): Promise<Map<string, Announced>> {
    const found = new Map<string, Announced>()
    await mkdir(this.directory, { recursive: true })
    for (const id of (await this.configstore.list?.()) ?? []) {
      const upload = await this.configstore.get(id)
      if (upload) found.set(id, announcedIn(upload))
    }
    return found
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
    await super.declareUploadLength(id, size)
    const known = (await this.#all()).get(id)
    if (known) known.size = size
  }

  override async remove(id: string): Promise<void> {
    await super.remove(id)
    ;(await this.#all()).delete(id)
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
