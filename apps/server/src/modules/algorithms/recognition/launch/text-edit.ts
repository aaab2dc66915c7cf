import type { Sentence } from '../../../sources/finding.ts'

/** A part of a file that prevents the package from running here, and its replacement in the deployed copy. */
export type TextEdit = {
  path: string
  /** Offsets in the file's text, in UTF-16 units; `end` is exclusive. */
  start: number
  end: number
  text: string
  /** What is wrong, and how the author should write it. */
  because: Sentence
}

/** Applies edits to a text. They must not overlap. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string {
  let text = source
  for (const edit of edits.toSorted((a, b) => b.start - a.start))
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end)
  return text
}

/** The number of the line with this offset, from 1. */
export function lineAt(source: string, offset: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) line += 1
  return line
}
