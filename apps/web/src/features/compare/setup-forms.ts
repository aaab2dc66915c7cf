import type { Stage } from '@vitrine/contract'
import { bounds } from '@vitrine/contract/limits'
import { isComplete, type Draft } from '../stage/draft.ts'
import { formFields, knownParameters, type Field, type FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'
import { columnValues, stageKey, type SetupColumn } from './setup-columns.ts'

/** A column with the form of its algorithm's release, and whether that algorithm accepts the input. */
export type SetupForm = {
  column: SetupColumn
  /** Undefined until it is loaded. */
  stage: Stage | undefined
  fields: Field[]
  values: FormValues
  /** The chosen parameters that the release does not have. */
  leftOut: string[]
  fits: boolean
}

/** The forms of all columns. `stages` has the stage of each `stageKey`. The input is entered in the way of the first column's algorithm. */
export const setupForms = (
  columns: readonly SetupColumn[],
  stages: ReadonlyMap<string, Stage>,
  example: FormValues,
): SetupForm[] => {
  const first = columns[0] && stages.get(stageKey(columns[0]))
  return columns.map((column, place) => {
    const stage = stages.get(stageKey(column))
    return {
      column,
      stage,
      fields: stage === undefined ? [] : formFields(stage.manifest.parameters),
      values: stage === undefined ? {} : columnValues(columns, place, stage, example),
      leftOut:
        stage === undefined
          ? []
          : knownParameters(stage.manifest.parameters, column.parameters ?? {}).leftOut,
      fits: stage === undefined || first === undefined || fitsInput(first, stage),
    }
  })
}

/** Whether a comparison can run: it has an input and enough columns, and each accepts the input. */
export const isReady = (draft: Draft | null, forms: readonly SetupForm[]): boolean =>
  draft !== null &&
  isComplete(draft) &&
  forms.length >= bounds.comparisonTargets.min &&
  forms.every(({ stage, fits }) => stage !== undefined && fits)
