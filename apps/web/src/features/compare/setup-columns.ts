import type { Comparison, Json, Stage } from '@vitrine/contract'
import { sameData } from '../../shared/differences/same-data.ts'
import {
  formFields,
  initialValues,
  knownParameters,
  parametersOf,
  type Field,
  type FormValues,
} from '../stage/schema-form.ts'

/**
 * One column of a new comparison. `parameters` is null until the person has changed one. Those that it does
 * not name have the defaults of the column's release.
 */
export type SetupColumn = {
  key: number
  serviceId: string
  release: number | null
  parameters: FormValues | null
}

/** Whether two columns run the same release of the same algorithm. Their stages have the same key. */
export const stageKey = ({ serviceId, release }: Pick<SetupColumn, 'serviceId' | 'release'>): string =>
  `${serviceId}@${release ?? ''}`

/** The other values of a field that are worth comparing, the most telling first. None for free text. */
const otherValues = ({ control }: Field, current: Json | undefined): Json[] => {
  if (control.type === 'options') {
    const values = control.options.map(({ value }) => value)
    const place = Math.max(0, values.indexOf(current ?? null))
    return [...values.slice(place + 1), ...values.slice(0, place)]
  }
  if (control.type === 'switch') return [current !== true]
  if (control.type !== 'number' || !control.slider || typeof current !== 'number') return []
  const { step } = control
  const [low, high] = [control.min ?? current, control.max ?? current]
  const [far, near] = high - current >= current - low ? [high, low] : [low, high]
  const towards = (end: number, share: number) =>
    Number((current + Math.round(((end - current) / step) * share) * step).toFixed(6))
  return [towards(far, 0.5), towards(far, 1), towards(near, 1), towards(near, 0.5)]
}

/** These values and every change of one field of them, field by field. */
const changesOf = (fields: readonly Field[], values: FormValues): FormValues[] =>
  fields.flatMap((field) =>
    otherValues(field, values[field.key] ?? field.default).map((value) => ({
      ...values,
      [field.key]: value,
    })),
  )

/**
 * The values for a further column of the same algorithm, whose other columns have the `taken` ones. Differs from all of
 * them if that is possible: in one field of `values`, else in two.
 */
export const variedValues = (
  fields: readonly Field[],
  values: FormValues,
  taken: readonly FormValues[],
): FormValues => {
  const isFree = (candidate: FormValues) => !taken.some((other) => sameData(other, candidate))
  if (isFree(values)) return values
  const changes = changesOf(fields, values)
  return changes.find(isFree) ?? changes.flatMap((change) => changesOf(fields, change)).find(isFree) ?? values
}

/**
 * The values in a column's form: the defaults of its release, replaced by the chosen ones or by those of a demo
 * input. Without chosen ones they are varied from the previous columns of the same release. Chosen ones that
 * the release does not have are left out.
 */
export const columnValues = (
  columns: readonly SetupColumn[],
  place: number,
  stage: Pick<Stage, 'manifest'>,
  example: FormValues,
): FormValues => {
  const column = columns[place]
  if (column === undefined) return {}
  const { parameters: schema } = stage.manifest
  const fields = formFields(schema)
  if (column.parameters !== null)
    return initialValues(fields, knownParameters(schema, column.parameters).known)
  const taken = columns.flatMap((other, at) =>
    at < place && stageKey(other) === stageKey(column) ? [columnValues(columns, at, stage, example)] : [],
  )
  const first = columns[0]?.serviceId === column.serviceId
  const start = Object.fromEntries(
    Object.entries(first ? example : {}).filter(([key]) => fields.some((field) => field.key === key)),
  )
  return variedValues(fields, initialValues(fields, start), taken)
}

/** A column in the form of the API. */
export const targetOf = (
  { serviceId, release }: SetupColumn,
  values: FormValues,
): { service_id: string; parameters: FormValues; release?: number } => ({
  service_id: serviceId,
  parameters: parametersOf(values),
  ...(release !== null && { release }),
})

/** The columns of an earlier comparison, to be changed and run again. */
export const columnsOf = ({ cells }: Pick<Comparison, 'cells'>): SetupColumn[] =>
  cells.map(({ target }, key) => ({
    key,
    serviceId: target.service_id,
    release: target.release ?? null,
    parameters: target.parameters,
  }))
