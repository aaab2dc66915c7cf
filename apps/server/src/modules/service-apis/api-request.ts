import type { ApiField, ApiOperation, Json } from '@vitrine/contract'
import { isGradio } from './gradio-info.ts'

/** A media file as bytes. */
export type MediaBytes = { content: Buffer; mime: string; name: string }

/** The values of one call: the input as a value or as a file, and the parameters. */
export type CallValues = { input: Json | MediaBytes; parameters: Record<string, Json> }

/** A request that is ready to be sent. */
export type ApiRequest = {
  method: ApiOperation['method']
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

/** A value cannot be sent at the place of its field. `field` is its name at the service. */
export class ValueRefused extends Error {
  readonly field: string

  constructor(field: string) {
    super(`the value of the field ${field} cannot be sent`)
    this.field = field
  }
}

type Sent = { field: ApiField; value: Json | MediaBytes }

/** Whether a value is a file. */
export const isFile = (value: Json | MediaBytes): value is MediaBytes =>
  typeof value === 'object' && value !== null && 'content' in value && Buffer.isBuffer(value.content)

function valueOf(field: ApiField, { input, parameters }: CallValues): Json | MediaBytes | undefined {
  if (field.value.from === 'fixed') return field.value.value
  if (field.value.from === 'input') return input
  return Object.hasOwn(parameters, field.name) ? parameters[field.name] : undefined
}

/** A value in its JSON form. */
function jsonOf({ field, value }: Sent): Json {
  if (!isFile(value)) return value
  const text = value.content.toString('base64')
  return field.send === 'data_url' ? `data:${value.mime};base64,${text}` : text
}

/** A value as a text, for everything but JSON. */
function textOf(sent: Sent): string {
  const value = jsonOf(sent)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A value as a part of a path. It cannot lead to another path. */
function partOf(sent: Sent): string {
  const text = textOf(sent)
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed())
    throw new ValueRefused(sent.field.name)
  return encodeURIComponent(text)
}

/** A value as a header, which has one line of Latin text. */
function headerOf(sent: Sent): string {
  const text = textOf(sent)
  if (!/^[\x20-\x7e]*$/.test(text)) throw new ValueRefused(sent.field.name)
  return text
}

const listed = (sent: Sent): string[] =>
  Array.isArray(sent.value) ? sent.value.map((value) => textOf({ ...sent, value })) : [textOf(sent)]

function pathOf({ path }: ApiOperation, sent: readonly Sent[]): string {
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    const found = sent.find(({ field }) => field.place === 'path' && field.name === name)
    if (!found) throw new ValueRefused(name)
    return partOf(found)
  })
  const query = new URLSearchParams(
    sent
      .filter(({ field }) => field.place === 'query')
      .flatMap((each) => listed(each).map((text) => [each.field.name, text])),
  ).toString()
  return query === '' ? filled : `${filled}?${query}`
}

async function multipart(parts: readonly Sent[]): Promise<Pick<ApiRequest, 'headers' | 'body'>> {
  const form = new FormData()
  for (const each of parts) {
    const { field, value } = each
    if (isFile(value) && field.send === 'file')
      form.append(field.name, new Blob([new Uint8Array(value.content)], { type: value.mime }), value.name)
    else for (const text of listed(each)) form.append(field.name, text)
  }
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  return { headers: { 'content-type': type }, body: Buffer.from(await encoded.arrayBuffer()) }
}

function rawBody(whole: Sent | undefined): Pick<ApiRequest, 'headers' | 'body'> {
  if (!whole) return { headers: {}, body: null }
  if (isFile(whole.value)) return { headers: { 'content-type': whole.value.mime }, body: whole.value.content }
  return { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from(textOf(whole)) }
}

const jsonBody = (value: Json) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

/** Values by their order, with the default at places without a value. */
function listOf(fields: readonly ApiField[], sent: readonly Sent[]): Json[] {
  const list: Json[] = []
  for (const field of fields) {
    const found = sent.find((each) => each.field === field)
    if (field.position) list[field.position.at] = found ? jsonOf(found) : field.position.otherwise
  }
  return Array.from(list, (value) => value ?? null)
}

async function bodyOf(
  { body, fields }: ApiOperation,
  sent: readonly Sent[],
): Promise<Pick<ApiRequest, 'headers' | 'body'>> {
  const parts = sent.filter(({ field }) => field.place === 'body')
  const whole = sent.find(({ field }) => field.place === 'whole')
  switch (body) {
    case 'none':
      return { headers: {}, body: null }
    case 'multipart':
      return multipart(parts)
    case 'raw':
      return rawBody(whole)
    case 'form': {
      const form = new URLSearchParams(
        parts.flatMap((each) => listed(each).map((text) => [each.field.name, text])),
      )
      const type = 'application/x-www-form-urlencoded'
      return { headers: { 'content-type': type }, body: Buffer.from(form.toString()) }
    }
    case 'json': {
      if (isGradio({ fields })) return jsonBody({ data: listOf(fields, sent) })
      const object = Object.fromEntries(parts.map((each) => [each.field.name, jsonOf(each)]))
      return jsonBody(whole ? jsonOf(whole) : object)
    }
  }
}

/**
 * The request of a mapped operation for one element. Fields without a value are not sent. Throws {@link ValueRefused} for a value that cannot be part of a path or a header. No effects.
 */
export async function apiRequest(operation: ApiOperation, values: CallValues): Promise<ApiRequest> {
  const sent = operation.fields.flatMap((field): Sent[] => {
    const value = valueOf(field, values)
    return value === undefined ? [] : [{ field, value }]
  })
  const headers = sent.filter(({ field }) => field.place === 'header')
  const body = await bodyOf(operation, sent)
  return {
    method: operation.method,
    path: pathOf(operation, sent),
    headers: {
      ...Object.fromEntries(headers.map((each) => [each.field.name.toLowerCase(), headerOf(each)])),
      ...body.headers,
    },
    body: operation.method === 'GET' ? null : body.body,
  }
}
