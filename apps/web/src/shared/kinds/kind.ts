import type { Json, Say } from '@vitrine/contract'
import type { CsvCell } from '@vitrine/contract/csv'
import type { ResultData, ResultKind } from '@vitrine/contract/results'
import type { Component } from 'vue'
import type { AssetAddress } from '../viewers/media-source.ts'
import type { Layer } from '../viewers/picture/layer.ts'
import type { ReportBlock, ReportSource } from '../report/report.types.ts'
import type { ReadResult } from '../viewers/read-data.ts'

/**
 * The kinds that have a folder, with the types of their descriptors. The `kind.ts` of each folder adds its
 * own by `declare module`. `registry.ts` compares them with the contract's list, so a kind without a folder
 * is a type error.
 */
// oxlint-disable-next-line typescript/no-empty-object-type
export interface WrittenKinds {}

/** Props of the component that shows an output of a kind. The data is checked against the contract's schema. */
export type ViewerProps<Name extends ResultKind> = {
  data: ResultData<Name>
  input: Json | undefined
  name: string
}
/**
 * Props of the component that shows how an output differs from that of the base column. `base` is the letter
 * of that column.
 */
export type DifferenceProps<Difference> = { difference: Difference; input: Json | undefined; base: string }
/** A small result of a kind, with its input. */
export type Example<Name extends ResultKind> = { input: Json; data: ResultData<Name> }

/** The columns of a table file of findings, in order. */
export const findingCells = [
  'label',
  'score',
  'xmin',
  'ymin',
  'xmax',
  'ymax',
  'start',
  'end',
  'frame',
  'track',
  'value',
] as const
/** One line of a table file: a single finding. */
export type Finding = Partial<Record<(typeof findingCells)[number], string | number | null>>

/** A table file with columns of its own. */
export type Sheet = { head: string[]; rows: CsvCell[][] }

/**
 * The one value that stands for an output. `unit` says how to read the value; `suffix` is the algorithm's own
 * unit, e.g. `m`.
 */
export type Measure = {
  unit: 'count' | 'words' | 'value' | 'label'
  value: number | string
  score?: number
  suffix?: string
}

/**
 * Where the files of a result are loaded from: the route for signed-in people, or that of a share link. `say` says the
 * texts of the algorithm in the reader's language; without it they stay as they are.
 */
export type KindContext = { address: AssetAddress; say?: Say | undefined }

/** Loads a component on demand. */
export type LoadComponent = () => Promise<{ default: Component }>

/** How an output is shown. `said` gives what is shown with its texts in the reader's language. */
export type Shown =
  | { by: 'component'; load: LoadComponent; said: (say: Say) => unknown }
  | { by: 'layer'; layer: Layer; said: (say: Say) => Layer }

/** How two outputs differ, and the component that gets this as its prop `difference`. */
export type ShownDifference = { load: LoadComponent; difference: unknown }

/** The motifs of the drawings in place of a result. */
export type Motif = 'frames' | 'lines' | 'waves' | 'bars' | 'rings'
/** The drawing for algorithms without a result to show: those with one of these words in the name of their task. */
export type Drawing = { motif: Motif; words: readonly string[] }

/** A kind of result, without the type of its data. `defineKind` creates it and explains its parts. */
export type Kind = {
  name: ResultKind
  played: boolean
  /** The frame rate that the data states, if it is about a video. */
  frameRate: (data: Json) => number | null
  drawing: Drawing | null
  /** It is drawn on the picture of the input. */
  layer: boolean
  show: (name: string, data: Json) => Promise<ReadResult<Shown>>
  cover: (
    data: Json,
    input: Json,
    context: KindContext,
  ) => Promise<{ load: LoadComponent; props: object; asLast: boolean } | null>
  /** The address of the file that it is. Null for a kind that is no file, and for an address that is not loaded. */
  file: (data: Json, context: KindContext) => Promise<string | null>
  rows: (data: Json, context: KindContext) => Promise<Finding[] | null>
  /** The table file that it is by itself, with its own columns. Null if it is none. */
  sheet: (data: Json, context: KindContext) => Promise<Sheet | null>
  measure: (data: Json, context: KindContext) => Promise<Measure | null>
  /** A report lists its `rows`, because it has no other text for it. */
  listed: boolean
  /** Its content in a report as text. Null if only its drawing shows it. */
  report: (data: Json, context: KindContext, source: ReportSource) => Promise<ReportBlock[] | null>
  /** `baseContext` is for the base, which may come from another algorithm with other words. */
  difference: (
    base: Json,
    other: Json,
    context: KindContext,
    baseContext: KindContext,
  ) => Promise<ShownDifference | null>
  example: () => Promise<{ input: Json; data: unknown }>
}
