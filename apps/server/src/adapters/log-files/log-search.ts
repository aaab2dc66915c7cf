import { setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from '@vitrine/contract'
import { pathExists } from '../../lib/path-exists.ts'
import type { SearchBudget } from './lines-backwards.ts'
import type { WrittenAt } from './log-clock.ts'
import { lineTest, type LineFilter, type LineTest } from './log-filter.ts'
import { shownLine, type LogOrigin } from './log-line.ts'
import { closeSegments, inodeOf, openSegments, rotatingPath, type LogSegment } from './log-segments.ts'
import { segmentsUntil } from './log-until.ts'
import { streamSearch, type FoundLine, type StreamSearch } from './stream-search.ts'

/**
 * One log: what the instances of one replica write to one stream, one after the other. `path` is its newest
 * file.
 */
export type LogSource = LogOrigin & {
  path: string
  /** When lines were written that do not say so. */
  writtenAt?: WrittenAt | undefined
}

/** A search reads at most this many bytes of all logs together. */
export const mostSearchedBytes = 256 * 1024 * 1024
/** The maximum duration of a search, ms. */
const mostSearchedMs = 3_000
/** The maximum length of the text found. */
const mostFoundCharacters = 16 * 1024 * 1024
const mostAttempts = 5
const rotationTakesMs = 50

/** An open log with its files, newest first. */
export type OpenLog = { source: LogSource; segments: LogSegment[] }

/**
 * The result of a search, oldest first. `complete` is false if older lines were not searched because of the
 * limits.
 */
export type SearchResult = { lines: FoundLine[]; complete: boolean }

/** Whether the log was shortened in place since it was opened. What was read from it may then be broken. */
async function wasShortened({ source: { path }, segments }: OpenLog): Promise<boolean> {
  if (await pathExists(rotatingPath(path))) return true
  const [current, ...older] = segments
  if (!current || (await inodeOf(path)) !== current.inode) return false
  const first = await inodeOf(`${path}.1`)
  return first !== null && !older.some(({ inode }) => inode === first)
}

/** Takes the newest line of all streams repeatedly, up to `limit` lines and a number of characters. Newest first. */
async function newestOf(
  streams: readonly StreamSearch[],
  limit: number,
  characters: number,
  budget: SearchBudget,
): Promise<FoundLine[]> {
  const found: FoundLine[] = []
  let left = characters
  while (found.length < limit) {
    let newest: StreamSearch | null = null
    for (const stream of streams) {
      if (stream.needsMore()) await stream.fill()
      const order = stream.head()?.order
      if (order !== undefined && (newest === null || (order ?? 0) >= (newest.head()?.order ?? 0)))
        newest = stream
    }
    const line = newest?.head()
    if (!newest || !line) break
    left -= line.line.text.length
    if (left < 0) {
      budget.spent = true
      break
    }
    newest.take()
    found.push(line)
  }
  return found
}

/** Returns how many lines each group gives so that together they are at most `limit`, shared fairly. Pure. */
export function fairShares(counts: readonly number[], limit: number): number[] {
  const shares = counts.map(() => 0)
  const byCount = [...counts.keys()].sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0))
  let left = limit
  for (const [place, index] of byCount.entries()) {
    const share = Math.min(counts[index] ?? 0, Math.ceil(left / (byCount.length - place)))
    shares[index] = share
    left -= share
  }
  return shares
}

const isBeside = (one: OpenLog | undefined, other: OpenLog | undefined): boolean =>
  one?.source.replica === other?.source.replica && one?.source.stream === other?.source.stream

/** Sorts the logs of one replica by the time when they were last written. */
function inTurnOfWriting(logs: readonly OpenLog[]): OpenLog[] {
  const writtenAt = ({ segments }: OpenLog) => segments[0]?.modifiedAt ?? 0
  return logs.flatMap((log) => {
    const group = logs.filter((other) => isBeside(log, other))
    return log === group[0] ? group.toSorted((a, b) => writtenAt(a) - writtenAt(b)) : []
  })
}

/**
 * Returns the last `limit` lines of open logs. Logs with times are merged by time. The logs of a replica
 * without times are listed one after the other, stdout before stderr, each with a fair share of the lines.
 */
export async function searchOpenLogs(
  logs: readonly OpenLog[],
  test: LineTest,
  limit: number,
  signal?: AbortSignal,
): Promise<SearchResult & { streams: StreamSearch[] }> {
  const budget: SearchBudget = {
    bytes: mostSearchedBytes,
    until: performance.now() + mostSearchedMs,
    spent: false,
    signal,
  }
  const options = { budget, ordered: logs.length > 1 }
  const streams: StreamSearch[] = []
  for (const { source, segments } of logs) {
    const stream = streamSearch(source, await segmentsUntil(segments, test.to), test, options)
    await stream.fill()
    streams.push(stream)
  }
  const isTimed = (stream: StreamSearch) => (stream.head()?.order ?? null) !== null
  const timed = streams.filter(isTimed)
  const besides = (log: number) =>
    streams.filter((other, at) => !isTimed(other) && isBeside(logs[log], logs[at]))
  // In the order of the logs. A group stands in the place of its first log: the logs with times, or the logs
  // of one replica without times.
  const groups = streams
    .map((stream, log) => {
      const group = isTimed(stream) ? timed : besides(log)
      return stream === group[0] ? group : []
    })
    .filter((group) => group.some((stream) => stream.head() !== undefined))
  const characters = Math.floor(mostFoundCharacters / Math.max(1, groups.length))
  const found: FoundLine[][] = []
  for (const group of groups) found.push(await newestOf(group, limit, characters, budget))
  const shares = fairShares(
    found.map((group) => group.length),
    limit,
  )
  const lines = found.flatMap((group, index) => group.slice(0, shares[index]).toReversed())
  return { lines, complete: !budget.spent, streams }
}

/**
 * Opens logs, uses them and closes them. If one was shortened in place meanwhile, the result is discarded and
 * everything is done again. After some attempts the last result is returned.
 */
export async function withOpenLogs<T>(
  sources: readonly LogSource[],
  use: (logs: OpenLog[]) => Promise<T>,
  discard: (result: T) => Promise<void> = async () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const logs = inTurnOfWriting(
      await Promise.all(
        sources.map(async (source) => ({ source, segments: await openSegments(source.path) })),
      ),
    )
    try {
      const result = await use(logs)
      const shortened = await Promise.all(logs.map(wasShortened))
      if (attempt >= mostAttempts || !shortened.includes(true)) return result
      await discard(result)
    } finally {
      await Promise.all(logs.map(({ segments }) => closeSegments(segments)))
    }
    await delay(rotationTakesMs)
  }
}

/**
 * Returns the last `limit` matching lines, oldest first. It reads from the end of the files, whatever their
 * size, at most {@link mostSearchedBytes} and for 3 s. A missing file has no lines. Rejects when `signal` aborts.
 */
export async function searchLogs(
  sources: readonly LogSource[],
  filter: LineFilter,
  limit: number,
  signal?: AbortSignal,
): Promise<{ lines: LogLine[]; complete: boolean }> {
  const test = lineTest(filter)
  const { lines, complete } = await withOpenLogs(sources, (logs) => searchOpenLogs(logs, test, limit, signal))
  return { lines: lines.map((found) => shownLine(found.origin, found.line)), complete }
}
