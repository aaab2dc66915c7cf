import { FileStore } from '@tus/file-store'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/** The disk is full: the status and text that the tus server answers with. */
const diskFull = { status_code: 507, body: 'disk full' }

const isDiskFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOSPC'

/** tus's store of files in a folder, which says when the disk is full and gives up what it holds of the upload then. */
export class UploadStore extends FileStore {
  /** Appends what comes, a piece at a time; tus has made sure that `offset` is the file's end. */
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

  /** Where an upload's bytes are; ids are UUIDs that we made. */
  fileOf(id: string): string {
    return join(this.directory, id)
  }
}
