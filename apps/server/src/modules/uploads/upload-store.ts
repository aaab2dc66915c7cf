import { FileStore } from '@tus/file-store'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/** The status and text with which the tus server answers when the disk is full. */
const diskFull = { status_code: 507, body: 'disk full' }

const isDiskFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOSPC'

/** tus's store of files in a folder. If the disk is full, it says so and removes the upload's bytes. */
export class UploadStore extends FileStore {
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
