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
): { next(): Promise<string[] | null> } {
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

  const finish = (): string[] | null => {
    if (rest.length === 0) return null
    const text = Buffer.concat(rest).toString('utf8')
    rest = []
    return linesOf(text)
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
        const lines = isWanted(text) ? linesOf(text) : []
        if (lines.length > 0) return lines
      }
    },
  }
}
