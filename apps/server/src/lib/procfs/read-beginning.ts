import { open } from 'node:fs/promises'
import { readIfAllowed } from '../read-if-allowed.ts'

/**
 * Reads a file of /proc up to a length; null if the process has ended or we may not look. A process chooses itself where its command
 * line and its environment begin and end (`PR_SET_MM_MAP` of `man 2 prctl`): without a bound they take all memory, and minutes. The
 * read may wait for a lock that the process holds, so it is never synchronous.
 */
export const readBeginning = (path: string, most: number): Promise<string | null> =>
  readIfAllowed(async () => {
    const file = await open(path, 'r')
    try {
      let text = Buffer.alloc(0)
      const chunk = Buffer.alloc(Math.min(most, 16_384))
      while (text.length < most) {
        const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, most - text.length))
        if (bytesRead === 0) break
        text = Buffer.concat([text, chunk.subarray(0, bytesRead)])
      }
      return text.toString('utf8')
    } finally {
      await file.close()
    }
  })

/** The longest command line that is read: more than any program of ours has. */
const longestCommand = 64 * 1024

/** The arguments of a process; none if it has ended, has none, or we may not look. */
export const argumentsOf = async (pid: number | string): Promise<string[]> =>
  ((await readBeginning(`/proc/${pid}/cmdline`, longestCommand)) ?? '').split('\0')
