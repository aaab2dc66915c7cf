import type { LogLine } from '@vitrine/contract'

/** A line as it came, with its place in the order. */
export type NumberedLine = LogLine & { number: number }

/** How many lines are kept in the page; older ones go first. */
const keptLines = 20_000

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

/** Lines that hold the words (any case), of one stream or of both (`all`). */
export const matching = (
  lines: readonly NumberedLine[],
  search: string,
  stream: string,
): readonly NumberedLine[] => {
  const words = search.trim().toLowerCase()
  if (words === '' && stream === 'all') return lines
  return lines.filter(
    (line) => (stream === 'all' || line.stream === stream) && line.text.toLowerCase().includes(words),
  )
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

/** The lines as a text file. */
export const asText = (lines: readonly LogLine[]): string =>
  lines.map((line) => `${line.ts ?? '-'} ${line.stream} ${line.text}\n`).join('')
