import type { Json, JsonSchema } from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import { isSmall, resolved, textOf, type Part } from './openapi-document.ts'

/** How deep a schema is followed, and how many schemas are read for one operation. What lies beyond may be anything. */
const schemaBounds = { depth: 6, schemas: 400, choices: 200, properties: 100 } as const

/** Counts the schemas that are read for one operation. */
export type Budget = { left: number }
/** A new count for one operation. */
export const newBudget = (): Budget => ({ left: schemaBounds.schemas })

const numbers = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
] as const
const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object'])

type Reading = { root: Part; budget: Budget; depth: number }

const isNull = (schema: Part) => schema.type === 'null'

/** The only type of a schema other than null; undefined if there are several or none. */
function typeOf({ type }: Part): string | undefined {
  const named = (Array.isArray(type) ? type : [type]).filter((each) => each !== 'null')
  const [only] = named
  return named.length === 1 && typeof only === 'string' && types.has(only) ? only : undefined
}

function choicesOf(schema: Part): Json[] | undefined {
  const { enum: list, const: only } = schema
  if (Array.isArray(list))
    return list.filter((value) => value !== null && isSmall(value)).slice(0, schemaBounds.choices)
  return isSmall(only) && only !== null ? [only] : undefined
}

/** The alternatives of a schema as one: the only one that is not null, or all choices together. */
function merged(reading: Reading, list: readonly unknown[]): JsonSchema {
  const parts = list
    .slice(0, schemaBounds.choices)
    .map((each) => resolved(reading.root, each))
    .filter((each) => !isNull(each))
  const [only, ...others] = parts
  if (only === undefined) return {}
  if (others.length === 0) return inner(reading, only)
  const choices = parts.map(choicesOf)
  return choices.every((each) => each !== undefined)
    ? { enum: choices.flat().slice(0, schemaBounds.choices) }
    : {}
}

const inner = (reading: Reading, value: unknown): JsonSchema =>
  simpleSchema(reading.root, value, reading.budget, reading.depth + 1)

function propertiesOf(reading: Reading, { properties, required }: Part): JsonSchema {
  if (!isObject(properties)) return {}
  const entries = Object.entries(properties).slice(0, schemaBounds.properties)
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  return {
    properties: Object.fromEntries(entries.map(([name, value]) => [name, inner(reading, value)])),
    ...(names.length > 0 && { required: names.slice(0, schemaBounds.properties) }),
  }
}

function ownParts(reading: Reading, schema: Part): JsonSchema {
  const type = typeOf(schema)
  const choices = choicesOf(schema)
  const title = textOf(schema.title)
  const description = textOf(schema.description)
  const limits = numbers.flatMap((name) =>
    typeof schema[name] === 'number' ? [[name, schema[name]] as const] : [],
  )
  return {
    ...(type !== undefined && { type }),
    ...(title !== '' && { title }),
    ...(description !== '' && { description }),
    ...(choices !== undefined && choices.length > 0 && { enum: choices }),
    ...(schema.default !== null && isSmall(schema.default) && { default: schema.default }),
    ...Object.fromEntries(limits),
    ...propertiesOf(reading, schema),
    ...(isObject(schema.items) && { items: inner(reading, schema.items) }),
  }
}

/**
 * A schema of a document without references, with the words that forms and checks use. What is nested too deep, or refers
 * to itself, may be anything. Pure.
 */
export function simpleSchema(root: Part, value: unknown, budget: Budget, depth = 0): JsonSchema {
  if (depth > schemaBounds.depth || budget.left <= 0) return {}
  budget.left--
  const schema = resolved(root, value)
  const reading = { root, budget, depth }
  const alternatives = Array.isArray(schema.anyOf) ? schema.anyOf : schema.oneOf
  // Keys beside a reference count too (OpenAPI 3.1), such as a default.
  const beside = isObject(value) && value.$ref !== undefined ? { ...value, $ref: undefined } : {}
  const all = Array.isArray(schema.allOf) ? schema.allOf.slice(0, 20).map((each) => inner(reading, each)) : []
  return {
    ...(Array.isArray(alternatives) && merged(reading, alternatives)),
    ...Object.assign({}, ...all),
    ...ownParts(reading, schema),
    ...ownParts(reading, beside),
  }
}
