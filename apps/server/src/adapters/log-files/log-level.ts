import { logLevels, type LogLevel } from '@vitrine/contract'

/** The names that logging libraries use, in lower case. */
const names: Readonly<Record<LogLevel, readonly string[]>> = {
  debug: ['trace', 'debug', 'verbose', 'silly', 'fine', 'finer', 'finest', 'notset', 'dbg'],
  info: ['info', 'information', 'informational', 'notice', 'log', 'success', 'config', 'inf'],
  warn: ['warn', 'warning', 'wrn'],
  error: ['error', 'err', 'critical', 'crit', 'fatal', 'alert', 'emerg', 'emergency', 'panic', 'severe'],
}
const levelOf = new Map(logLevels.flatMap((level) => names[level].map((name) => [name, level] as const)))
const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Whether a level is at least as severe as another. An unknown level never is. */
export const isAtLeast = (level: LogLevel | null, least: LogLevel): boolean =>
  level !== null && ranks[level] >= ranks[least]

/** The level in a field of a JSON line: a library's name, or a number as pino writes it (30 is info). */
export function levelOfField(value: unknown): LogLevel | null {
  if (typeof value === 'string') return levelOf.get(value.trim().toLowerCase()) ?? null
  if (typeof value !== 'number') return null
  return value >= 50 ? 'error' : value >= 40 ? 'warn' : value >= 30 ? 'info' : 'debug'
}

const word = [...levelOf.keys()].join('|')
/** `INFO:     GET /`, `WARNING:root:text`, `error: text`. */
const atStart = new RegExp(`^\\s*(${word})\\s*:`, 'i')
/** `[ERROR] text`, `[2026-01-31 12:00:00 +0000] [7] [INFO] text`. */
const inBrackets = new RegExp(`\\[\\s*(${word})\\s*\\]`, 'i')
/** `level=warn msg=…`. */
const asKey = new RegExp(`\\b(?:level|severity|lvl)="?(${word})\\b`, 'i')
/**
 * Only after a time: ` - name - ERROR - text`, ` | INFO     | text`. Only in capitals, because in lower case
 * it is an ordinary word.
 */
const inCapitals = new RegExp(`(?:^|[\\s|:\\-\\[\\]<(])(${word.toUpperCase()})(?=[\\s|:\\-\\])>,]|$)`)
/** glog, absl and TensorFlow: `W0131 12:00:00.123456 …`, and `: W tensorflow/…` after a time. */
const asLetter = /^([DIWEF])\d{4} \d\d:\d\d:\d\d/
const asLetterAfterTime = /^: ([IWEF]) /
const letters: Readonly<Record<string, LogLevel>> = {
  D: 'debug',
  I: 'info',
  W: 'warn',
  E: 'error',
  F: 'error',
}
const ofPythonWarning = /^\S*: \w*Warning: /
const ofError =
  /^(?:Traceback \(most recent call last\):|Uncaught |(?:[A-Za-z_][\w.]*)?(?:Error|Exception)(?:: |$))/
const searchedLength = 160

/**
 * Returns the level that a line of text states; null if none. `rest` is the text after its time, `isTimed`
 * whether it has one.
 */
export function levelOfText(rest: string, isTimed: boolean): LogLevel | null {
  const start = rest.slice(0, searchedLength)
  const named =
    atStart.exec(start) ??
    inBrackets.exec(start) ??
    (isTimed ? inCapitals.exec(start) : null) ??
    asKey.exec(start)
  if (named?.[1] !== undefined) return levelOf.get(named[1].toLowerCase()) ?? null
  const letter = (isTimed ? asLetterAfterTime : asLetter).exec(start)?.[1]
  if (letter !== undefined) return letters[letter] ?? null
  if (ofPythonWarning.test(start)) return 'warn'
  return ofError.test(start) ? 'error' : null
}
