import type { Json, JsonSchema } from '@vitrine/contract'
import { isResultKind, resultKinds } from '@vitrine/contract/results'

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The `x-kind` of a schema, of its elements, or of its first property that has one. Null if there is none. */
function kindOf(schema: JsonSchema): string | null {
  if (typeof schema['x-kind'] === 'string') return schema['x-kind']
  const { items, properties } = schema
  if (isObject(items)) return kindOf(items)
  for (const property of isObject(properties) ? Object.values(properties) : [])
    if (isObject(property) && typeof property['x-kind'] === 'string') return property['x-kind']
  return null
}

const mediaKinds = new Set(['image', 'audio', 'video', 'file'])

/** The paths in a value for which the schema expects a picture, sound, video or file. */
export function mediaPaths(schema: JsonSchema, value: Json): string[] {
  if (typeof value === 'string') {
    const isUrl = /^(https?|data):/.test(value)
    return mediaKinds.has(String(schema['x-kind'])) && !isUrl ? [value] : []
  }
  const { items, properties } = schema
  if (Array.isArray(value)) return isObject(items) ? value.flatMap((item) => mediaPaths(items, item)) : []
  if (!isObject(value) || !isObject(properties)) return []
  return Object.entries(value).flatMap(([name, part]) => {
    const property = properties[name]
    return isObject(property) ? mediaPaths(property, part) : []
  })
}

/** Guesses the task from the input and output. "other" if they do not show it. */
export function guessTask(input: JsonSchema, output: JsonSchema): string {
  const kind = kindOf(output)
  const task = kind !== null && isResultKind(kind) ? resultKinds[kind].task : null
  if (task === null || typeof task === 'string') return task ?? 'other'
  const inputKind = kindOf(input) ?? (input.type === 'string' ? 'text' : '')
  return new Map(Object.entries(task)).get(inputKind) ?? 'other'
}
