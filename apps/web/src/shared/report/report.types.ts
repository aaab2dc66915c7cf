import type { Json } from '@vitrine/contract'

/** A name and what it stands for, on one line. */
export type ReportFact = { name: string; value: string }
/** A table of a report, with text in every cell. `more` says what was left out. An empty title makes no heading. */
export type ReportTable = {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
  more: string | null
}
/** A piece of a text. A mark has a colour (`#rrggbb`) and a label; `ins` and `del` are what a text has more or less than another. */
export type ReportPart = {
  text: string
  as: { type: 'mark'; label: string; colour: string } | { type: 'ins' | 'del' } | null
}
/** One piece of content. Pictures are data URLs of images; everything else is text. */
export type ReportBlock =
  | { type: 'heading'; text: string }
  /** `large` fills the width of the page or of its column. `caption` also stands for it where it cannot be seen. */
  | { type: 'picture'; url: string; caption: string; size: 'large' | 'small' }
  | { type: 'paragraph'; text: string; look: 'usual' | 'large' | 'quiet' | 'code' }
  | { type: 'parts'; parts: readonly ReportPart[] }
  /** Bars below each other, `share` is the length of one, 0–1. */
  | { type: 'bars'; rows: readonly { label: string; value: string; share: number }[] }
  /** What the lines in a picture stand for, each with its colour (`#rrggbb`). */
  | { type: 'legend'; rows: readonly { text: string; colour: string; dashed: boolean }[] }
  | ({ type: 'rows' } & ReportTable)
/** What the page shows of one group of outputs: its title, its drawings as pictures, and its text. */
export type DrawnGroup = { title: string; pictures: readonly ReportBlock[]; text: readonly ReportBlock[] }
/** One of several things that stand side by side: two in a row. */
export type ReportColumn = {
  letter: string
  title: string
  /** Shown below what it found. */
  facts: readonly ReportFact[]
  blocks: readonly ReportBlock[]
}
/** A part of a report with its heading. Without content, it is left out. */
export type ReportSection = {
  title: string
  blocks: readonly ReportBlock[]
  columns?: readonly ReportColumn[]
}
/** The content of a report. */
export type Report = {
  language: string
  title: string
  /** One line about what this is. */
  line: string
  facts: readonly ReportFact[]
  sections: readonly ReportSection[]
  /** Who made it with what, at the foot. */
  foot: string
}
/** What the text of a report needs besides the data: the element of the input, and the reader's language. */
export type ReportSource = {
  input: Json | undefined
  t: (key: string, named?: Record<string, unknown>) => string
  labelText: (label: string) => string
  /** How many rows of a table have room: fewer in a column. */
  mostRows: number
}
