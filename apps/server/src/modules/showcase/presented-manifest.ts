import {
  localTextIn,
  type Json,
  type JsonSchema,
  type Language,
  type Presentation,
  type ShownManifest,
} from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'

type Fields = Presentation['fields']

/** Whether a value that nobody enters can be left out: it is not required, or has a default. */
const canBeLeftOut = (schema: JsonSchema, name: string, property: Json): boolean =>
  !(Array.isArray(schema.required) && schema.required.includes(name)) ||
  (isObject(property) && property.default !== undefined)

function presentedProperty(property: Json, title: Fields[string]['title'], language: Language): Json {
  if (!isObject(property)) return property
  const own = typeof property.title === 'string' ? property.title : ''
  const shown = localTextIn(title, language, own)
  return shown === '' ? property : { ...property, title: shown }
}

/** A schema of an object with the fields that are shown, under the names that they have for people. */
function presentedSchema(schema: JsonSchema, fields: Fields, language: Language): JsonSchema {
  if (!isObject(schema.properties)) return schema
  const hidden = new Set<string>()
  const properties = Object.entries(schema.properties).flatMap(([name, property]): [string, Json][] => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) return [[name, property]]
    if (field.shown || !canBeLeftOut(schema, name, property))
      return [[name, presentedProperty(property, field.title, language)]]
    hidden.add(name)
    return []
  })
  const shown: JsonSchema = { ...schema, properties: Object.fromEntries(properties) }
  if (Array.isArray(schema.required))
    shown.required = schema.required.filter((name) => typeof name !== 'string' || !hidden.has(name))
  return shown
}

/**
 * A manifest as its presentation shows it: the task, the titles of inputs and parameters, and without the hidden ones,
 * which keep their defaults. A field that a run needs is shown in any case. Pure.
 */
export const presentedManifest = (
  manifest: ShownManifest,
  { fields, task }: Pick<Presentation, 'fields' | 'task'>,
  language: Language,
): ShownManifest => ({
  ...manifest,
  task: task || manifest.task,
  input: presentedSchema(manifest.input, fields, language),
  parameters: presentedSchema(manifest.parameters, fields, language),
})
