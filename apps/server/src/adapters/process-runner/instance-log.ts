import { setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from '@vitrine/contract'
import { followFile, lastLines } from './log-file.ts'

/** The two log files of an instance; they may be the same. */
export type LogFiles = { stdout: string; stderr: string }

/** A longer line is shown cut, characters. */
export const shownLineLength = 64 * 1024
const lookEveryMs = 200

const isoStart =
  /^\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?(?=[\]\s|,]|$)/

/**
 * The time that a line begins with, in ISO 8601 or in the form of Python's logging (`2026-01-31 12:00:00,123`), as UTC;
 * null if it begins with none. Without a zone it is this machine's local time.
 */
export function timeOfLine(text: string): string | null {
  const found = isoStart.exec(text)
  if (!found) return null
  const [, date, time, fraction = '0', zone = ''] = found
  const at = new Date(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

/** One line as the API shows it: the text as it was written, cut with a note where it is too long to show. */
function logLineOf(stream: LogLine['stream'], line: string): LogLine {
  const text =
    line.length <= shownLineLength
      ? line
      : `${line.slice(0, shownLineLength)} … [line cut at ${shownLineLength} characters]`
  return { ts: timeOfLine(line), stream, text }
}

/**
 * Brings the lines of both streams into one order. A line without a time belongs to the one above it. Where one of the
 * streams tells no time at all there is no order between them: stdout comes first.
 */
function mergeStreams(stdout: readonly LogLine[], stderr: readonly LogLine[]): LogLine[] {
  const knowsTime = (lines: readonly LogLine[]) => lines.some((line) => line.ts !== null)
  if (!knowsTime(stdout) || !knowsTime(stderr)) return [...stdout, ...stderr]
  const timed = [...withTimes(stdout), ...withTimes(stderr)]
  return timed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ line }) => line)
}

function withTimes(lines: readonly LogLine[]): { at: string; line: LogLine }[] {
  let at = ''
  return lines.map((line) => {
    at = line.ts !== null && line.ts > at ? line.ts : at
    return { at, line }
  })
}

/** At most `limit` lines of both: the newest where they have an order, else at least half of them from each stream. */
function newestLines(stdout: readonly LogLine[], stderr: readonly LogLine[], limit: number): LogLine[] {
  const merged = mergeStreams(stdout, stderr)
  if (merged.length <= limit) return merged
  const isOrdered = stdout.some((line) => line.ts !== null) && stderr.some((line) => line.ts !== null)
  if (isOrdered) return merged.slice(merged.length - limit)
  const half = Math.floor(limit / 2)
  const fromStderr = Math.min(stderr.length, Math.max(half, limit - stdout.length))
  const fromStdout = limit - fromStderr
  return [...stdout.slice(stdout.length - fromStdout), ...stderr.slice(stderr.length - fromStderr)]
}

/**
 * The last lines of an instance's log, oldest first, read from the end of the files whatever their size.
 * No file yet is no line.
 */
export async function readInstanceLog(files: LogFiles, limit: number): Promise<LogLine[]> {
  const stdout = (await lastLines(files.stdout, limit)).map((line) => logLineOf('stdout', line))
  if (files.stderr === files.stdout) return stdout
  const stderr = (await lastLines(files.stderr, limit)).map((line) => logLineOf('stderr', line))
  return newestLines(stdout, stderr, limit)
}

/**
 * The last `limit` lines, then every new one as it is written, through rotation, until `signal` aborts (which ends the
 * iteration without an error).
 */
export async function* followInstanceLog(
  files: LogFiles,
  options: { limit: number; signal: AbortSignal },
): AsyncGenerator<LogLine, void> {
  const stdout = followFile(files.stdout, options.limit)
  const stderr = files.stderr === files.stdout ? null : followFile(files.stderr, options.limit)
  try {
    for (let limit: number | null = options.limit; !options.signal.aborted; limit = null) {
      const out = (await stdout.read()).map((line) => logLineOf('stdout', line))
      const err = ((await stderr?.read()) ?? []).map((line) => logLineOf('stderr', line))
      yield* limit === null ? mergeStreams(out, err) : newestLines(out, err, limit)
      await delay(lookEveryMs, undefined, { signal: options.signal }).catch(endOnAbort)
    }
  } finally {
    await stdout.close()
    await stderr?.close()
  }
}

function endOnAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
