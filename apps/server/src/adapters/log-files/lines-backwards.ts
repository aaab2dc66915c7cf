import { longestLine } from '../../lib/line-splitter.ts'
import type { LogSegment } from './log-segments.ts'

const lineFeed = 0x0a
const firstBlockBytes = 64 * 1024
const largestBlockBytes = 256 * 1024

/**
 * What one search may still cost, shared by all logs that it reads. `spent` is set if the budget was not
 * enough. `signal` aborts when nobody wants the result any more.
 */
export type SearchBudget = {
  bytes: number
  until: number
  spent: boolean
  signal?: AbortSignal | undefined
}

/**
 * Splits a text that ends at the end of a line into lines, newest first. The CRs of a progress bar also
 * separate lines.
 */
function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const all = text.includes('\r') ? lines.flatMap((line) => line.split(/\r(?!$)/)) : lines
  return all
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line).slice(0, longestLine))
    .toReversed()
}

/** Where the lines of {@link linesOf} begin, in the file in which the text begins at `start`. Newest first. */
function startsOf(text: string, start: number): number[] {
  let at = start
  return text
    .split('\n')
    .flatMap((line) => {
      const begins = at
      at += Buffer.byteLength(line) + 1
      // The parts of a progress bar were written within one line.
      const parts = line.includes('\r') ? line.split(/\r(?!$)/).length : 1
      return Array<number>(parts).fill(begins)
    })
    .slice(0, text.endsWith('\n') ? -1 : undefined)
    .toReversed()
}

/** The lines of about one block, newest first; their file, and where they begin in it, which is found when it is needed. */
export type LineBlock = { lines: string[]; segment: LogSegment; starts: () => number[] }

/**
 * Reads a log backwards from its end, through its rotated files, in blocks. `next` returns the lines of about
 * one block, newest first. Lines that are split between blocks or files are joined. Null at the start of the
 * log, or when the budget is spent. A line longer than {@link longestLine} bytes is cut after its beginning,
 * so memory is limited. Blocks whose text `isWanted` rejects are skipped.
 */
export function linesBackwards(
  segments: readonly LogSegment[],
  budget: SearchBudget,
  isWanted: (text: string) => boolean = () => true,
): { next(): Promise<LineBlock | null> } {
  let index = 0
  let end = segments[0]?.size ?? 0
  let blockBytes = firstBlockBytes
  /** The end of a line whose beginning has not been read yet, in file order. */
  let rest: Buffer[] = []
  let restBytes = 0

  const keep = (bytes: Buffer) => {
    rest.unshift(bytes)
    restBytes += bytes.length
    while (rest.length > 1 && restBytes - (rest.at(-1)?.length ?? 0) >= longestLine)
      restBytes -= rest.pop()?.length ?? 0
  }

  async function readBlock(segment: LogSegment): Promise<Buffer> {
    const start = Math.max(0, end - blockBytes)
    const block = Buffer.allocUnsafe(end - start)
    const { bytesRead } = await segment.file.read(block, 0, block.length, start)
    budget.bytes -= block.length
    end = start
    blockBytes = Math.min(largestBlockBytes, blockBytes * 2)
    return block.subarray(0, bytesRead)
  }

  const blockOf = (text: string, segment: LogSegment, start: number): LineBlock => ({
    lines: linesOf(text),
    segment,
    starts: () => startsOf(text, start),
  })

  const finish = (): LineBlock | null => {
    const oldest = segments.at(-1)
    if (rest.length === 0 || !oldest) return null
    const text = Buffer.concat(rest).toString('utf8')
    rest = []
    return blockOf(text, oldest, 0)
  }

  return {
    async next() {
      for (;;) {
        const segment = segments[index]
        if (!segment) return finish()
        if (end === 0) {
          index += 1
          end = segments[index]?.size ?? 0
          continue
        }
        budget.signal?.throwIfAborted()
        if (budget.bytes <= 0 || performance.now() >= budget.until) {
          budget.spent = true
          return null
        }
        const block = await readBlock(segment)
        // The last byte of the kept part is the end of a line. The first complete line begins after the first
        // line feed here.
        const first = block.indexOf(lineFeed)
        if (first < 0) {
          keep(block)
          continue
        }
        const text = Buffer.concat([block.subarray(first + 1), ...rest]).toString('utf8')
        rest = [Buffer.from(block.subarray(0, first + 1))]
        restBytes = first + 1
        // `end` is now where this block begins.
        const found = isWanted(text) ? blockOf(text, segment, end + first + 1) : null
        if (found && found.lines.length > 0) return found
      }
    },
  }
}
