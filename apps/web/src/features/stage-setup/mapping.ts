import type {
  ApiAnswer,
  ApiField,
  ApiFieldInfo,
  ApiInputKind,
  ApiOperation,
  Json,
  JsonSchema,
} from '@vitrine/contract'
import { saysNothing, type InputKind } from '../stage/input-kind.ts'

/** Where the value of a field comes from, in the order in which the page offers it. */
export const fieldRoles = ['input', 'parameter', 'fixed', 'left_out'] as const
/** Where the value of a field comes from. */
export type FieldRole = (typeof fieldRoles)[number]

/** The kinds of input that a field can be. */
export const inputKindsOf = (info: ApiFieldInfo): ApiInputKind[] =>
  info.media === null ? ['text', 'json'] : ['image', 'audio', 'video', 'file']

const isOf = (info: ApiFieldInfo) => (field: ApiField) =>
  field.name === info.name && field.place === info.place

/** The field of a mapping that stands for a described one. */
export const mappedField = (operation: ApiOperation, info: ApiFieldInfo): ApiField | undefined =>
  operation.fields.find(isOf(info))

/** The role of a described field in a mapping. */
export const roleOf = (operation: ApiOperation, info: ApiFieldInfo): FieldRole =>
  mappedField(operation, info)?.value.from ?? 'left_out'

/** The roles that a field can have: a file is an input, and a field that must be sent cannot be left out. */
export const rolesFor = (info: ApiFieldInfo): FieldRole[] =>
  fieldRoles.filter(
    (role) =>
      !(role === 'left_out' && info.required) &&
      !(role === 'parameter' && (info.media !== null || info.place === 'whole')) &&
      !(role === 'fixed' && info.media !== null),
  )

const sendOf = (info: ApiFieldInfo, body: ApiOperation['body']): ApiField['send'] => {
  if (info.media === null) return 'value'
  return info.media === 'file' && (body === 'multipart' || body === 'raw') ? 'file' : 'base64'
}

const firstValue = ({ schema }: ApiFieldInfo): Json => {
  if (schema.default !== undefined) return schema.default
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? ''
  if (schema.type === 'integer' || schema.type === 'number') return 0
  return schema.type === 'boolean' ? false : ''
}

const fieldWith = (
  info: ApiFieldInfo,
  role: Exclude<FieldRole, 'left_out'>,
  body: ApiOperation['body'],
): ApiField => {
  const { name, place } = info
  if (role === 'fixed')
    return { name, place, send: 'value', value: { from: 'fixed', value: firstValue(info) } }
  if (role === 'parameter') return { name, place, send: 'value', value: { from: 'parameter' } }
  const [kind = 'text'] = inputKindsOf(info)
  return { name, place, send: sendOf(info, body), value: { from: 'input', kind } }
}

/**
 * The mapping with another role for a field. There is one input: a field that was it becomes a parameter if it can be
 * one. Pure.
 */
export const withRole = (
  operation: ApiOperation,
  infos: readonly ApiFieldInfo[],
  info: ApiFieldInfo,
  role: FieldRole,
): ApiOperation => {
  const fields = infos.flatMap((each): ApiField[] => {
    const now = roleOf(operation, each)
    const before = mappedField(operation, each)
    const isFormer = role === 'input' && now === 'input'
    const next =
      each === info
        ? role
        : isFormer
          ? rolesFor(each).includes('parameter')
            ? 'parameter'
            : 'left_out'
          : now
    if (next === 'left_out') return []
    return [next === now && before ? before : fieldWith(each, next, operation.body)]
  })
  return { ...operation, fields }
}

/** The mapping with another value of one of its fields. Pure. */
export const withValue = (
  operation: ApiOperation,
  info: ApiFieldInfo,
  change: { kind: ApiInputKind } | { value: Json },
): ApiOperation => ({
  ...operation,
  fields: operation.fields.map((field): ApiField => {
    if (!isOf(info)(field)) return field
    if ('kind' in change) return { ...field, value: { from: 'input', kind: change.kind } }
    return { ...field, value: { from: 'fixed', value: change.value } }
  }),
})

/** The schema of the parameters' form. */
export const parameterSchema = (operation: ApiOperation, infos: readonly ApiFieldInfo[]): JsonSchema => {
  const chosen = infos.filter((info) => roleOf(operation, info) === 'parameter')
  return {
    type: 'object',
    properties: Object.fromEntries(
      chosen.map(({ name, title, description, schema }) => [name, { ...schema, title, description }]),
    ),
    required: chosen.filter(({ required }) => required).map(({ name }) => name),
  }
}

const accepts: Record<'image' | 'audio' | 'video' | 'file', string> = {
  image: 'image/*',
  audio: 'audio/*',
  video: 'video/*',
  file: '',
}

/** How a person enters the input of a mapping; null if it has none. */
export const testCallInput = (operation: ApiOperation, infos: readonly ApiFieldInfo[]): InputKind | null => {
  const info = infos.find((each) => roleOf(operation, each) === 'input')
  const value = info && mappedField(operation, info)?.value
  if (!info || value?.from !== 'input') return null
  const { kind } = value
  const hint = info.description
  if (kind === 'text') return { type: 'text', maxLength: null, hint }
  if (kind === 'json') return { type: 'json', hint, orText: saysNothing(info.schema) }
  return { type: 'media', medium: kind, accept: accepts[kind], hint }
}

/** An answer's place as people write it: `results[0].label`. */
export const placeText = (path: ApiAnswer['path']): string =>
  path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('')
