import type { Json, JsonSchema } from '@vitrine/contract'
import { isJsonObject } from '../../shared/json-object.ts'

/** One choice of a field with fixed values. */
type FieldOption = { value: Json; label: string }
/** The control of a field. */
type FieldControl =
  | { type: 'text'; multiline: boolean; maxLength: number | null }
  | {
      type: 'number'
      integer: boolean
      min: number | null
      max: number | null
      step: number
      slider: boolean
    }
  | { type: 'switch' }
  | { type: 'options'; options: FieldOption[]; segmented: boolean }
  | { type: 'json' }

/** One parameter as a field of a form. */
export type Field = {
  key: string
  title: string
  description: string
  required: boolean
  default: Json | undefined
  control: FieldControl
}

/** The values of a form by key. A missing value means the algorithm's own default. */
export type FormValues = Record<string, Json>

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)

/**
 * The form of an object's JSON Schema. It has one field for each property, ordered by `x-order` and then as
 * written.
 */
export const formFields = (schema: JsonSchema): Field[] => {
  if (!isJsonObject(schema.properties)) return []
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(schema.properties)
    .map(([key, property], place) => ({ key, property: isJsonObject(property) ? property : {}, place }))
    .sort((a, b) => orderOf(a) - orderOf(b) || a.place - b.place)
    .map(({ key, property }) => ({
      key,
      title: text(property.title) || key,
      description: text(property.description),
      required: required.includes(key),
      default: property.default,
      control: controlOf(property),
    }))
}

const orderOf = ({ property }: { property: Record<string, Json> }): number =>
  number(property['x-order']) ?? Number.MAX_SAFE_INTEGER

/** The type of a property. JSON Schema allows a list; `null` in it does not count. */
const typeOf = ({ type, enum: options, const: constant }: Record<string, Json>): string => {
  const named = Array.isArray(type) ? type.find((name) => name !== 'null') : type
  if (typeof named === 'string') return named
  return options !== undefined || constant !== undefined ? 'enum' : 'any'
}

const controlOf = (property: Record<string, Json>): FieldControl => {
  const widget = text(property['x-widget'])
  const options = optionsOf(property)
  if (options.length > 0) return { type: 'options', options, segmented: isShort(options, widget) }
  const type = typeOf(property)
  if (type === 'boolean') return { type: 'switch' }
  if (type === 'integer' || type === 'number') return numberControl(property, type === 'integer', widget)
  if (type === 'string')
    return { type: 'text', multiline: widget === 'textarea', maxLength: number(property.maxLength) }
  return { type: 'json' }
}

const optionsOf = (property: Record<string, Json>): FieldOption[] => {
  if (Array.isArray(property.enum)) {
    const labels = Array.isArray(property['x-labels']) ? property['x-labels'] : []
    return property.enum.map((value, place) => ({ value, label: text(labels[place]) || labelOf(value) }))
  }
  const choices = Array.isArray(property.oneOf) ? property.oneOf : []
  const constants = choices.filter(isJsonObject).filter((choice) => choice.const !== undefined)
  if (constants.length < choices.length) return []
  return constants.map((choice) => ({
    value: choice.const ?? null,
    label: text(choice.title) || labelOf(choice.const ?? null),
  }))
}

const labelOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

// A few short choices are shown side by side, and others as a list.
const isShort = (options: FieldOption[], widget: string): boolean => {
  if (widget === 'select') return false
  if (widget === 'segmented' || widget === 'radio') return true
  return options.length <= 3 && options.every(({ label }) => label.length <= 10)
}

const numberControl = (
  property: Record<string, Json>,
  integer: boolean,
  widget: string,
): Extract<FieldControl, { type: 'number' }> => {
  const smallest = integer ? 1 : 0
  const min = number(property.minimum) ?? above(number(property.exclusiveMinimum), smallest)
  const max = number(property.maximum) ?? above(number(property.exclusiveMaximum), -smallest)
  const step = number(property.multipleOf) ?? (integer ? 1 : fineStep(min, max))
  // A slider always shows a value. Without a default, it would show one that is not sent.
  const slider = min !== null && max !== null && typeof property.default === 'number' && widget !== 'input'
  return { type: 'number', integer, min, max, step, slider }
}

const above = (limit: number | null, by: number): number | null => (limit === null ? null : limit + by)

/**
 * About a hundredth of the range, as a power of ten, so that a slider stops at round values: 0–1 → 0.01, 0–30
 * → 0.1.
 */
const fineStep = (min: number | null, max: number | null): number => {
  if (min === null || max === null || max <= min) return 0.01
  return 10 ** Math.floor(Math.log10((max - min) / 100) + 1e-9)
}

/**
 * The first values of the form: the default of each field, replaced by the values of an example or an earlier
 * run.
 */
export const initialValues = (fields: readonly Field[], chosen: FormValues = {}): FormValues => {
  const defaults = fields.flatMap(({ key, default: value }) => (value === undefined ? [] : [[key, value]]))
  return { ...Object.fromEntries(defaults), ...chosen }
}

/** The values to send. Cleared fields are left out. */
export const parametersOf = (values: FormValues): FormValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined))

/** The values that differ from the defaults of the form, because a person, an example or a run chose them. */
export const chosenValues = (fields: readonly Field[], values: FormValues): FormValues => {
  const defaults = initialValues(fields)
  return Object.fromEntries(
    Object.entries(values).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key])),
  )
}

/**
 * Divides the parameters of an earlier run into those that a schema still knows and the names of the others,
 * which an algorithm would refuse. A schema that allows additional properties knows all.
 */
export const knownParameters = (
  schema: JsonSchema,
  given: FormValues,
): { known: FormValues; leftOut: string[] } => {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const isKnown = (key: string) => schema.additionalProperties !== false || Object.hasOwn(properties, key)
  return {
    known: Object.fromEntries(Object.entries(given).filter(([key]) => isKnown(key))),
    leftOut: Object.keys(given).filter((key) => !isKnown(key)),
  }
}
