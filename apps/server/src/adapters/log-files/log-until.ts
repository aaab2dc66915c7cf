import { parseLine } from './log-line.ts'
import type { LogSegment } from './log-segments.ts'

const lookedAtBytes = 64 * 1024
/** Below this size, narrowing the search is not worth it. */
const narrowEnoughBytes = 1024 * 1024
/** Lines of different threads may be out of order by less than this, ms. */
const marginMs = 60_000

/**
 * Returns the first line with a time at or after byte `from`, and the byte at which it begins; null if there
 * is none nearby.
 */
async function firstTimed(
  { file, size }: LogSegment,
  from: number,
): Promise<{ at: number; offset: number } | null> {
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(lookedAtBytes, size - from)))
  const { bytesRead } = await file.read(block, 0, block.length, from)
  const bytes = block.subarray(0, bytesRead)
  // The first line there may have begun before `from`.
  let start = from === 0 ? 0 : bytes.indexOf(0x0a) + 1
  if (from > 0 && start === 0) return null
  for (let end = bytes.indexOf(0x0a, start); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const { at } = parseLine(bytes.subarray(start, end).toString('utf8'))
    if (at !== null) return { at, offset: from + start }
    start = end + 1
  }
  return null
}

/**
 * Cuts off the end of a log that is later than `to`. The place is found by bisection, so very old lines are
 * reached with a few reads, however long the log is. The cut is at a line with a time. A log without times is
 * returned complete.
 */
export async function segmentsUntil(segments: readonly LogSegment[], to: number): Promise<LogSegment[]> {
  if (to === Infinity) return [...segments]
  const isLater = (found: { at: number }) => found.at > to + marginMs
  const kept: LogSegment[] = []
  for (const [index, segment] of segments.entries()) {
    const first = await firstTimed(segment, 0)
    if (first && isLater(first)) {
      // Lines before its first time belong to the last line of the previous file.
      kept.push({ ...segment, size: first.offset })
      continue
    }
    let [low, high] = [0, segment.size]
    while (first && high - low > narrowEnoughBytes) {
      const middle = Math.floor((low + high) / 2)
      const found = await firstTimed(segment, middle)
      if (!found) break
      if (isLater(found)) high = Math.min(high, found.offset)
      else low = middle
      if (found.offset >= high && !isLater(found)) break
    }
    return [...kept, { ...segment, size: high }, ...segments.slice(index + 1)]
  }
  return kept
}
