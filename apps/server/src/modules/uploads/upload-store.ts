import { FileStore } from '@tus/file-store'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The disk is full: the status and text that the tus server answers with. */
const diskFull = { status_code: 507, body: 'disk full' }

/** tus's store of files in a folder, which says when the disk is full and gives up what it holds of the upload then. */
export class UploadStore extends FileStore {
  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const file = createWriteStream(this.fileOf(id), { flags: 'r+', start: offset })
    try {
      await pipeline(readable, file)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      await this.remove(id)
      throw diskFull
    }
    return offset + file.bytesWritten
  }

  /** Where an upload's bytes are; ids are UUIDs that we made. */
  fileOf(id: string): string {
    return join(this.directory, id)
  }
}
