import type { Stage } from '@vitrine/contract'
import { isComplete, type Draft } from '../stage/draft.ts'
import { formFields, type Field, type FormValues } from '../stage/schema-form.ts'
import { fitsInput } from './input-fit.ts'
import { columnLimits, columnValues, type SetupColumn } from './setup-columns.ts'

/** A column as it is shown: its algorithm's form, and whether that algorithm takes the input. */
export type SetupForm = {
  column: SetupColumn
  /** Undefined until it is read. */
  stage: Stage | undefined
  fields: Field[]
  values: FormValues
  fits: boolean
}

/** The forms of all columns; the input is given in the way of the first one's algorithm. */
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

/** Whether a comparison can be run: an input, enough columns, and each of them takes that input. */
export const isReady = (draft: Draft | null, forms: readonly SetupForm[]): boolean =>
  draft !== null &&
  isComplete(draft) &&
  forms.length >= columnLimits.fewest &&
  forms.every(({ stage, fits }) => stage !== undefined && fits)
