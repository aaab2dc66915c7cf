import type { Sentence } from '../../../sources/package-note.ts'

/** A part of a file that keeps the package from running here, and what stands in its place where it is deployed. */
export type TextEdit = {
  path: string
  /** Offsets in the file's text, in UTF-16 units; `end` is exclusive. */
  start: number
  end: number
  text: string
  /** What is wrong with it, and how the author writes it better. */
  because: Sentence
}

/** The text with its edits made. They must not overlap. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string {
  let text = source
  for (const edit of edits.toSorted((a, b) => b.start - a.start))
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end)
  return text
}

/** Number of the line that an offset lies in, from 1. */
export const lineAt = (source: string, offset: number): number => source.slice(0, offset).split('\n').length
