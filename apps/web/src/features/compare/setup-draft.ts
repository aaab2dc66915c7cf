import type { Json, Stage } from '@vitrine/contract'
import { blankDraft, draftOfExample, type Draft } from '../stage/draft.ts'
import type { FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'

/** The input to begin with: the number of a demo input of the first algorithm, or an earlier run's or comparison's. */
export type StartInput = { example: number; inputData: Json[] | null }

/** The input of a new comparison, for its first algorithm. */
export const firstDraft = (stage: Stage, { example, inputData }: StartInput): Draft =>
  inputData === null
    ? draftOfExample(stage, example)
    : { ...blankDraft(stage), source: sourceOf(stage, inputData), inputData }

/** The input when another algorithm comes first: the same where it fits, else a demo input. */
export const draftFor = (stage: Stage, before: Stage, draft: Draft | null): Draft =>
  draft === null || !fitsInput(before, stage)
    ? draftOfExample(stage, 0)
    : { ...draft, source: sourceOf(stage, draft.inputData) }

/** The parameters that belong to a demo input; none to another. */
export const exampleValuesOf = (draft: Draft | null, stage: Stage | undefined): FormValues =>
  draft?.source.type === 'example' ? (stage?.examples[draft.source.index]?.parameters ?? {}) : {}

/** The demo input that some data is, if it is one of this algorithm. */
const sourceOf = (stage: Stage, inputData: Json[]): Draft['source'] => {
  const same = JSON.stringify(inputData)
  const index = stage.examples.findIndex((example) => JSON.stringify(example.input_data) === same)
  return index < 0 ? { type: 'own' } : { type: 'example', index }
}
