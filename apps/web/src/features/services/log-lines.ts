import type { LogLine } from '@vitrine/contract'

/** A line as it came, with its place in the order. */
export type NumberedLine = LogLine & { number: number }

/** How many lines are kept in the page; older ones go first. */
const keptLines = 20_000
const escape = '\u001b'
const colours = new RegExp(`${escape}\\[[\\d;]*[A-Za-z]`, 'g')

/** Adds lines to those kept, numbering on, and drops the oldest beyond `limit`. */
export const withLines = (
  kept: readonly NumberedLine[],
  more: readonly LogLine[],
  limit = keptLines,
): NumberedLine[] => {
  const next = (kept.at(-1)?.number ?? 0) + 1
  const all = [...kept, ...more.map((line, index) => ({ ...line, number: next + index }))]
  return all.length > limit ? all.slice(all.length - limit) : all
}

/** A line cut at what was searched for; every second piece is a match. */
export const pieces = (text: string, search: string): string[] => {
  const words = search.trim()
  if (words === '') return [text]
  const lower = text.toLowerCase()
  // Where lower case has another length than the text, the places would not fit.
  if (lower.length !== text.length) return [text]
  const found: string[] = []
  let from = 0
  for (let at = lower.indexOf(words.toLowerCase()); at >= 0; at = lower.indexOf(words.toLowerCase(), from)) {
    found.push(text.slice(from, at), text.slice(at, at + words.length))
    from = at + words.length
  }
  return [...found, text.slice(from)]
}

/** A line without the colours that programs write for terminals. */
export const withoutColours = (text: string): string =>
  text.includes(escape) ? text.replaceAll(colours, '') : text

/** What a JSON line says beside its text, name by name, deeper parts as JSON. */
export const fieldRows = (fields: LogLine['fields']): { name: string; value: string }[] =>
  Object.entries(fields ?? {}).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  }))
