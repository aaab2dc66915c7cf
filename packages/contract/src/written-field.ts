// The server and the pages both use these rules. This file loads no zod, so that a page does not either.
import type { ApiBody, ApiFieldInfo, ApiOperation, ApiPlace, WrittenField } from './api-operation.ts'
import { apiPlaces, writtenFieldTypes } from './choices.ts'
import type { JsonSchema } from './json-schema.ts'

/** How a request is sent, which decides which fields it can carry. */
type Sending = Pick<ApiOperation, 'method' | 'body'>

const schemas: Record<WrittenField['type'], JsonSchema> = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  json: {},
  file: {},
  base64: {},
}

/** A field that a person wrote, in the same form as a field that a document describes. Pure. */
export const writtenFieldInfo = ({ name, place, type, required }: WrittenField): ApiFieldInfo => ({
  name,
  place,
  required,
  title: name,
  description: '',
  media: type === 'file' || type === 'base64' ? type : null,
  schema: schemas[type],
})

const bodyPlaces: Record<ApiBody, readonly ApiPlace[]> = {
  none: [],
  json: ['body', 'whole'],
  form: ['body'],
  multipart: ['body'],
  raw: ['whole'],
}

/** Whether HTTP itself, a proxy or the platform sets a header, so that it cannot be a field. */
export const isOwnHeader = (name: string): boolean =>
  /^x-(?!forwarded|vitrine|real-ip)[a-z0-9-]+$/i.test(name)

/** The parts of a request that can contain fields, the body first. Pure. */
export function placesIn({ method, body }: Sending): ApiPlace[] {
  const inBody = method === 'GET' ? [] : bodyPlaces[body]
  return [...inBody, ...apiPlaces.filter((place) => !['body', 'whole'].includes(place))]
}

/** The types that a field at a place can have. A file as bytes is possible only if the request carries bytes. Pure. */
export const typesAt = (place: ApiPlace, { body }: Sending): WrittenField['type'][] =>
  writtenFieldTypes.filter(
    (type) =>
      type !== 'file' || (place === 'body' && body === 'multipart') || (place === 'whole' && body === 'raw'),
  )

/** Whether a request can carry a field. Pure. */
export const canCarry = (sending: Sending, { name, place, type }: WrittenField): boolean =>
  placesIn(sending).includes(place) &&
  typesAt(place, sending).includes(type) &&
  (place !== 'header' || isOwnHeader(name)) &&
  (place === 'whole') === (name === '')
