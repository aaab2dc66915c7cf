import { z } from 'zod'
import type { Json } from '../common.ts'
import type { ForeignReader } from './foreign.ts'

/** A task by its Hugging Face name, or one for each kind of input if it depends on that. */
type TaskOfKind = string | { [InputKind in 'text' | 'image' | 'audio' | 'video']?: string }

/**
 * The components of Gradio whose values are of a kind, and the place and the names of the data in such a value. Empty
 * for a kind without a component.
 */
type GradioComponents = {
  components: readonly string[]
  path?: readonly string[]
  label?: string
  score?: string
}

type Parts<Schema extends z.ZodType> = {
  /** The schema of the data. */
  data: Schema
  /** Whether it is drawn on the input picture, together with all other such outputs. */
  drawnOnInput?: boolean
  /** The task of an algorithm with this kind of result. */
  task?: TaskOfKind
  /** Whether its objects may have any keys, and are shown with them in the order of the algorithm. */
  hasOwnKeys?: boolean
  /** Returns the part of the data that a cover in the showcase shows. A kind without this gives everything. */
  coverData?: (data: z.output<Schema>) => Json
  /** How a value of a foreign program becomes data of this kind; `file` for a picture, sound, video or file. */
  foreign?: ForeignReader | 'file'
  gradio?: GradioComponents
}

/** What server and pages both need to know about one kind of result. */
export type ResultKindFacts<Schema extends z.ZodType> = {
  data: Schema
  drawnOnInput: boolean
  hasOwnKeys: boolean
  task: TaskOfKind | null
  /** Returns the part of an output's data that a cover shows. Invalid data stays unchanged. */
  forCover: (data: Json) => Json
  /** How a value of a foreign program becomes data of this kind; null if that is not possible. */
  foreign: ForeignReader | 'file' | null
  gradio: GradioComponents
}

/** Creates a kind from its parts. */
export const resultKind = <Schema extends z.ZodType>(parts: Parts<Schema>): ResultKindFacts<Schema> => ({
  data: parts.data,
  drawnOnInput: parts.drawnOnInput ?? false,
  hasOwnKeys: parts.hasOwnKeys ?? false,
  task: parts.task ?? null,
  foreign: parts.foreign ?? null,
  gradio: parts.gradio ?? { components: [] },
  forCover: (data) => {
    if (parts.coverData === undefined) return data
    const read = parts.data.safeParse(data)
    return read.success ? parts.coverData(read.data) : data
  },
})
