import type { Stage } from '@vitrine/contract'
import { bounds } from '@vitrine/contract/limits'
import { isComplete, type Draft } from '../stage/draft.ts'
import { formFields, type Field, type FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'
import { columnValues, type SetupColumn } from './setup-columns.ts'

/** A column with its algorithm's form, and whether that algorithm accepts the input. */
export type SetupForm = {
  column: SetupColumn
  /** Undefined until it is loaded. */
  stage: Stage | undefined
  fields: Field[]
  values: FormValues
  fits: boolean
}

/** The forms of all columns. The input is entered in the way of the first column's algorithm. */
export const setupForms = (
  columns: readonly SetupColumn[],
  stages: ReadonlyMap<string, Stage>,
  example: FormValues,
): SetupForm[] => {
  const first = stages.get(columns[0]?.serviceId ?? '')
  return columns.map((column, place) => {
    const stage = stages.get(column.serviceId)
    return {
      column,
      stage,
      fields: stage === undefined ? [] : formFields(stage.manifest.parameters),
      values: stage === undefined ? {} : columnValues(columns, place, stage, example),
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
