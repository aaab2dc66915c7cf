import type { ApiField, ApiOperation, Json } from '@vitrine/contract'

/** Stands for the bytes of a local file in a body: as base64, or as an address with the data in it. */
export const fileMarks = { base64: '\u0000base64', data_url: '\u0000data_url' } as const

/** A field of a form: a text, or a local file. */
export type FormField = { name: string; text: string | null }

/** A call of an operation of a service's own API, as code writes it. `raw` is a text, or null for a local file. */
export type MappedCall = {
  method: ApiOperation['method']
  url: string
  headers: [string, string][]
  body:
    | { kind: 'none' }
    | { kind: 'json'; value: Json }
    | { kind: 'form'; fields: FormField[] }
    | { kind: 'multipart'; fields: FormField[] }
    | { kind: 'raw'; text: string | null }
  /** Whether the answer is only the id of an event, and the result is read at the address with that id, as with Gradio. */
  inQueue: boolean
  /** The local file that the code reads; null if it reads none. */
  file: { name: string; mime: string } | null
}

type Given = {
  /** The address of the service, with `/` at its end. */
  base: string
  input: Json
  parameters: Record<string, Json>
  /** The caller's key, if callers need one. */
  key: string | null
  file: { name: string; mime: string }
}
type Sent = { field: ApiField; value: Json; isFile: boolean }

const sentOf = (field: ApiField, { input, parameters }: Given): Sent[] => {
  const { value } = field
  if (value.from === 'input')
    return field.send === 'value'
      ? [{ field, value: input, isFile: false }]
      : [{ field, value: null, isFile: true }]
  if (value.from === 'fixed') return [{ field, value: value.value, isFile: false }]
  const parameter = Object.hasOwn(parameters, field.name) ? parameters[field.name] : undefined
  return parameter === undefined ? [] : [{ field, value: parameter, isFile: false }]
}
const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
const listed = ({ value }: Sent): string[] => (Array.isArray(value) ? value.map(textOf) : [textOf(value)])
const jsonOf = ({ field, value, isFile }: Sent): Json =>
  isFile ? (field.send === 'data_url' ? fileMarks.data_url : fileMarks.base64) : value

/** Whether the service takes values by their order, as Gradio does. */
const isOrdered = ({ fields }: ApiOperation): boolean => fields.some(({ position }) => position !== undefined)

/** The values in their order, with what stands where there is none. */
const listOf = ({ fields }: ApiOperation, sent: readonly Sent[]): Json[] => {
  const list: Json[] = []
  for (const field of fields) {
    const found = sent.find((each) => each.field === field)
    if (field.position) list[field.position.at] = found ? found.value : field.position.otherwise
  }
  return Array.from(list, (value) => value ?? null)
}

const urlOf = ({ path }: ApiOperation, sent: readonly Sent[], base: string): string => {
  const at = (place: ApiField['place']) => sent.filter(({ field }) => field.place === place)
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const found = at('path').find(({ field }) => field.name === name)
    return found ? encodeURIComponent(textOf(found.value)) : whole
  })
  const query = new URLSearchParams(
    at('query').flatMap((each) => listed(each).map((text) => [each.field.name, text])),
  ).toString()
  return `${base.replace(/\/$/, '')}${filled}${query === '' ? '' : `?${query}`}`
}

const bodyOf = (operation: ApiOperation, sent: readonly Sent[]): MappedCall['body'] => {
  const { body } = operation
  if (isOrdered(operation)) return { kind: 'json', value: { data: listOf(operation, sent) } }
  const parts = sent.filter(({ field }) => field.place === 'body')
  const whole = sent.find(({ field }) => field.place === 'whole')
  if (body === 'form' || body === 'multipart')
    return {
      kind: body,
      fields: parts.flatMap((each): FormField[] => {
        const { name } = each.field
        return each.isFile ? [{ name, text: null }] : listed(each).map((text) => ({ name, text }))
      }),
    }
  if (body === 'raw') return { kind: 'raw', text: !whole || whole.isFile ? null : textOf(whole.value) }
  if (body === 'none') return { kind: 'none' }
  const value = whole
    ? jsonOf(whole)
    : Object.fromEntries(parts.map((each) => [each.field.name, jsonOf(each)]))
  return { kind: 'json', value }
}

/**
 * The call of a mapped operation with these values, as the platform makes it. Null for a file of Gradio, which is uploaded before
 * it is named in a call. Pure.
 */
export const mappedCall = (operation: ApiOperation, given: Given): MappedCall | null => {
  const sent = operation.fields.flatMap((field) => sentOf(field, given))
  if (isOrdered(operation) && sent.some(({ isFile }) => isFile)) return null
  const headers = sent
    .filter(({ field }) => field.place === 'header')
    .map(({ field, value }): [string, string] => [field.name, textOf(value)])
  return {
    method: operation.method,
    url: urlOf(operation, sent, given.base),
    headers: [
      ...(given.key === null ? [] : [['Authorization', `Bearer ${given.key}`] satisfies [string, string]]),
      ...headers,
    ],
    body: bodyOf(operation, sent),
    inQueue: isOrdered(operation) && /\/call\/[^/]+$/.test(operation.path),
    file: sent.some(({ isFile }) => isFile) ? given.file : null,
  }
}
