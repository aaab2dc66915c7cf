import type { FileHandle } from 'node:fs/promises'
import { pathExists } from '../../lib/path-exists.ts'
import { closeSegments, inodeOf, openSegments, rotatingPath, type LogSegment } from './log-segments.ts'

const blockBytes = 64 * 1024
const nothing = Buffer.alloc(0)

/**
 * A position in a log: a byte in one of its files. `olderInode` is the file rotated last at the time of the
 * look.
 */
export type LogPosition = { inode: number; offset: number; olderInode: number | null }

/** Reads a log on from a position. */
export type LogCursor = {
  /**
   * Opens the file of the position. The caller must keep the same file open meanwhile, because the inode of a
   * deleted file can be reused.
   */
  open(): Promise<void>
  /** Returns the following bytes, at most one block; empty if there are none yet. */
  read(): Promise<Uint8Array>
  close(): Promise<void>
}

/** Returns the position of a byte in an open log; null if the log has no file. */
export const positionIn = (
  segments: readonly LogSegment[],
  at: { index: number; offset: number },
): LogPosition | null => {
  const segment = segments[at.index]
  return segment ? { inode: segment.inode, offset: at.offset, olderInode: segments[1]?.inode ?? null } : null
}

/**
 * Returns where a position in the newest file is after a rotation moved the beginning of that file to other
 * files: the index of the file and the offset in it. Pure.
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
 * Reads a log on from a position (null: from its beginning, once it has a file) without losing or repeating a
 * byte. It follows renamed files, and rotations that move the beginning of the newest file away while it is
 * written. `onGap` is called if bytes cannot be read any more, because a file was emptied, or deleted before
 * it was read.
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

  /** Finds the position again in the current files. */
  const findAgain = () =>
    moveTo((segments) => {
      const index = indexOf(segments)
      if (position && index === 0) return placeAfterShortening(segments, position)
      if (position && index > 0) return { index, offset: position.offset }
      if (position) onGap()
      return { index: segments.length - 1, offset: 0 }
    })
  /** Called when the file was read to its end and is no longer written. */
  const goToNewer = () =>
    moveTo((segments) => {
      const index = indexOf(segments)
      if (index < 0) onGap()
      return { index: (index < 0 ? segments.length : index) - 1, offset: 0 }
    })

  // While files are renamed, `.1` may be missing. Only a rotation in place moves bytes, and it leaves its
  // marker file.
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

  /**
   * Returns bytes of the newest file; null if it was rotated during the read, so they may come from another
   * place.
   */
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
