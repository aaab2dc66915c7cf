import type { LogFilter } from '@vitrine/contract'
import type { KnownLine } from './inherit.ts'
import { isAtLeast } from './log-level.ts'

/** What lines are wanted, of those of the logs that are read. */
export type LineFilter = Pick<LogFilter, 'q' | 'level' | 'from' | 'to'>

/** A filter made ready; `from` and `to` are milliseconds since 1970, both within. */
export type LineTest = {
  fits(line: KnownLine): boolean
  /** Whether a text of many lines can hold one that fits, by its words; quick. */
  mayHold(text: string): boolean
  from: number
  to: number
  needs: { time: boolean; level: boolean }
}

/** Makes a filter ready. Text is looked for in the line as it was written and, of a JSON line, in what that means. */
export function lineTest(filter: LineFilter): LineTest {
  const words = filter.q.toLowerCase()
  const from = filter.from === undefined ? -Infinity : Date.parse(filter.from)
  const to = filter.to === undefined ? Infinity : Date.parse(filter.to)
  /** JSON may write all but plain letters and digits in another way. */
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
