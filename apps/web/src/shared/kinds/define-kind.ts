import type { Json, Say } from '@vitrine/contract'
import type { ResultData, ResultKind } from '@vitrine/contract/results'
import type { Component } from 'vue'
import { dataDifference } from '../differences/data-difference.ts'
import type { ReportBlock, ReportSource } from '../report/report.types.ts'
import { readKind, type ReadResult } from '../viewers/read-data.ts'
import type { Layer } from '../viewers/picture/layer.ts'
import type {
  DifferenceProps,
  Drawing,
  Example,
  Finding,
  Kind,
  KindContext,
  Measure,
  Sheet,
  ViewerProps,
} from './kind.ts'

type PropsOf<View> = View extends new (...args: never[]) => { $props: infer Props } ? Props : never
/** `Problem` if a component does not take exactly these props. `never` if it does, or if there is no component. */
type Mismatch<View, Props, Problem> = [View] extends [never]
  ? never
  : keyof Props extends keyof PropsOf<View>
    ? Props extends PropsOf<View>
      ? never
      : Problem
    : Problem
/**
 * The descriptor. If a component does not fit, a type that names the problem and that `registry.ts` does not
 * accept.
 */
type Defined<Problem> = [Problem] extends [never] ? Kind : { wrong: Problem }
type Load<Default> = () => Promise<{ default: Default }>
type Maybe<Value> = Value | null | Promise<Value | null>

type Parts<Name extends ResultKind, Viewer, Cover, CoverProps, Difference, DifferenceView> = {
  /** Either a component of its own, or a layer that is drawn with other layers on the input picture. */
  show: { component: Load<Viewer> } | { layer: (name: string, data: ResultData<Name>) => ReadResult<Layer> }
  /** Says the texts in the data that are for people: labels, units, sentences. Without this, it has none. */
  say?: (data: ResultData<Name>, say: Say) => ResultData<Name>
  /** The kind has a player. The players in the columns of a comparison play together. */
  played?: boolean
  /** The frame rate that the data states. It is asked for at once, before the data is checked. */
  frameRate?: (data: Json) => number | null
  /** What the showcase draws for algorithms of this task that have no result yet. Without this, by other words of the task. */
  drawing?: Drawing
  /**
   * How it is shown on a cover of the showcase. `props` is null if there is nothing to draw. A layer does not
   * need this, because it is drawn on its picture. `asLast`: a picture that the algorithm brings says more, and is shown instead.
   */
  cover?: {
    asLast?: boolean
    props: (data: ResultData<Name>, input: Json, context: KindContext) => CoverProps | null
    component: Load<Cover>
  }
  /** The address of the file that it is, so that it can be downloaded. Without this, it is no file. */
  file?: (data: ResultData<Name>, context: KindContext) => string | null
  /** Its findings as lines of a table file. Without this, all data is in one line. */
  rows?: (data: ResultData<Name>, context: KindContext) => Maybe<Finding[]>
  /** The table file that it is by itself, in place of lines of findings. Null if this one is none. */
  sheet?: (data: ResultData<Name>) => Maybe<Sheet>
  /** The one value that stands for the output in the summary of a comparison. */
  measure?: (data: ResultData<Name>, context: KindContext) => Maybe<Measure>
  /**
   * What a report says of it as text, below the picture of it on the page. Without this, the picture says it all, and the
   * report lists its `rows`.
   */
  report?: Load<(data: ResultData<Name>, source: ReportSource) => ReportBlock[]>
  /**
   * How two outputs differ. Without this, the page says whether their data is equal. `none`: there is nothing
   * to compare.
   */
  difference?:
    | 'none'
    | {
        compare: (base: ResultData<Name>, other: ResultData<Name>, context: KindContext) => Maybe<Difference>
        component: Load<DifferenceView>
      }
  /** A small example of the data, shown to a person whose data does not have this form. */
  example: Load<Example<Name>>
}

/**
 * Creates the descriptor of a kind of result, which has everything that the pages know about the kind. Its
 * parts get data of the kind's own type. Callers give the descriptor any JSON. It checks the JSON, and if it
 * does not have the kind's form, answers null (`rows`, `measure`, `difference`, `cover`) or the problems
 * (`show`).
 */
