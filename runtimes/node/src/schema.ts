import type { Json, JsonSchema } from '@vitrine/contract'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { FieldProblem } from './problem.ts'

/** Finds every wrong field of a value; `path` stands before the fields' own paths. */
export type Check = (value: unknown, path: string) => FieldProblem[]

const mediaKinds: ReadonlySet<Json | undefined> = new Set<Json | undefined>([
  'image',
  'audio',
  'video',
  'file',
])

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSchema = (value: Json | undefined): value is JsonSchema => isObject(value)

/** Whether a schema stands for an image, a recording, a video or a file. */
export const isMedia = (schema: JsonSchema): boolean => mediaKinds.has(schema['x-kind'])

/** The schema of a property or of a list's items, if there is one. */
export function innerSchema(schema: JsonSchema, name: string | number): JsonSchema | null {
  const properties = schema['properties']
  const inner =
    typeof name === 'number'
      ? schema['items']
      : isSchema(properties) && Object.hasOwn(properties, name)
        ? properties[name]
        : undefined
  return isSchema(inner) ? inner : null
}

/** Whether elements of this schema may contain media, at the top, in a property or in a list. */
export function holdsMedia(schema: JsonSchema): boolean {
  if (isMedia(schema)) return true
  const properties = schema['properties']
  const inner = [...(isSchema(properties) ? Object.values(properties) : []), schema['items']]
  return inner.some((one) => isSchema(one) && holdsMedia(one))
}

/** The schema with its media positions left open: those are checked by what fetches them. */
export function withoutMedia(schema: JsonSchema): JsonSchema {
  if (isMedia(schema)) return {}
  const open = (inner: Json): Json => (isSchema(inner) ? withoutMedia(inner) : inner)
  const { properties, items } = schema
  return {
    ...schema,
    ...(isSchema(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, open(inner)])),
    }),
    ...(items !== undefined && { items: open(items) }),
  }
}

/** Makes the check of one schema; throws when the schema itself is broken. Formats are annotations, as in draft 2020-12. */
export function compileCheck(schema: JsonSchema): Check {
  if (Object.keys(schema).length === 0) return () => []
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
    // 0.3 / 0.1 is not a whole number in binary fractions.
    multipleOfPrecision: 9,
  })
  const validate = ajv.compile(schema)
  return (value, path) => {
    if (validate(value)) return []
    const problems = new Map<string, FieldProblem>()
    for (const error of validate.errors ?? []) {
      const problem = describe(error, path)
      const key = `${problem.path}\n${problem.key}`
      if (!problems.has(key)) problems.set(key, problem)
    }
    return [...problems.values()]
  }
}

const limits = {
  minimum: 'field.minimum',
  maximum: 'field.maximum',
  exclusiveMinimum: 'field.exclusiveMinimum',
  exclusiveMaximum: 'field.exclusiveMaximum',
  minLength: 'field.minLength',
  maxLength: 'field.maxLength',
  minItems: 'field.minItems',
  maxItems: 'field.maxItems',
} as const
const isLimit = (keyword: string): keyword is keyof typeof limits => Object.hasOwn(limits, keyword)

function dotted(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`)).join('')
}

function describe(error: ErrorObject, prefix: string): FieldProblem {
  const path = prefix + dotted(error.instancePath)
  const { keyword, params } = error
  if (keyword === 'required')
    return { path: `${path}.${params['missingProperty']}`, key: 'field.required', values: {} }
  if (keyword === 'additionalProperties') {
    return { path: `${path}.${params['additionalProperty']}`, key: 'field.unknown', values: {} }
  }
  if (keyword === 'type') {
    const type: unknown = params['type']
    return {
      path,
      key: 'field.type',
      values: { expected: Array.isArray(type) ? type.join(', ') : String(type) },
    }
  }
  if (keyword === 'enum' || keyword === 'const') {
    const choices: unknown = keyword === 'enum' ? params['allowedValues'] : [params['allowedValue']]
    const words = Array.isArray(choices) ? choices.map((choice) => JSON.stringify(choice)).join(', ') : ''
    return { path, key: 'field.enum', values: { expected: words } }
  }
  if (isLimit(keyword)) return { path, key: limits[keyword], values: { expected: Number(params['limit']) } }
  if (keyword === 'pattern')
    return { path, key: 'field.pattern', values: { expected: String(params['pattern']) } }
  if (keyword === 'multipleOf') {
    return { path, key: 'field.multipleOf', values: { expected: Number(params['multipleOf']) } }
  }
  return { path, key: 'field.other', values: { keyword } }
}
