import { randomUUID } from 'node:crypto'
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { MediaBytes } from '../../service-apis/api-request.ts'

/** The files of one run that the platform itself made from answers. They are on disk, because a run may have many. */
export type GeneratedFiles = {
  /** Keeps a file under its name. Resolves with its size in bytes, or 0 if there already is one with this name. */
  add(file: MediaBytes): Promise<number>
  /** The bytes and the type of a file. Undefined if there is none with this name. */
  read(name: string): { body: Readable; type: string } | undefined
  /** Deletes all of them. */
  end(): Promise<void>
}

type Part = { start: number; size: number; mime: string }

const chunkBytes = 64 * 1024

/** The bytes of one part of a file. A stream of the handle would close it, and later parts could not be read. */
async function* bytesOf(file: FileHandle, { start, size }: Part): AsyncGenerator<Buffer> {
  for (let done = 0; done < size;) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - done))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start + done)
    if (bytesRead === 0) throw new Error('a file of an answer is shorter than it was written')
    done += bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}

/** Opens a file and deletes its name, so that nothing of it is left if this process is killed. */
async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `run-answers-${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  const file = await open(path, 'wx+', 0o600)
  await rm(path)
  return file
}

/** Makes the store for the files of one run. `folder` is the folder for files that have not arrived completely. */
export function createGeneratedFiles(folder: string): GeneratedFiles {
  const parts = new Map<string, Part>()
  let file: FileHandle | null = null
  let end = 0
  return {
    async add({ name, mime, content }) {
      if (parts.has(name)) return 0
      file ??= await openNameless(folder)
      const part = { start: end, size: content.length, mime }
      end += content.length
      await file.appendFile(content)
      parts.set(name, part)
      return content.length
    },
    read(name) {
      const part = parts.get(name)
      if (!part || !file) return undefined
      return { body: Readable.from(bytesOf(file, part)), type: part.mime }
    },
    async end() {
      await file?.close()
      file = null
    },
  }
}