export function defineKind<
  Name extends ResultKind,
  Viewer extends Component = never,
  Cover extends Component = never,
  CoverProps extends object = never,
  Difference = never,
  DifferenceView extends Component = never,
>(
  name: Name,
  parts: Parts<Name, Viewer, Cover, CoverProps, Difference, DifferenceView>,
): Defined<
  | Mismatch<Viewer, ViewerProps<Name>, 'the component does not take the props of a viewer'>
  | Mismatch<Cover, CoverProps, 'the component does not take the props of the cover'>
  | Mismatch<DifferenceView, DifferenceProps<Difference>, 'the component does not take this difference'>
>
export function defineKind<
  Name extends ResultKind,
  Viewer extends Component,
  Cover extends Component,
  CoverProps extends object,
  Difference,
  DifferenceView extends Component,
>(
  name: Name,
  parts: Parts<Name, Viewer, Cover, CoverProps, Difference, DifferenceView>,
): Kind | { wrong: unknown } {
  const saidWith = (data: ResultData<Name>, say: Say | undefined): ResultData<Name> =>
    say === undefined || parts.say === undefined ? data : parts.say(data, say)
  const dataIn = async (data: Json, { say }: Pick<KindContext, 'say'>): Promise<ResultData<Name> | null> => {
    const read = await readKind(name, data)
    return read.ok ? saidWith(read.data, say) : null
  }
  return {
    name,
    played: parts.played ?? false,
    frameRate: parts.frameRate ?? (() => null),
    drawing: parts.drawing ?? null,
    layer: 'layer' in parts.show,
    show: async (title, data) => {
      const read = await readKind(name, data)
      if (!read.ok) return read
      const { show } = parts
      if ('component' in show) {
        const said = (say: Say) => saidWith(read.data, say)
        return { ok: true, data: { by: 'component', load: show.component, said } }
      }
      const layer = show.layer(title, read.data)
      if (!layer.ok) return layer
      const said = (say: Say): Layer => {
        const again = show.layer(title, saidWith(read.data, say))
        return again.ok ? again.data : layer.data
      }
      return { ok: true, data: { by: 'layer', layer: layer.data, said } }
    },
    cover: async (data, input, context) => {
      const read = parts.cover === undefined ? null : await dataIn(data, context)
      const props = read === null ? null : (parts.cover?.props(read, input, context) ?? null)
      if (parts.cover === undefined || props === null) return null
      return { load: parts.cover.component, props, asLast: parts.cover.asLast ?? false }
    },
    file: async (data, context) => {
      const read = parts.file === undefined ? null : await dataIn(data, context)
      return read === null ? null : (parts.file?.(read, context) ?? null)
    },
    rows: async (data, context) => {
      const read = parts.rows === undefined ? null : await dataIn(data, context)
      return read === null ? null : (parts.rows?.(read, context) ?? null)
    },
    sheet: async (data, context) => {
      const read = parts.sheet === undefined ? null : await dataIn(data, context)
      return read === null ? null : (parts.sheet?.(read) ?? null)
    },
    measure: async (data, context) => {
      const read = parts.measure === undefined ? null : await dataIn(data, context)
      return read === null ? null : (parts.measure?.(read, context) ?? null)
    },
    listed: parts.rows !== undefined && parts.report === undefined,
    report: async (data, context, source) => {
      const read = parts.report === undefined ? null : await dataIn(data, context)
      return read === null ? null : ((await parts.report?.())?.default(read, source) ?? null)
    },
    difference: async (base, other, context, baseContext) => {
      if (parts.difference === 'none') return null
      if (parts.difference === undefined) return dataDifference(base, other)
      const [before, after] = await Promise.all([dataIn(base, baseContext), dataIn(other, context)])
      if (before === null || after === null) return null
      const difference = await parts.difference.compare(before, after, context)
      return difference === null ? null : { load: parts.difference.component, difference }
    },
    example: async () => (await parts.example()).default,
  }
}
