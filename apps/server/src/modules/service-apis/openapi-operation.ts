import type {
  ApiAnswer,
  ApiBody,
  ApiField,
  ApiFieldInfo,
  ApiInputKind,
  ApiPlace,
  JsonSchema,
} from '@vitrine/contract'
import { isObject } from '@vitrine/contract/schema-check'
import { isOwnHeader } from '@vitrine/contract/written-field'
import {
  resolved,
  textOf,
  type ListedOperation,
  type OpenApiDocument,
  type Part,
} from './openapi-document.ts'
import { newBudget, simpleSchema, type Budget } from './openapi-schema.ts'

/**
 * A field as its document describes it, with its place if values are sent by their order, and what a person enters there if the
 * document says so.
 */
export type ReadField = ApiFieldInfo & Pick<ApiField, 'position'> & { inputKind?: ApiInputKind }

/** What an operation takes and returns, as its document describes it. */
export type ReadOperation = {
  method: string
  path: string
  summary: string
  description: string
  body: ApiBody
  fields: ReadField[]
  /** The media type of its answer; '' if the document does not say. */
  answers: string
  /** How its answer is shown, if the document says that. */
  answer?: ApiAnswer
}

const mostFields = 100
const bodyKinds: readonly (readonly [RegExp, ApiBody])[] = [
  [/^multipart\/form-data$/i, 'multipart'],
  [/^application\/(?:[\w.-]+\+)?json$/i, 'json'],
  [/^application\/x-www-form-urlencoded$/i, 'form'],
]
const saysBase64 = /base64|b64/i

type Reading = { root: Part; budget: Budget }

const isPlace = (place: unknown): place is 'path' | 'query' | 'header' =>
  place === 'path' || place === 'query' || place === 'header'

/** How a schema takes a media file. A list of files takes one. */
function mediaOf(raw: Part, words: string): ApiFieldInfo['media'] {
  const { format, contentMediaType, contentEncoding } = raw
  if (format === 'binary' || (contentMediaType !== undefined && contentEncoding === undefined)) return 'file'
  if (contentEncoding === 'base64' || format === 'byte') return 'base64'
  const isText = raw.type === undefined || raw.type === 'string'
  return isText && raw.enum === undefined && saysBase64.test(words) ? 'base64' : null
}

type Given = { name: string; place: ApiPlace; required: boolean; raw: unknown; description: string }

function fieldOf(
  { root, budget }: Reading,
  { name, place, required, raw, description }: Given,
): ApiFieldInfo {
  const own = resolved(root, raw)
  const items = resolved(root, own.items)
  const schema: JsonSchema = simpleSchema(root, raw, budget)
  const said = description || textOf(schema.description)
  return {
    name,
    place,
    required: required && schema.default === undefined,
    title: textOf(schema.title) || name,
    description: said,
    media: mediaOf(own.type === 'array' ? items : own, `${name} ${said}`),
    schema,
  }
}

function parameterFields(reading: Reading, { item, operation }: ListedOperation): ApiFieldInfo[] {
  const lists = [item.parameters, operation.parameters].flatMap((list) => (Array.isArray(list) ? list : []))
  const found = new Map<string, ApiFieldInfo>()
  for (const each of lists.slice(0, mostFields)) {
    const { name, in: place, required, schema, description } = resolved(reading.root, each)
    if (typeof name !== 'string' || !isPlace(place)) continue
    if (place === 'header' && !isOwnHeader(name)) continue
    const given = { name, place, required: required === true, raw: schema, description: textOf(description) }
    // The operation's own parameter replaces that of its path.
    found.set(`${place} ${name}`, fieldOf(reading, given))
  }
  return [...found.values()]
}

/** The content of a body that can be written best. */
function bestContent(content: Part): { body: ApiBody; raw: unknown; type: string } | null {
  const types = Object.keys(content)
  for (const [pattern, body] of bodyKinds) {
    const type = types.find((each) => pattern.test(each.split(';')[0]?.trim() ?? ''))
    if (type !== undefined)
      return { body, type, raw: isObject(content[type]) ? content[type].schema : undefined }
  }
  const [type] = types
  return type === undefined ? null : { body: 'raw', type, raw: undefined }
}

function bodyFields(
  reading: Reading,
  { operation }: ListedOperation,
): { body: ApiBody; fields: ApiFieldInfo[] } {
  const request = resolved(reading.root, operation.requestBody)
  const best = isObject(request.content) ? bestContent(request.content) : null
  if (!best) return { body: 'none', fields: [] }
  const { body, raw, type } = best
  const whole = { name: '', place: 'whole', required: request.required === true, description: '' } as const
  if (body === 'raw') {
    const field = fieldOf(reading, { ...whole, raw: {} })
    return { body, fields: [{ ...field, title: type, media: type.startsWith('text/') ? null : 'file' }] }
  }
  const schema = withParts(reading.root, resolved(reading.root, raw))
  if (!isObject(schema.properties))
    return { body, fields: body === 'json' ? [fieldOf(reading, { ...whole, raw })] : [] }
  const required: ReadonlySet<unknown> = new Set(Array.isArray(schema.required) ? schema.required : [])
  const entries = Object.entries(schema.properties).slice(0, mostFields)
  const fields = entries.map(([name, property]) =>
    fieldOf(reading, { name, place: 'body', required: required.has(name), raw: property, description: '' }),
  )
  return { body, fields }
}

/** A schema with the properties of all its parts (`allOf`). */
function withParts(root: Part, schema: Part): Part {
  if (!Array.isArray(schema.allOf)) return schema
  const parts = [...schema.allOf.slice(0, 20).map((each) => resolved(root, each)), schema]
  const properties = Object.assign(
    {},
    ...parts.map((part) => (isObject(part.properties) ? part.properties : {})),
  )
  const required = parts.flatMap((part) => (Array.isArray(part.required) ? part.required : []))
  return { properties, required }
}

function answerType(root: Part, operation: Part): string {
  const responses = isObject(operation.responses) ? operation.responses : {}
  for (const status of ['200', '201', '2XX', 'default']) {
    const { content } = resolved(root, responses[status])
    const [type] = isObject(content) ? Object.keys(content) : []
    if (type !== undefined) return textOf(type.split(';')[0]?.trim().toLowerCase())
  }
  return ''
}

/** Finds an operation in a document and reads what it takes. Null if the document has none of this name. Pure. */
export function readOperation(
  { root, operations }: OpenApiDocument,
  { method, path }: { method: string; path: string },
): ReadOperation | null {
  const listed = operations.find((each) => each.method === method && each.path === path)
  if (!listed) return null
  const reading = { root, budget: newBudget() }
  const { body, fields } = bodyFields(reading, listed)
  return {
    method,
    path,
    summary: listed.summary,
    description: textOf(listed.operation.description),
    body,
    fields: [...parameterFields(reading, listed), ...fields].slice(0, mostFields),
    answers: answerType(root, listed.operation),
  }
}
