import { setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from '@vitrine/contract'
import { lineSplitter } from '../../lib/line-splitter.ts'
import { inheritForwards, type KnownLine } from './inherit.ts'
import { logCursor, positionIn, type LogPosition } from './log-cursor.ts'
import { lineTest, type LineFilter, type LineTest } from './log-filter.ts'
import { parseLine, shownLine } from './log-line.ts'
import { searchOpenLogs, withOpenLogs, type LogSource, type OpenLog } from './log-search.ts'
import { endOfWholeLines } from './log-segments.ts'
import type { FoundLine } from './stream-search.ts'

const lookEveryMs = 200
/** How often it is looked whether there are logs that were not there before, in looks. */
const looksPerListing = 5
/** No more than so much is read of one log before what it brought is given on, blocks. */
const blocksPerLook = 16

/** What following a log tells: lines, oldest first; once, between the old and the new ones, whether the old ones are all. */
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
    const known = know(parseLine(text))
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

/** Lines that were written in one look: by their times where all have one, else log by log. */
function inOrder(found: FoundLine[]): LogLine[] {
  if (found.every(({ order }) => order !== null)) found.sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  return found.map(({ origin, line }) => shownLine(origin, line))
}

type Beginning = { lines: FoundLine[]; complete: boolean; readers: Map<string, Reader> }

/** The last whole lines of logs that are open, and readers that go on right after them. */
async function beginIn(logs: readonly OpenLog[], test: LineTest, limit: number): Promise<Beginning> {
  const ends = await Promise.all(logs.map(({ segments }) => endOfWholeLines(segments)))
  const whole = logs.map(({ source, segments }, log) => {
    const { index, offset } = ends[log] ?? { index: 0, offset: 0 }
    const kept = segments.slice(index)
    return { source, segments: kept.map((one, at) => (at === 0 ? { ...one, size: offset } : one)) }
  })
  // Where no old line is wanted, any one shows what level the next ones inherit.
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
 * The last `limit` lines that fit, then every new one as it is written, through rotation and also of logs that appear later,
 * until `signal` aborts (which ends the iteration without an error). Nothing is read before it is asked for, so a slow reader
 * costs no memory.
 * @param list gives the logs that there are now
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
