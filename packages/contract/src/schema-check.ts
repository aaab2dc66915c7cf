import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { Json } from './common.ts'
import { pathBelow, type BrokenRule } from './issues.ts'
import type { JsonSchema } from './json-schema.ts'

/** Finds every invalid field of a value. `path` is put before the paths of the fields. */
export type Check = (value: unknown, path: string) => BrokenRule[]

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

/** Whether a schema is for an image, a recording, a video or a file. */
export const isMedia = (schema: JsonSchema): boolean => mediaKinds.has(schema['x-kind'])

/** Returns the schema of a property or of a list's items; null if there is none. */
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

/** Whether elements with this schema may contain media, at the top, in a property or in a list. */
export function holdsMedia(schema: JsonSchema): boolean {
  if (isMedia(schema)) return true
  const properties = schema['properties']
  const inner = [...(isSchema(properties) ? Object.values(properties) : []), schema['items']]
  return inner.some((one) => isSchema(one) && holdsMedia(one))
}

/** Returns the schema with media left unchecked, because the code that fetches them checks them. */
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

/**
 * Compiles the check for one schema, with the same rules as both runtimes. Throws if the schema itself is
 * invalid. Formats are annotations, as in draft 2020-12, and nothing is fetched for a `$ref`. The caller must
 * limit the time that a schema from outside may take.
 */
export function compileCheck(schema: JsonSchema): Check {
  if (Object.keys(schema).length === 0) return () => []
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
    // 0.3 / 0.1 is not a whole number in binary floating point.
    multipleOfPrecision: 9,
  })
  const validate = ajv.compile(schema)
  return (value, path) => {
    if (validate(value)) return []
    const found = new Map<string, BrokenRule>()
    for (const error of validate.errors ?? []) {
      const broken = describe(error, path)
      const key = `${broken.path}\n${broken.rule}`
      if (!found.has(key)) found.set(key, broken)
    }
    return [...found.values()]
  }
}

/** Returns the caller's values, and the defaults of the properties without a value. Pure. */
export function withDefaults(schema: JsonSchema, given: Record<string, unknown>): Record<string, unknown> {
  const { properties } = schema
  const defaults = Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, inner]) =>
    isSchema(inner) && Object.hasOwn(inner, 'default') ? [[name, inner['default']] as const] : [],
  )
  return { ...Object.fromEntries(defaults), ...given }
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

const placesIn = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

function describe(error: ErrorObject, prefix: string): BrokenRule {
  const path = pathBelow(prefix, placesIn(error.instancePath))
  const { keyword, params } = error
  if (keyword === 'required')
    return { path: pathBelow(path, [String(params['missingProperty'])]), rule: 'field.required', values: {} }
  if (keyword === 'additionalProperties')
    return {
      path: pathBelow(path, [String(params['additionalProperty'])]),
      rule: 'field.unknown',
      values: {},
    }
  if (keyword === 'type') {
    const type: unknown = params['type']
    const expected = Array.isArray(type) ? type.join(', ') : String(type)
    return { path, rule: 'field.type', values: { expected } }
  }
  if (keyword === 'enum' || keyword === 'const') {
    const choices: unknown = keyword === 'enum' ? params['allowedValues'] : [params['allowedValue']]
    const expected = Array.isArray(choices) ? choices.map((choice) => JSON.stringify(choice)).join(', ') : ''
    return { path, rule: 'field.enum', values: { expected } }
  }
  if (isLimit(keyword)) return { path, rule: limits[keyword], values: { expected: Number(params['limit']) } }
  if (keyword === 'pattern')
    return { path, rule: 'field.pattern', values: { expected: String(params['pattern']) } }
  if (keyword === 'multipleOf')
    return { path, rule: 'field.multipleOf', values: { expected: Number(params['multipleOf']) } }
  return { path, rule: 'field.other', values: { keyword } }
}
