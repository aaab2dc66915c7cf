import { inheritBackwards, type KnownLine } from './inherit.ts'
import { linesBackwards, type LineBlock, type SearchBudget } from './lines-backwards.ts'
import type { WrittenAt } from './log-clock.ts'
import type { LineTest } from './log-filter.ts'
import { maskedIn, parseLine, type LogOrigin, type ParsedLine } from './log-line.ts'
import type { LogSegment } from './log-segments.ts'

/** A matching line. `order` is its time, or that of a newer line of the same log; null if none is known. */
export type FoundLine = KnownLine & { origin: LogOrigin; order: number | null }

/** The matching lines of one log, newest first, read on demand. */
export type StreamSearch = {
  /** Reads on until the next matching line, or the end of the search. */
  fill(): Promise<void>
  /** The newest line that has not been taken; undefined if `fill` found none. */
  head(): FoundLine | undefined
  take(): void
  /** Whether there may be more lines than those read so far. Call `fill` first. */
  needsMore(): boolean
  /** The time and level that a line written next would inherit. */
  last(): Pick<KnownLine, 'at' | 'level'>
}

/** Starts a search in one log. With `ordered`, every line gets a time if there is one above it. */
export function streamSearch(
  { writtenAt, ...origin }: LogOrigin & { writtenAt?: WrittenAt | undefined },
  segments: readonly LogSegment[],
  test: LineTest,
  options: { budget: SearchBudget; ordered: boolean },
): StreamSearch {
  const inherit = inheritBackwards({
    time: options.ordered || test.needs.time,
    level: test.needs.level,
  })
  let found: FoundLine[] = []
  let taken = 0
  let ended = false
  let last: Pick<KnownLine, 'at' | 'level'> | null = null
  // Waiting lines, and a start time, need lines that do not match too.
  const isPassable = () => last !== null && !inherit.waits() && test.from === -Infinity
  const back = linesBackwards(segments, options.budget, (text) => !isPassable() || test.mayHold(text))
  let order: number | null = null

  const add = (known: readonly KnownLine[]) => {
    let timed = 0
    let early = 0
    for (const line of known) {
      last ??= { at: line.at, level: line.level }
      if (line.at !== null) {
        timed += 1
        if (line.at < test.from) early += 1
        order = line.at
      }
      if (test.fits(line)) found.push({ ...line, origin, order })
    }
    // A single line may have a wrong time. If a whole block of lines is too old, the search ends.
    if (timed > 0 && timed === early) ended = true
  }

  /** The lines of a block. Those that do not say their time have the one at which they were written, if it is known. */
  const parsed = ({ lines, segment, starts }: LineBlock): ParsedLine[] => {
    let begins: number[] | null = null
    return lines.map((text, place) => {
      const line = parseLine(maskedIn(origin, text))
      if (line.at !== null || !writtenAt) return line
      begins ??= starts()
      return { ...line, writtenAt: writtenAt(segment, begins[place] ?? 0) }
    })
  }

  return {
    async fill() {
      if (taken < found.length) return
      found = []
      taken = 0
      while (found.length === 0 && !ended) {
        const block = await back.next()
        if (block === null) ended = true
        add(block === null ? inherit.end() : parsed(block).flatMap((line) => inherit.push(line)))
      }
    },
    head: () => found[taken],
    take: () => {
      taken += 1
    },
    needsMore: () => taken >= found.length && !ended,
    last: () => last ?? { at: null, level: null },
  }
}
