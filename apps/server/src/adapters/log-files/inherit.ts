import type { LogLevel } from '@vitrine/contract'
import type { ParsedLine } from './log-line.ts'

/** A line with its own time and level, or those inherited from the lines above it. */
export type KnownLine = {
  line: ParsedLine
  /** Its time, or that of a line above; null if there is none. */
  at: number | null
  /** Its level, or that of a line above; null if there is none. */
  level: LogLevel | null
}

const mostWaiting = 1000
const mostWaitingCharacters = 8 * 1024 * 1024

/**
 * Gives lines that are read newest first the time and the level of the lines above them. Such a line waits
 * until a line above has them, together with at most a thousand others. So a log without times or levels
 * costs little.
 */
export function inheritBackwards(needed: { time: boolean; level: boolean }): {
  /** Takes the next older line. Returns the lines that are complete now, newest first. */
  push(line: ParsedLine): KnownLine[]
  /** Whether lines are waiting for the lines above them. */
  waits(): boolean
  /** Returns the lines that still wait. */
  end(): KnownLine[]
} {
  let waiting: KnownLine[] = []
  let characters = 0
  let withTime = 0
  let withLevel = 0

  const takeComplete = (count: number): KnownLine[] => {
    if (count === 0) return []
    const known = waiting.slice(0, count)
    waiting = waiting.slice(count)
    withTime = Math.max(0, withTime - count)
    withLevel = Math.max(0, withLevel - count)
    for (const { line } of known) characters -= line.raw.length
    return known
  }

  return {
    push(line) {
      waiting.push({ line, at: line.at, level: line.level })
      characters += line.raw.length
      if (line.at !== null) {
        for (const entry of waiting.slice(withTime)) entry.at = line.at
        withTime = waiting.length
      }
      if (line.level !== null) {
        for (const entry of waiting.slice(withLevel)) entry.level = line.level
        withLevel = waiting.length
      }
      if (waiting.length >= mostWaiting || characters > mostWaitingCharacters)
        return takeComplete(waiting.length)
      return takeComplete(
        Math.min(needed.time ? withTime : waiting.length, needed.level ? withLevel : waiting.length),
      )
    },
    waits: () => waiting.length > 0,
    end: () => takeComplete(waiting.length),
  }
}

/** The same for lines that are read oldest first. `before` has the time and level of the lines before. */
export function inheritForwards(
  before: Pick<KnownLine, 'at' | 'level'> = { at: null, level: null },
): (line: ParsedLine) => KnownLine {
  let { at, level } = before
  return (line) => {
    at = line.at ?? at
    level = line.level ?? level
    return { line, at, level }
  }
}
