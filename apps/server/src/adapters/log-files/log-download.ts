import { lineSplitter } from '../../lib/line-splitter.ts'
import { inheritForwards } from './inherit.ts'
import { logCursor, positionIn } from './log-cursor.ts'
import { lineTest, type LineFilter, type LineTest } from './log-filter.ts'
import { maskedIn, parseLine } from './log-line.ts'
import { withOpenLogs, type LogSource, type OpenLog } from './log-search.ts'
import { unhurried, type ReadingPace } from './reading-pace.ts'

const chunkCharacters = 64 * 1024

type WrittenLine = { text: string; order: number }

/** The matching lines of one log, oldest first, up to its end at the time when it was opened. */
function streamDownload({ source, segments }: OpenLog, test: LineTest, pace: ReadingPace) {
  const know = inheritForwards()
  let left = segments.reduce((sum, { size }) => sum + size, 0)
  let found: WrittenLine[] = []
  let taken = 0
  const splitter = lineSplitter((written) => {
    const raw = maskedIn(source, written)
    const known = know(parseLine(raw))
    if (test.fits(known)) found.push({ text: raw, order: known.at ?? -Infinity })
  })
  const oldest = positionIn(segments, { index: segments.length - 1, offset: 0 })
  const cursor = logCursor(source.path, oldest, () => splitter.end())
  /** An empty read may be caused by a rotation. Several empty reads in a row mean the end. */
  const isAtEnd = async (): Promise<boolean> => {
    for (let look = 0; look < segments.length + 3; look++) {
      await pace.go()
      const bytes = await cursor.read()
      const wanted = bytes.subarray(0, left)
      left -= wanted.length
      splitter.write(wanted)
      if (left === 0) return true
      if (bytes.length > 0) return false
    }
    return true
  }
  return {
    needsMore: () => taken >= found.length && left > 0,
    async fill(): Promise<void> {
      found = []
      taken = 0
      while (found.length === 0 && left > 0) {
        if (!(await isAtEnd())) continue
        left = 0
        splitter.end()
      }
    },
    head: (): WrittenLine | undefined => found[taken],
    take: () => {
      taken += 1
    },
    open: () => cursor.open(),
    close: () => cursor.close(),
  }
}

type StreamDownload = ReturnType<typeof streamDownload>

async function beginIn(
  logs: readonly OpenLog[],
  test: LineTest,
  pace: ReadingPace,
): Promise<StreamDownload[]> {
  const streams = logs.map((log) => streamDownload(log, test, pace))
  await Promise.all(streams.map((stream) => stream.open()))
  return streams
}
const closeAll = async (streams: readonly StreamDownload[]) => {
  await Promise.all(streams.map((stream) => stream.close()))
}

/**
 * Streams the complete kept logs as text, rotated files first. Matching lines are unchanged, and ordered by
 * their times if they have any. The pieces of about 64 KiB are produced on demand, so memory stays constant.
 * Ending the iteration closes the files. Where nothing matches for long, nothing is produced, so `pace` is asked before each
 * read: it rejects when nobody waits for the rest.
 */
export async function* downloadLogs(
  sources: readonly LogSource[],
  filter: LineFilter,
  pace: ReadingPace = unhurried,
): AsyncGenerator<string, void> {
  const test = lineTest(filter)
  const streams = await withOpenLogs(sources, (logs) => beginIn(logs, test, pace), closeAll)
  try {
    let chunk = ''
    for (;;) {
      let oldest: StreamDownload | null = null
      for (const stream of streams) {
        if (stream.needsMore()) await stream.fill()
        const order = stream.head()?.order
        if (order !== undefined && (oldest === null || order < (oldest.head()?.order ?? 0))) oldest = stream
      }
      const line = oldest?.head()
      if (!oldest || !line) break
      oldest.take()
      chunk += `${line.text}\n`
      if (chunk.length < chunkCharacters) continue
      pace.rest()
      yield chunk
      chunk = ''
    }
    pace.rest()
    if (chunk !== '') yield chunk
  } finally {
    pace.rest()
    await closeAll(streams)
  }
}
