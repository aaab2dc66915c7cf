import { open, stat } from 'node:fs/promises'
import { readIfAllowed } from '../../lib/read-if-allowed.ts'

/** How much of the end of a log is read at most, in bytes. */
const longestEnd = 256 * 1024

/** The size of a program's log in bytes; 0 if there is none, or none that we may read. */
export const logSize = async (path: string): Promise<number> =>
  (await readIfAllowed(() => stat(path)))?.size ?? 0

/**
 * What a program has written to its log from a byte on, and of that at most the end, however long the log is. One that is shorter than
 * that has been rotated, so all of it counts. Empty if there is none, or none that we may read.
 */
export async function logFrom(path: string, start: number): Promise<string> {
  const file = await readIfAllowed(() => open(path))
  if (file === null) return ''
  try {
    const { size } = await file.stat()
    const begin = Math.max(start > size ? 0 : start, size - longestEnd)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - begin), 0, null, begin)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}
