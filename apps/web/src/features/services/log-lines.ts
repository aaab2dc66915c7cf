import type { LogLine } from '@vitrine/contract'

/** A line with its number. */
export type NumberedLine = LogLine & { number: number }

/** The number of lines that the page keeps. The oldest are dropped first. */
const keptLines = 20_000
const escape = '\u001b'
const colours = new RegExp(`${escape}\\[[\\d;]*[A-Za-z]`, 'g')

/** Adds lines with further numbers, and drops the oldest beyond `limit`. */
export const withLines = (
  kept: readonly NumberedLine[],
  more: readonly LogLine[],
  limit = keptLines,
): NumberedLine[] => {
  const next = (kept.at(-1)?.number ?? 0) + 1
  const all = [...kept, ...more.map((line, index) => ({ ...line, number: next + index }))]
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
