import { isDeepStrictEqual } from 'node:util'
import type { ApiField, ApiFieldInfo, ApiOperation, Json, JsonSchema, MappedApi } from '@vitrine/contract'
import type { ReadOperation } from './openapi-operation.ts'

type Place = Pick<ApiField, 'name' | 'place'>
const same = (one: Place, other: Place) => one.name === other.name && one.place === other.place

/** Why a mapped operation cannot be run, or null. `field` is its name at the service. */
export type Misfit = { why: 'unknown' | 'missing' | 'twice' | 'media' | 'place'; field: string } | null

/** The names in braces in a path. */
const pathNames = (path: string): string[] => [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)

/** A field that is listed twice: at the same place, where only one value is sent, or as a parameter of the same name. */
const twiceIn = (fields: readonly ApiField[]): ApiField | undefined =>
  fields.find((field, at) =>
    fields
      .slice(0, at)
      .some(
        (before) =>
          same(field, before) ||
          (field.name === before.name &&
            field.value.from === 'parameter' &&
            before.value.from === 'parameter'),
      ),
  )

/**
 * The fields of a mapping that somebody chose. A field that only has its place in a list, with its default, is added again: the
 * next release may have no such place, or another field there.
 */
const chosen = ({ fields }: Pick<ApiOperation, 'fields'>): ApiField[] =>
  fields.filter(
    ({ value, position }) =>
      !(position && value.from === 'fixed' && isDeepStrictEqual(value.value, position.otherwise)),
  )

/** The first field of a mapping that does not fit the operation as it is described. Pure. */
export function misfitOf(mapping: ApiOperation, operation: ReadOperation): Misfit {
  const { path, body } = mapping
  const fields = chosen(mapping)
  for (const field of fields) {
    const info = operation.fields.find((each) => same(field, each))
    if (!info || body !== operation.body) return { why: 'unknown', field: field.name }
    const isMedia = field.value.from === 'input' && !['text', 'json'].includes(field.value.kind)
    if (isMedia === (field.send === 'value')) return { why: 'media', field: field.name }
  }
  const twice = twiceIn(fields)
  if (twice) return { why: 'twice', field: twice.name }
  const missing = operation.fields.find((info) => info.required && !fields.some((field) => same(field, info)))
  if (missing) return { why: 'missing', field: missing.name }
  const unfilled = pathNames(path).find(
    (name) => !fields.some((field) => field.place === 'path' && field.name === name),
  )
  return unfilled === undefined ? null : { why: 'missing', field: unfilled }
}

const wordsOf = ({ title, description }: ApiFieldInfo): JsonSchema => ({
  ...(title !== '' && { title }),
  ...(description !== '' && { description }),
})

function inputSchema(field: ApiField, info: ApiFieldInfo): JsonSchema {
  if (field.value.from !== 'input') return {}
  const { kind } = field.value
  if (kind === 'text') return { ...info.schema, ...wordsOf(info), type: 'string' }
  return kind === 'json' ? { ...info.schema, ...wordsOf(info) } : { 'x-kind': kind, ...wordsOf(info) }
}

/** The fields of a mapping as a service takes them that has values by their order: each place has one. */
function placedFields(fields: readonly ApiField[], operation: ReadOperation): ApiField[] {
  const rest = operation.fields.flatMap((info): ApiField[] => {
    const { name, place, position } = info
    if (!position || fields.some((field) => same(field, info))) return []
    return [{ name, place, send: 'value', value: { from: 'fixed', value: position.otherwise }, position }]
  })
  const own = fields.map(({ position: _before, ...field }) => {
    const position = operation.fields.find((info) => same(field, info))?.position
    return position ? { ...field, position } : field
  })
  return [...own, ...rest]
}

/**
 * The schemas of a stage for a mapping that fits its operation: the input's, a form of the parameters, and the kind of
 * result. Pure.
 */
export function mappedApi(mapping: ApiOperation, operation: ReadOperation): MappedApi {
  const pairs = mapping.fields.flatMap((field) => {
    const info = operation.fields.find((each) => same(field, each))
    return info ? [{ field, info }] : []
  })
  const input = pairs.find(({ field }) => field.value.from === 'input')
  const parameters = pairs.filter(({ field }) => field.value.from === 'parameter')
  const properties: Record<string, Json> = Object.fromEntries(
    parameters.map(({ info }, place) => [info.name, { ...info.schema, ...wordsOf(info), 'x-order': place }]),
  )
  const required = parameters.filter(({ info }) => info.required).map(({ info }) => info.name)
  return {
    operation: { ...mapping, fields: placedFields(chosen(mapping), operation) },
    input: input ? inputSchema(input.field, input.info) : {},
    parameters: { type: 'object', properties, required, additionalProperties: false },
    output: { 'x-kind': mapping.answer.kind },
  }
}
