import type {
  ApiBody,
  ApiField,
  ApiFieldInfo,
  ApiOperation,
  ApiOperationInfo,
  WrittenField,
} from '@vitrine/contract'
import { apiMethods } from '@vitrine/contract/choices'
import { canCarry, placesIn, typesAt, writtenFieldInfo } from '@vitrine/contract/written-field'
import { mappedField, rolesFor, roleOf, withRole } from './mapping.ts'

/** An operation as a person writes it: what a document would say about it. */
export type Written = Pick<ApiOperation, 'method' | 'path' | 'body'> & { fields: WrittenField[] }

/** A described operation as a person can write it. */
export const writtenBy = (
  { method, path, body }: Pick<ApiOperationInfo, 'method' | 'path' | 'body'>,
  fields: WrittenField[],
): Written => settle({ method: apiMethods.find((each) => each === method) ?? 'POST', path, body, fields })

/** The initial operation: a text in a JSON body, as most APIs of algorithms take it. */
export const blankWritten = (): Written => ({
  method: 'POST',
  path: '/predict',
  body: 'json',
  fields: [{ name: 'text', place: 'body', type: 'text', required: true }],
})

const pathNames = (path: string): string[] => [
  ...new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)),
]

/** Where a new field stands: in the body if the request has one. A path field comes from the path. */
export const firstPlace = (written: Written): WrittenField['place'] =>
  placesIn(written).find((place) => place !== 'path') ?? 'query'

/** The field as the request can carry it: at the first place that there is, and of the first type that fits there. */
function settled(written: Written, field: WrittenField): WrittenField {
  const place = placesIn(written).includes(field.place) ? field.place : firstPlace(written)
  const types = typesAt(place, written)
  const type = types.includes(field.type) ? field.type : field.type === 'file' ? 'base64' : 'text'
  const name = place === 'whole' ? '' : field.name
  return { ...field, place, type, name, required: field.required || place === 'path' }
}

/** What a person wrote, with the fields that its path names, and each field where the request can carry it. Pure. */
export function settle(written: Written): Written {
  const body: ApiBody = written.method === 'GET' ? 'none' : written.body
  const next = { ...written, body }
  const names = pathNames(written.path)
  const inPath = names.map(
    (name): WrittenField =>
      written.fields.find((field) => field.place === 'path' && field.name === name) ?? {
        name,
        place: 'path',
        type: 'text',
        required: true,
      },
  )
  const others = written.fields.filter(({ place }) => place !== 'path').map((field) => settled(next, field))
  return { ...next, fields: [...inPath, ...others] }
}

/** Why a written operation cannot be tried yet; null if it can. Pure. */
export function writtenProblem({
  path,
  fields,
  ...sending
}: Written): 'path' | 'no_field' | 'name' | 'twice' | null {
  if (!/^\/(?!\/)[^?#\s\\]*$/.test(path)) return 'path'
  if (fields.length === 0) return 'no_field'
  if (!fields.every((field) => canCarry(sending, field))) return 'name'
  const places = fields.map(({ place, name }) => `${place} ${name}`)
  return new Set(places).size < places.length ? 'twice' : null
}

/** The fields of a written operation in the form of those that a document describes. Pure. */
export const writtenInfos = ({ fields }: Written): ApiFieldInfo[] => fields.map(writtenFieldInfo)

/** A field of the mapping before that still says how its field is sent. */
function kept(before: ApiOperation, info: ApiFieldInfo): ApiField[] {
  const field = mappedField(before, info)
  const role = roleOf(before, info)
  if (!field || role === 'left_out' || !rolesFor(info).includes(role)) return []
  const isMedia = field.value.from === 'input' && !['text', 'json'].includes(field.value.kind)
  return isMedia === (info.media !== null) ? [field] : []
}

/** Which field is likeliest the input: a file, else one that no path needs. */
const likeliest = (infos: readonly ApiFieldInfo[]) =>
  infos.find(({ media }) => media !== null) ?? infos.find(({ place }) => place !== 'path') ?? infos[0]

/**
 * The mapping of a written operation: fields keep what they were in the mapping before, new ones are parameters, and one is
 * the input. Null without a field. Pure.
 */
export function mappingOf(written: Written, before: ApiOperation | null): ApiOperation | null {
  const infos = writtenInfos(written)
  const { method, path, body } = written
  const empty: ApiOperation = {
    method,
    path,
    body,
    fields: [],
    answer: before?.answer ?? { kind: 'json', path: [] },
  }
  const fields = before === null || before.body !== body ? [] : infos.flatMap((info) => kept(before, info))
  const now = { ...empty, fields }
  const hasInput = fields.some(({ value }) => value.from === 'input')
  const input = hasInput ? undefined : likeliest(infos)
  if (!hasInput && !input) return null
  const withInput = input ? withRole(now, infos, input, 'input') : now
  return infos
    .filter((info) => info !== input && !mappedField(withInput, info) && rolesFor(info).includes('parameter'))
    .reduce((mapping, info) => withRole(mapping, infos, info, 'parameter'), withInput)
}
