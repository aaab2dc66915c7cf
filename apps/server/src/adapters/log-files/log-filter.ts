import type { LogFilter } from '@vitrine/contract'
import type { KnownLine } from './inherit.ts'
import { isAtLeast } from './log-level.ts'

/** Which lines of the logs are wanted. */
export type LineFilter = Pick<LogFilter, 'q' | 'level' | 'from' | 'to'>

/** A compiled filter. `from` and `to` are milliseconds since 1970, both inclusive. */
export type LineTest = {
  fits(line: KnownLine): boolean
  /** A quick test whether a text of many lines can contain a line that matches the words. */
  mayHold(text: string): boolean
  from: number
  to: number
  needs: { time: boolean; level: boolean }
}

/** Compiles a filter. Text is searched in the line as written and, for a JSON line, in its decoded values. */
export function lineTest(filter: LineFilter): LineTest {
  const words = filter.q.toLowerCase()
  const from = filter.from === undefined ? -Infinity : Date.parse(filter.from)
  const to = filter.to === undefined ? Infinity : Date.parse(filter.to)
  /** JSON may escape everything except plain letters and digits. */
  const mayBeEscaped = !/^[a-z0-9 _.:-]*$/.test(words)
  const isTimed = filter.from !== undefined || filter.to !== undefined
  const least = filter.level

  const holdsWords = ({ line }: KnownLine) =>
    line.raw.toLowerCase().includes(words) ||
    (line.fields !== null &&
      line.raw.includes('\\') &&
      `${line.text}\n${JSON.stringify(line.fields)}`.toLowerCase().includes(words))
  return {
    from,
    to,
    mayHold: (text) => text.toLowerCase().includes(words) || (mayBeEscaped && text.includes('\\')),
    needs: { time: isTimed, level: least !== undefined },
    fits: (known) =>
      (words === '' || holdsWords(known)) &&
      (least === undefined || isAtLeast(known.level, least)) &&
      (!isTimed || (known.at !== null && known.at >= from && known.at <= to)),
  }
}
