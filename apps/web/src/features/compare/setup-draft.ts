import type { Json, Stage } from '@vitrine/contract'
import { blankDraft, draftOfExample, type Draft } from '../stage/draft.ts'
import type { FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'

/**
 * The first input: the number of a demo input of the first algorithm, or the input of an earlier run or
 * comparison.
 */
export type StartInput = { example: number; inputData: Json[] | null }

/** The input of a new comparison, for its first algorithm. */
export const firstDraft = (stage: Stage, { example, inputData }: StartInput): Draft =>
  inputData === null
    ? draftOfExample(stage, example)
    : { ...blankDraft(stage), source: sourceOf(stage, inputData), inputData }

/** The input after the first algorithm has changed: the same if it fits, else a demo input. */
export const draftFor = (stage: Stage, before: Stage, draft: Draft | null): Draft =>
  draft === null || !fitsInput(before, stage)
    ? draftOfExample(stage, 0)
    : { ...draft, source: sourceOf(stage, draft.inputData) }

/** The parameters of a demo input. None for another input. */
export const exampleValuesOf = (draft: Draft | null, stage: Stage | undefined): FormValues =>
  draft?.source.type === 'example' ? (stage?.examples[draft.source.index]?.parameters ?? {}) : {}

/** The demo input with this data, if the algorithm has one. */
const sourceOf = (stage: Stage, inputData: Json[]): Draft['source'] => {
  const same = JSON.stringify(inputData)
  const index = stage.examples.findIndex((example) => JSON.stringify(example.input_data) === same)
  return index < 0 ? { type: 'own' } : { type: 'example', index }
}
