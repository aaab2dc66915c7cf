import { inheritBackwards, type KnownLine } from './inherit.ts'
import { linesBack, type SearchBudget } from './lines-back.ts'
import type { LineTest } from './log-filter.ts'
import { parseLine, type LogOrigin } from './log-line.ts'
import type { LogSegment } from './log-segments.ts'

/** A line that fits. `order` is its time, or else that of a newer line of the same log; null where none is known. */
export type FoundLine = KnownLine & { origin: LogOrigin; order: number | null }

/** The lines of one log that fit, newest first, read as they are asked for. */
export type StreamSearch = {
  /** Reads on until the next line that fits, or the end of the search. */
  fill(): Promise<void>
  /** The newest line that has not been taken; undefined where `fill` found none. */
  head(): FoundLine | undefined
  take(): void
  /** Whether taking all that is at hand is not the end: `fill` first. */
  needsMore(): boolean
  /** What time and level a line would have that is written next and states neither. */
  last(): Pick<KnownLine, 'at' | 'level'>
}

/** Begins a search in one log. With `ordered`, every line gets a time where there is one above it. */
export function streamSearch(
  origin: LogOrigin,
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
  // Lines that wait, and a beginning of time, need what other lines say, also of those that do not fit.
  const isPassable = () => last !== null && !inherit.waits() && test.from === -Infinity
  const back = linesBack(segments, options.budget, (text) => !isPassable() || test.mayHold(text))
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
    // One line may bear a wrong time; a whole block of lines before the time asked for is the end of the search.
    if (timed > 0 && timed === early) ended = true
  }

  return {
    async fill() {
      if (taken < found.length) return
      found = []
      taken = 0
      while (found.length === 0 && !ended) {
        const lines = await back.next()
        if (lines === null) ended = true
        add(lines === null ? inherit.end() : lines.flatMap((line) => inherit.push(parseLine(line))))
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
