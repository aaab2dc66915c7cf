import { setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from '@vitrine/contract'
import { lineSplitter } from '../../lib/line-splitter.ts'
import { inheritForwards, type KnownLine } from './inherit.ts'
import { logCursor, positionIn, type LogPosition } from './log-cursor.ts'
import { lineTest, type LineFilter, type LineTest } from './log-filter.ts'
import { maskedIn, parseLine, shownLine } from './log-line.ts'
import { searchOpenLogs, withOpenLogs, type LogSource, type OpenLog } from './log-search.ts'
import { endOfWholeLines } from './log-segments.ts'
import type { FoundLine } from './stream-search.ts'

const lookEveryMs = 200
/** After how many looks the list of logs is read again, for new ones. */
const looksPerListing = 5
/** The maximum number of blocks read from one log before its lines are passed on. */
const blocksPerLook = 16

/**
 * What following a log yields: lines, oldest first; and once, between the old and the new lines, whether the
 * old ones are complete.
 */
export type FollowedLines = { kind: 'lines'; lines: LogLine[] } | { kind: 'caught_up'; complete: boolean }

type Reader = {
  open(): Promise<void>
  read(): Promise<{ found: FoundLine[]; more: boolean }>
  close(): Promise<void>
}

function readerOf(
  source: LogSource,
  test: LineTest,
  start: LogPosition | null,
  last?: Pick<KnownLine, 'at' | 'level'>,
): Reader {
  const know = inheritForwards(last)
  let found: FoundLine[] = []
  const splitter = lineSplitter((text) => {
    const known = know(parseLine(maskedIn(source, text)))
    if (test.fits(known)) found.push({ ...known, origin: source, order: known.at })
  })
  const cursor = logCursor(source.path, start, () => splitter.end())
  return {
    open: () => cursor.open(),
    async read() {
      let more = true
      for (let block = 0; more && block < blocksPerLook; block++) {
        const bytes = await cursor.read()
        more = bytes.length > 0
        splitter.write(bytes)
      }
      const whole = found
      found = []
      return { found: whole, more }
    },
    close: () => cursor.close(),
  }
}

/** Sorts the lines of one look: by their times if all have one, else log by log. */
function inOrder(found: FoundLine[]): LogLine[] {
  if (found.every(({ order }) => order !== null)) found.sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  return found.map(({ origin, line }) => shownLine(origin, line))
}

type Beginning = { lines: FoundLine[]; complete: boolean; readers: Map<string, Reader> }

/** Returns the last complete lines of open logs, and readers that continue right after them. */
async function beginIn(logs: readonly OpenLog[], test: LineTest, limit: number): Promise<Beginning> {
  const ends = await Promise.all(logs.map(({ segments }) => endOfWholeLines(segments)))
  const whole = logs.map(({ source, segments }, log) => {
    const { index, offset } = ends[log] ?? { index: 0, offset: 0 }
    const kept = segments.slice(index)
    return { source, segments: kept.map((one, at) => (at === 0 ? { ...one, size: offset } : one)) }
  })
  // If no old line is wanted, any line shows which level the next ones inherit.
  const wanted = limit > 0 ? test : { ...test, fits: () => true }
  const { lines, complete, streams } = await searchOpenLogs(whole, wanted, limit)
  const readers = new Map<string, Reader>()
  for (const [log, { source, segments }] of logs.entries()) {
    const start = positionIn(segments, ends[log] ?? { index: 0, offset: 0 })
    const reader = readerOf(source, test, start, streams[log]?.last())
    readers.set(source.path, reader)
    await reader.open()
  }
  return { lines, complete, readers }
}

const closeAll = async ({ readers }: Pick<Beginning, 'readers'>) => {
  await Promise.all([...readers.values()].map((reader) => reader.close()))
}

/**
 * Yields the last `limit` matching lines, then every new one as it is written. It follows rotations and logs
 * that appear later. When `signal` aborts, the iteration ends without an error. Nothing is read before the
 * caller asks for it, so a slow reader costs no memory.
 * @param list returns the logs that exist now
 */
export async function* followLogs(
  list: () => Promise<LogSource[]>,
  filter: LineFilter,
  options: { limit: number; signal: AbortSignal },
): AsyncGenerator<FollowedLines, void> {
  const test = lineTest(filter)
  const begin = (logs: OpenLog[]) => beginIn(logs, test, options.limit)
  const { lines, complete, readers } = await withOpenLogs(await list(), begin, closeAll)
  try {
    if (lines.length > 0)
      yield { kind: 'lines', lines: lines.map((found) => shownLine(found.origin, found.line)) }
    yield { kind: 'caught_up', complete }
    for (let look = 1; !options.signal.aborted; look++) {
      if (look % looksPerListing === 0)
        for (const source of await list())
          if (!readers.has(source.path)) readers.set(source.path, readerOf(source, test, null))
      const looks = await Promise.all([...readers.values()].map((reader) => reader.read()))
      const found = looks.flatMap((one) => one.found)
      if (found.length > 0) yield { kind: 'lines', lines: inOrder(found) }
      if (!looks.some(({ more }) => more))
        await delay(lookEveryMs, undefined, { signal: options.signal }).catch(endOnAbort)
    }
  } finally {
    await closeAll({ readers })
  }
}

function endOnAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
