import type { Asset, assetFromUpload, EndpointInput, EndpointKey, EndpointResponse } from '@vitrine/contract'
import type { z } from 'zod'
import { ApiError, errorFromAnswer, networkError } from './errors.ts'
import { apiHeaders, apiRoot, hasAccessToken, refreshAccess } from './token.ts'

export { ApiError, isMissing, isRefusal } from './errors.ts'

type Required<Key extends EndpointKey> = {
  [
    Part in 'params' | 'body' as undefined extends EndpointInput<Key>[Part] ? never : Part
  ]: EndpointInput<Key>[Part]
}
type Optional<Key extends EndpointKey> = {
  [Part in 'query' as undefined extends EndpointInput<Key>[Part] ? never : Part]?: Partial<
    EndpointInput<Key>[Part]
  >
}
/** The input of a route: its path parameters and body if it has them, and optionally its query. */
type ApiInput<Key extends EndpointKey> = Required<Key> & Optional<Key>

type Options = { signal?: AbortSignal }
type Arguments<Key extends EndpointKey> =
  Record<never, never> extends ApiInput<Key>
    ? [input?: ApiInput<Key>, options?: Options]
    : [input: ApiInput<Key>, options?: Options]
type Parts = { params?: object; query?: object; body?: unknown }

/**
 * Calls a route of the API. After a 401 it refreshes the access token once, together with all waiting calls,
 * and tries again.
 * @throws ApiError
 */
export function api(
  key: 'POST /assets',
  input: { body: z.infer<typeof assetFromUpload> },
  options?: Options,
): Promise<Asset>
export function api<Key extends EndpointKey>(
  key: Key,
  ...[input, options]: Arguments<Key>
): Promise<EndpointResponse<Key>>
export async function api(key: string, input: Parts = {}, options: Options = {}): Promise<unknown> {
  const [method = 'GET', template = '/'] = key.split(' ')
  const response = await answered(isOpenToAll(template), () =>
    fetch(apiUrl(template, input), {
      method,
      credentials: 'same-origin',
      headers: {
        ...apiHeaders(isOpenToAll(template)),
        ...(input.body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: input.body === undefined ? null : JSON.stringify(input.body),
      signal: options.signal ?? null,
    }),
  )
  const text = await response.text().catch((error: unknown) => {
    throw unanswered(error)
  })
  const failure = () => errorFromAnswer(response.status, text, (name) => response.headers.get(name))
  if (!response.ok) throw failure()
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    // A proxy that asks for a sign-in may answer with its page and 200.
    throw failure()
  }
}

/** The address of a route, with its parameters filled in and escaped. Empty query values are left out. */
export const apiUrl = (template: string, parts: Pick<Parts, 'params' | 'query'> = {}): string => {
  const params = new Map<string, unknown>(Object.entries(parts.params ?? {}))
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params.get(name)
    if (value === undefined) throw new Error(`${template} lacks its parameter ${name}`)
    return encodeURIComponent(String(value))
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parts.query ?? {}))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  const search = query.toString()
  return `${apiRoot}${path}${search === '' ? '' : `?${search}`}`
}

// Share links do not depend on who is signed in. A 401 from them asks for the link's own password.
const isOpenToAll = (template: string): boolean => template.startsWith('/public/')

const answered = async (openToAll: boolean, send: () => Promise<Response>): Promise<Response> => {
  try {
    const response = await send()
    if (response.status !== 401 || openToAll || !hasAccessToken()) return response
    return (await refreshAccess()) === null ? response : await send()
  } catch (error) {
    throw unanswered(error)
  }
}

const unanswered = (error: unknown): unknown =>
  error instanceof ApiError || (error instanceof DOMException && error.name === 'AbortError')
    ? error
    : networkError(error)

/** Progress of an upload in bytes; `total` is 0 until it is known. */
export type UploadProgress = { sent: number; total: number }
type UploadOptions = Options & {
  /** The route's path parameters. */
  params?: Record<string, string>
  onProgress?: (progress: UploadProgress) => void
}

/**
 * Sends a form to a route (`/algorithms`, `/assets` …) by POST and reports its progress, which fetch cannot.
 * `Answer` is the route's response type.
 * @throws ApiError, or a DOMException named AbortError
 */
export const upload = async <Key extends EndpointKey & `POST ${string}`>(
  key: Key,
  form: FormData,
  options: UploadOptions = {},
): Promise<EndpointResponse<Key>> => {
  const path = key.slice('POST '.length)
  try {
    return await send(path, form, options)
  } catch (error) {
    const expired = error instanceof ApiError && error.status === 401 && hasAccessToken()
    if (!expired || isOpenToAll(path) || (await refreshAccess()) === null) throw error
    return await send(path, form, options)
  }
}

const send = <Answer>(path: string, form: FormData, options: UploadOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    request.open('POST', apiUrl(path, { params: options.params ?? {} }))
    for (const [name, value] of Object.entries(apiHeaders(isOpenToAll(path))))
      request.setRequestHeader(name, value)
    request.upload.onprogress = (event) =>
      options.onProgress?.({ sent: event.loaded, total: event.lengthComputable ? event.total : 0 })
    request.onload = () => {
      const { status, responseText } = request
      const failure = () => errorFromAnswer(status, responseText, (name) => request.getResponseHeader(name))
      if (status >= 300) return reject(failure())
      try {
        resolve(JSON.parse(responseText))
      } catch {
        reject(failure())
      }
    }
    request.onerror = () => reject(networkError(null))
    request.onabort = () => reject(new DOMException('upload cancelled', 'AbortError'))
    request.onloadend = () => options.signal?.removeEventListener('abort', abort)
    options.signal?.addEventListener('abort', abort)
    if (options.signal?.aborted === true) return abort()
    request.send(form)
  })
