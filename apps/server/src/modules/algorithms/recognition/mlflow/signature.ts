import { z } from 'zod'
import type { Json, JsonSchema } from '@vitrine/contract'

type Schema = { [key: string]: Json }

const written = z.looseObject({
  type: z.string(),
  name: z.union([z.string(), z.number()]).optional(),
  required: z.boolean().optional(),
  optional: z.boolean().optional(),
})
const column = written.extend({ properties: z.unknown().optional(), items: z.unknown().optional() })
const tensor = written.extend({
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number()) }),
})
const parameter = z.looseObject({
  name: z.string(),
  type: z.string(),
  default: z.unknown(),
  shape: z.array(z.number()).nullish(),
})

const plainTypes: Readonly<Record<string, Schema>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'string' },
  datetime: { type: 'string', description: '2026-01-31T12:00:00' },
  binary: { type: 'string', description: 'base64' },
  array: { type: 'array' },
  object: { type: 'object' },
  map: { type: 'object' },
}
/** More columns than a form can show. */
const columnsAtMost = 500

/** Reads a list that the signature contains as JSON text. Null if it is not valid. */
function listIn(text: string | undefined): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function schemaOf(stated: unknown): Schema | null {
  const ofTensor = tensor.safeParse(stated)
  if (ofTensor.success) {
    const { dtype, shape } = ofTensor.data['tensor-spec']
    const words = shape.map((one) => (one < 0 ? '?' : String(one))).join(', ')
    // The first dimension is the number of elements.
    return { ...(shape.length > 1 && { type: 'array' }), description: `${dtype} [${words}]` }
  }
  const ofColumn = column.safeParse(stated)
  return ofColumn.success ? (plainTypes[ofColumn.data.type] ?? {}) : null
}

const isOptional = ({ required, optional }: z.infer<typeof written>) =>
  required === false || optional === true

/**
 * The schema of one element, as the signature of a model says: an object by its columns, or the value of the only input
 * without a name. Undefined if it says nothing that can be a form.
 */
export function inputOf(inputs: string | undefined): JsonSchema | undefined {
  const list = listIn(inputs)
  if (list === null || list.length === 0 || list.length > columnsAtMost) return undefined
  const [only] = list
  if (list.length === 1 && written.safeParse(only).data?.name === undefined)
    return schemaOf(only) ?? undefined
  const properties: Schema = {}
  const needed: string[] = []
  for (const [order, one] of list.entries()) {
    const { data } = written.safeParse(one)
    const schema = schemaOf(one)
    if (!data || schema === null || data.name === undefined) return undefined
    properties[String(data.name)] = { ...schema, 'x-order': order }
    if (!isOptional(data)) needed.push(String(data.name))
  }
  return { type: 'object', properties, required: needed }
}

const isJson = z.json()

/** The schema of the parameters of a signature, with their defaults. Undefined if there are none. */
export function parametersOf(params: string | undefined): JsonSchema | undefined {
  const properties: Schema = {}
  for (const [order, one] of (listIn(params) ?? []).slice(0, columnsAtMost).entries()) {
    const { data } = parameter.safeParse(one)
    if (!data) continue
    const value = isJson.safeParse(data.default).data
    const schema: Schema = data.shape ? { type: 'array' } : (plainTypes[data.type] ?? {})
    properties[data.name] = {
      ...schema,
      ...(value !== undefined && value !== null && { default: value }),
      'x-order': order,
    }
  }
  return Object.keys(properties).length > 0 ? { type: 'object', properties } : undefined
}
