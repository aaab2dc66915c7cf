import type { Comparison, Stage } from '@vitrine/contract'
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

/**
 * The values for the `turn`-th column of the same algorithm. They differ from the start: the first parameter
 * with choices or a range gets the next choice, or a value nearer to the far end of its range.
 */
export const variedValues = (fields: readonly Field[], values: FormValues, turn: number): FormValues => {
  if (turn === 0) return values
  for (const { key, control, default: normal } of fields) {
    const current = values[key] ?? normal
    if (control.type === 'options' && control.options.length > 1) {
      const place = control.options.findIndex(({ value }) => value === current)
      const next = control.options[(Math.max(0, place) + turn) % control.options.length]
      return next === undefined ? values : { ...values, [key]: next.value }
    }
    if (control.type === 'switch') return { ...values, [key]: (current !== true) === (turn % 2 === 1) }
    if (control.type === 'number' && control.slider && typeof current === 'number')
      return { ...values, [key]: furtherAlong(control, current, turn) }
  }
  return values
}

const furtherAlong = (
  { min, max, step }: { min: number | null; max: number | null; step: number },
  current: number,
  turn: number,
): number => {
  const [low, high] = [min ?? current, max ?? current]
  const end = high - current >= current - low ? high : low
  const steps = Math.round(((end - current) / step) * Math.min(1, turn / 2))
  return Number((current + steps * step).toFixed(6))
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
  const turn = columns.slice(0, place).filter((other) => stageKey(other) === stageKey(column)).length
  const first = columns[0]?.serviceId === column.serviceId
  const start = Object.fromEntries(
    Object.entries(first ? example : {}).filter(([key]) => fields.some((field) => field.key === key)),
  )
  return variedValues(fields, initialValues(fields, start), turn)
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
