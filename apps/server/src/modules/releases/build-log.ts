import { createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { ifThere } from '../../lib/if-there.ts'

/** The most that is kept of what a build prints, in bytes. */
const keptAtMost = 2 * 1024 ** 2
/** The most that is read at once, in bytes. */
const readAtMost = 256 * 1024
/** The longest line, in characters of at most three bytes. Longer lines are cut, so that each fits into what is read at once. */
const longestLine = 8_000

/** Takes the lines that a build prints. */
export type BuildLog = { write: (line: string) => void; close: () => Promise<void> }

/** Begins the log of a build, in place of that of an earlier attempt. Only the platform can read it. */
export async function beginBuildLog(file: string): Promise<BuildLog> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const stream = createWriteStream(file, { flags: 'w', mode: 0o600 })
  // A full disk must not fail a build that could still succeed. The lines are lost then.
  stream.on('error', () => undefined)
  let left = keptAtMost
  return {
    write(line) {
      if (left <= 0) return
      const text = `${line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}\n`
      left -= Buffer.byteLength(text)
      stream.write(left > 0 ? text : '…\n')
    },
    close: async () => {
      stream.end()
      await finished(stream).catch(() => undefined)
    },
  }
}

/**
 * The complete lines of a build log from an offset in bytes, and the offset after them. None without a log. The last line
 * of a build that goes on is complete, because lines are written as a whole.
 */
export async function readBuildLog(file: string, after: number): Promise<{ lines: string[]; next: number }> {
  const handle = await ifThere(open(file, 'r'))
  if (handle === null) return { lines: [], next: 0 }
  try {
    const buffer = Buffer.alloc(readAtMost)
    const { bytesRead } = await handle.read(buffer, 0, readAtMost, after)
    const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
    const text = buffer.subarray(0, end).toString('utf8')
    return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), next: after + end }
  } finally {
    await handle.close()
  }
}
