import { open, stat, type FileHandle } from 'node:fs/promises'
import { ifThere } from '../../lib/if-there.ts'

const lineFeed = 0x0a
const blockBytes = 64 * 1024

/**
 * One open file of a rotated log. The log is one sequence of bytes, which a rotation may have split anywhere.
 */
export type LogSegment = { file: FileHandle; inode: number; size: number; modifiedAt: number }

/** Returns the inode of a path; null if there is no file. */
export async function inodeOf(path: string): Promise<number | null> {
  return (await ifThere(stat(path)))?.ino ?? null
}

/** The file to which a copying rotation writes until the log is shortened. No kept log has this name. */
export const rotatingPath = (path: string): string => `${path}.rotating`

/**
 * Opens a log with its rotated files, newest first: `path`, `path.1`, `path.2` … A rotation at the same time
 * moves files only to higher numbers, so none is missed, and a file met twice is counted once. During its
 * renames one number may be missing; two missing numbers in a row are the end.
 */
export async function openSegments(path: string): Promise<LogSegment[]> {
  const segments: LogSegment[] = []
  for (let number = 0, missing = 0; missing < 2; number++) {
    const file = await ifThere(open(number === 0 ? path : `${path}.${number}`, 'r'))
    if (!file) {
      // If a service writes to only one of its streams, its other log is without a newest file for a moment
      // at most.
      missing += 1
      continue
    }
    missing = 0
    const { ino: inode, size, mtimeMs: modifiedAt } = await file.stat()
    if (segments.some((known) => known.inode === inode)) await file.close()
    else segments.push({ file, inode, size, modifiedAt })
  }
  return segments
}

/** Closes the files opened by {@link openSegments}. */
export async function closeSegments(segments: readonly LogSegment[]): Promise<void> {
  await Promise.all(segments.map(({ file }) => file.close()))
}

/**
 * Returns the end of the last complete line: the index of the segment and the offset in it. It is searched
 * backwards over at most `most` bytes. A longer last line counts as complete.
 */
export async function endOfWholeLines(
  segments: readonly LogSegment[],
  most = 1024 * 1024,
): Promise<{ index: number; offset: number }> {
  let looked = 0
  for (const [index, { file, size }] of segments.entries()) {
    for (let end = size; end > 0;) {
      if (looked >= most) return { index: 0, offset: segments[0]?.size ?? 0 }
      const start = Math.max(0, end - blockBytes)
      const block = Buffer.allocUnsafe(end - start)
      const { bytesRead } = await file.read(block, 0, block.length, start)
      const at = block.subarray(0, bytesRead).lastIndexOf(lineFeed)
      if (at >= 0) return { index, offset: start + at + 1 }
      looked += block.length
      end = start
    }
  }
  return { index: Math.max(0, segments.length - 1), offset: 0 }
}
