import type { Json, LogLevel, LogLine } from '@vitrine/contract'
import { levelOfField, levelOfText } from './log-level.ts'
import { timedStart, timeOfField } from './log-time.ts'

/** The maximum length of a line when it is shown, in characters. */
export const shownLineLength = 64 * 1024

/** A parsed line. */
export type ParsedLine = {
  /** The line as it was written. */
  raw: string
  /** Its time, milliseconds since 1970. */
  at: number | null
  /** About when it was written, if it does not say so itself and that is known. */
  writtenAt?: number | null
  level: LogLevel | null
  text: string
  fields: Record<string, Json> | null
}

/** The origin of a line: the replica and the stream. `mask` hides the secrets of its program. */
export type LogOrigin = Pick<LogLine, 'replica' | 'stream'> & { mask?: (text: string) => string }

/** A line as its readers may see it. It is hidden before it is searched, so that nobody finds a secret by guesses. */
export const maskedIn = ({ mask }: LogOrigin, raw: string): string => (mask ? mask(raw) : raw)

const timeKeys = ['time', 'ts', 'timestamp', '@timestamp', 'asctime', 'datetime']
const levelKeys = ['level', 'severity', 'lvl', 'levelname', 'log_level']
const textKeys = ['msg', 'message', 'event', 'text']
const escape = '\u001b'
const colours = new RegExp(`${escape}\\[[\\d;]*m`, 'g')

const cut = (text: string) =>
  text.length <= shownLineLength
    ? text
    : `${text.slice(0, shownLineLength)} … [line cut at ${shownLineLength} characters]`

function objectOf(raw: string): Record<string, Json> | null {
  if (!raw.startsWith('{') || raw.length > shownLineLength || !raw.trimEnd().endsWith('}')) return null
  try {
    const value: Json = JSON.parse(raw)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Takes the first of these keys whose value is valid out of the fields. */
function takeField<T>(
  fields: Record<string, Json>,
  keys: readonly string[],
  meaning: (value: unknown) => T | null,
): T | null {
  for (const key of keys) {
    const value = Object.hasOwn(fields, key) ? meaning(fields[key]) : null
    if (value === null) continue
    delete fields[key]
    return value
  }
  return null
}

function parseObject(raw: string, fields: Record<string, Json>): ParsedLine {
  const at = takeField(fields, timeKeys, timeOfField)
  const level = takeField(fields, levelKeys, levelOfField)
  const text = takeField(fields, textKeys, (value) => (typeof value === 'string' ? value : null))
  return { raw, at, level, text: text ?? raw, fields }
}

/**
 * Parses one line. It may be JSON as logging libraries write it (pino, structlog, python-json-logger, zap …),
 * or text that begins with a time and states a level in one of the usual forms. Everything else stays text.
 */
export function parseLine(raw: string): ParsedLine {
  const fields = objectOf(raw)
  if (fields) return parseObject(raw, fields)
  const plain = raw.includes(escape) ? raw.slice(0, 1024).replaceAll(colours, '') : raw
  const start = timedStart(plain)
  return {
    raw,
    at: start?.at ?? null,
    level: levelOfText(start?.rest ?? plain, start !== null),
    text: cut(raw),
    fields: null,
  }
}

/** Returns a line as the API shows it. If it is too long, it is cut and a note is added. */
export const shownLine = (
  origin: LogOrigin,
  { at, writtenAt, level, text, fields }: ParsedLine,
): LogLine => ({
  ts: at === null ? null : new Date(at).toISOString(),
  ...(typeof writtenAt === 'number' && { seen_at: new Date(writtenAt).toISOString() }),
  stream: origin.stream,
  replica: origin.replica,
  level,
  text,
  fields,
})
