import { z } from 'zod'
import type { Json } from '../common.ts'

/** A task by its Hugging Face name, or one for each kind of input where that matters. */
type TaskOfKind = string | { [InputKind in 'text' | 'image' | 'audio' | 'video']?: string }

type Parts<Schema extends z.ZodType> = {
  /** Form of the data. */
  data: Schema
  /** Drawn on the picture that was the input, together with all other outputs that are drawn there. */
  drawnOnInput?: boolean
  /** What an algorithm does that gives this kind of result. */
  task?: TaskOfKind
  /** As much of the data as a cover in the gallery shows; a kind without this gives all. */
  coverData?: (data: z.output<Schema>) => Json
}

/** What server and pages agree on about one kind of result. */
export type ResultKindFacts<Schema extends z.ZodType> = {
  data: Schema
  drawnOnInput: boolean
  task: TaskOfKind | null
  /** As much of an output's data as a cover shows. Data that is not in its form stays as it is. */
  forCover: (data: Json) => Json
}

/** Makes a kind from its parts. */
export const resultKind = <Schema extends z.ZodType>(parts: Parts<Schema>): ResultKindFacts<Schema> => ({
  data: parts.data,
  drawnOnInput: parts.drawnOnInput ?? false,
  task: parts.task ?? null,
  forCover: (data) => {
    if (parts.coverData === undefined) return data
    const read = parts.data.safeParse(data)
    return read.success ? parts.coverData(read.data) : data
  },
})
