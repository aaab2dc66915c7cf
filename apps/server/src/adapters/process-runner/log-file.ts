import { open, stat, type FileHandle } from 'node:fs/promises'
import { lineSplitter } from '../../lib/line-splitter.ts'

const blockBytes = 64 * 1024
/** However long its lines are, no more than this is read back from the end of a file. */
export const longestTailBytes = 16 * 1024 * 1024
const lineFeed = 0x0a

/** Opens a file to read; null if there is none. */
async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Where the last `count` lines of a file begin, found backwards in blocks, so that the size of the file does not matter.
 * `lines` is how many there are, at most `count`; a last one without its end counts.
 */
async function offsetOfLastLines(
  file: FileHandle,
  count: number,
): Promise<{ offset: number; lines: number }> {
  const { size } = await file.stat()
  if (size === 0 || count <= 0) return { offset: size, lines: 0 }
  const block = Buffer.alloc(blockBytes)
  let lines = 0
  for (let end = size; end > 0 && size - end < longestTailBytes;) {
    const start = Math.max(0, end - blockBytes)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    const bytes = block.subarray(0, bytesRead)
    for (
      let at = bytes.lastIndexOf(lineFeed);
      at >= 0;
      at = at === 0 ? -1 : bytes.lastIndexOf(lineFeed, at - 1)
    ) {
      if (start + at === size - 1) continue
      lines += 1
      if (lines === count) return { offset: start + at + 1, lines }
    }
    end = start
  }
  return { offset: Math.max(0, size - longestTailBytes), lines: lines + 1 }
}

/** Reads lines on from `offset` to what is now the end; the rest without a line end stays in the splitter. */
async function readOn(file: FileHandle, offset: number, write: (bytes: Uint8Array) => void): Promise<number> {
  const block = Buffer.alloc(blockBytes)
  for (let at = offset; ;) {
    const { bytesRead } = await file.read(block, 0, block.length, at)
    if (bytesRead === 0) return at
    write(block.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** The last `count` lines of a file and, where it was rotated a moment ago, of the one before it. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  const lines = await lastLinesOf(path, count)
  if (lines.length >= count) return lines
  return [...(await lastLinesOf(`${path}.1`, count - lines.length)), ...lines]
}

async function lastLinesOf(path: string, count: number): Promise<string[]> {
  const file = await openIfThere(path)
  if (!file) return []
  try {
    const { offset } = await offsetOfLastLines(file, count)
    const lines: string[] = []
    const splitter = lineSplitter((line) => lines.push(line))
    await readOn(file, offset, splitter.write)
    splitter.end()
    return lines.slice(-count)
  } finally {
    await file.close()
  }
}

/** A log file that is being written. `read` gives the lines that have become whole since the last call. */
export type LogFollower = { read(): Promise<string[]>; close(): Promise<void> }

/**
 * Follows a file from its last `count` lines on: through rotation (the renamed file is read to its end first), truncation,
 * and also if there is no file yet.
 */
export function followFile(path: string, count: number): LogFollower {
  let file: FileHandle | null = null
  let offset = 0
  let isFirst = true
  let lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))

  async function openNext(): Promise<void> {
    file = await openIfThere(path)
    offset = file && isFirst ? (await offsetOfLastLines(file, count)).offset : 0
    if (file) isFirst = false
  }
  async function wasReplaced(current: FileHandle): Promise<boolean> {
    try {
      return (await stat(path)).ino !== (await current.stat()).ino
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
      throw error
    }
  }

  return {
    async read() {
      if (!file) await openNext()
      isFirst = false
      if (!file) return []
      const replaced = await wasReplaced(file)
      if ((await file.stat()).size < offset) offset = 0
      offset = await readOn(file, offset, splitter.write)
      if (replaced) {
        splitter.end()
        await file.close()
        await openNext()
        if (file) offset = await readOn(file, offset, splitter.write)
      }
      const whole = lines
      lines = []
      return whole
    },
    async close() {
      await file?.close()
      file = null
    },
  }
}
