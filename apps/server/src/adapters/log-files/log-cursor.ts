import type { FileHandle } from 'node:fs/promises'
import { pathExists } from '../../lib/path-exists.ts'
import { closeSegments, inodeOf, openSegments, rotatingPath, type LogSegment } from './log-segments.ts'

const blockBytes = 64 * 1024
const nothing = Buffer.alloc(0)

/** A place in a log: a byte of one of its files. `olderInode` is the file set aside last when that was looked up. */
export type LogPosition = { inode: number; offset: number; olderInode: number | null }

/** Reads a log on from a place. */
export type LogCursor = {
  /** Opens the file of its place, while somebody else holds that open too: a number of a deleted file is given to another one. */
  open(): Promise<void>
  /** What follows, at most one block; empty where nothing does for now. */
  read(): Promise<Uint8Array>
  close(): Promise<void>
}

/** The place of a byte in a log that is open; null where it has no file. */
export const positionIn = (
  segments: readonly LogSegment[],
  at: { index: number; offset: number },
): LogPosition | null => {
  const segment = segments[at.index]
  return segment ? { inode: segment.inode, offset: at.offset, olderInode: segments[1]?.inode ?? null } : null
}

/**
 * Where a place in the newest file is now, after a rotation moved the beginning of that file into files of their own: the
 * index of the file and the offset in it. Pure.
 */
export function placeAfterShortening(
  segments: readonly Pick<LogSegment, 'inode' | 'size'>[],
  before: LogPosition,
): { index: number; offset: number } {
  const known = segments.findIndex(({ inode }) => inode === before.olderInode)
  let { offset } = before
  for (let index = (known < 0 ? segments.length : known) - 1; index >= 1; index--) {
    const size = segments[index]?.size ?? 0
    if (offset < size) return { index, offset }
    offset -= size
  }
  return { index: 0, offset }
}

/**
 * Reads a log on from a place (null: from its beginning, once it has a file) without losing or doubling a byte: through files
 * that are renamed, and through a rotation that moves the beginning of the newest file away under its writer. `onGap` hears of
 * what cannot be read any more: a file that was emptied, or deleted before it was read.
 */
export function logCursor(path: string, start: LogPosition | null, onGap: () => void): LogCursor {
  let file: FileHandle | null = null
  let position = start

  async function moveTo(
    choose: (segments: readonly LogSegment[]) => { index: number; offset: number },
  ): Promise<boolean> {
    const segments = await openSegments(path)
    const { index, offset } = choose(segments)
    const chosen = segments[index]
    await closeSegments(segments.filter((segment) => segment !== chosen))
    if (!chosen) return false
    await file?.close()
    file = chosen.file
    position = positionIn(segments, { index, offset })
    return true
  }
  const indexOf = (segments: readonly LogSegment[]) =>
    segments.findIndex(({ inode }) => inode === position?.inode)

  /** Finds the place again among the files that there are now. */
  const findAgain = () =>
    moveTo((segments) => {
      const index = indexOf(segments)
      if (position && index === 0) return placeAfterShortening(segments, position)
      if (position && index > 0) return { index, offset: position.offset }
      if (position) onGap()
      return { index: segments.length - 1, offset: 0 }
    })
  /** The file has been read to its end, and nobody writes to it any more. */
  const goToNewer = () =>
    moveTo((segments) => {
      const index = indexOf(segments)
      if (index < 0) onGap()
      return { index: (index < 0 ? segments.length : index) - 1, offset: 0 }
    })

  // While files are renamed there may be none set aside last; only the rotation in place, which leaves its mark, moves bytes.
  const isStill = async (at: LogPosition) => {
    if (await pathExists(rotatingPath(path))) return false
    const older = await inodeOf(`${path}.1`)
    return older === null || older === at.olderInode
  }

  async function readBlock(from: FileHandle, offset: number): Promise<Buffer> {
    const block = Buffer.allocUnsafe(blockBytes)
    const { bytesRead } = await from.read(block, 0, block.length, offset)
    return block.subarray(0, bytesRead)
  }

  /** Bytes of the newest file; null where it was rotated under the reading, so that they may be those of another place. */
  async function readNewest(from: FileHandle, at: LogPosition): Promise<Buffer | null> {
    if (!(await isStill(at))) return null
    const bytes = await readBlock(from, at.offset)
    const { size } = await from.stat()
    if (!(await isStill(at))) return null
    if (size >= at.offset) return bytes
    onGap()
    at.offset = 0
    return nothing
  }

  return {
    async open() {
      if (!file && position) await findAgain()
    },
    async read() {
      if ((!file || !position) && !(await findAgain())) return nothing
      if (!file || !position) return nothing
      const newest = await inodeOf(path)
      if (newest === position.inode) {
        const bytes = await readNewest(file, position)
        if (bytes) position.offset += bytes.length
        else if (!(await pathExists(rotatingPath(path)))) await findAgain()
        return bytes ?? nothing
      }
      const bytes = await readBlock(file, position.offset)
      position.offset += bytes.length
      if (bytes.length === 0 && newest !== null) await goToNewer()
      return bytes
    },
    async close() {
      await file?.close()
      file = null
    },
  }
}
