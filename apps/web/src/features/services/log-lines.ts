import type { LogLine } from '@vitrine/contract'

/**
 * A line with its number, and the time at which it is shown: its own, for a line that arrived while the page was open the
 * time of its arrival, for an older one that at which the platform saw it written, otherwise that of the line above from the
 * same output, as for the filter by time.
 */
export type NumberedLine = LogLine & { number: number; near: string | null }

/** The number of lines that the page keeps. The oldest are dropped first. */
export const keptLines = 20_000
const escape = '\u001b'
const colours = new RegExp(`${escape}\\[[\\d;]*[A-Za-z]`, 'g')

/** A line as it arrives. `arrived` is null for a line that was in the log before. */
export type ArrivedLine = LogLine & { arrived: string | null }

const sameOutput = (a: LogLine, b: LogLine): boolean => a.stream === b.stream && a.replica === b.replica

/** Adds lines with further numbers, and drops the oldest beyond `limit`. `last` is the last number that was given. */
export const withLines = (
  kept: readonly NumberedLine[],
  more: readonly ArrivedLine[],
  { limit = keptLines, last = 0 }: { limit?: number; last?: number } = {},
): NumberedLine[] => {
  const all = [...kept]
  for (const { arrived, ...line } of more) {
    const above = all.findLast((other) => sameOutput(other, line))
    const near = line.ts ?? arrived ?? line.seen_at ?? above?.near ?? null
    all.push({ ...line, number: (all.at(-1)?.number ?? last) + 1, near })
  }
  return all.length > limit ? all.slice(all.length - limit) : all
}

/** A line divided at the searched text. Every second piece is a match. */
export const splitAtMatches = (text: string, search: string): string[] => {
  const words = search.trim()
  if (words === '') return [text]
  const lower = text.toLowerCase()
  // If the lower-case text has another length, the positions would not fit.
  if (lower.length !== text.length) return [text]
  const found: string[] = []
  let from = 0
  for (let at = lower.indexOf(words.toLowerCase()); at >= 0; at = lower.indexOf(words.toLowerCase(), from)) {
    found.push(text.slice(from, at), text.slice(at, at + words.length))
    from = at + words.length
  }
  return [...found, text.slice(from)]
}

/** A line without the colour codes for terminals. */
export const withoutColours = (text: string): string =>
  text.includes(escape) ? text.replaceAll(colours, '') : text

/** The other fields of a JSON line by name, with nested values as JSON. */
export const fieldRows = (fields: LogLine['fields']): { name: string; value: string }[] =>
  Object.entries(fields ?? {}).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  }))
