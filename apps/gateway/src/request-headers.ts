import { randomUUID } from 'node:crypto'
import { endingHeaders, isGatewayHeader, requestIdPattern } from '@vitrine/contract/gateway-requests'

/** What the headers of a request say, read in one pass. */
export type RequestHeaders = {
  /**
   * The headers that may be passed on, as a flat list of names and values: no hop-by-hop headers, none that
   * only we may set, no credentials.
   */
  passed: string[]
  host: string | undefined
  authorization: string | undefined
  cookie: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
  forwardedFor: string | undefined
  forwardedProto: string | undefined
  forwardedHost: string | undefined
  accept: string | undefined
  acceptLanguage: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  transferEncoding: string | undefined
  /** Announced length of the body in bytes, or undefined. */
  contentLength: number | undefined
  /** The client's request id if it is well-formed, else a new one. */
  requestId: string
  /** Whether a header that may occur only once occurred twice. */
  ambiguous: boolean
}

const dropped = new Set(endingHeaders)
const requestIdForm = new RegExp(requestIdPattern)

const kept = {
  host: 'host',
  authorization: 'authorization',
  cookie: 'cookie',
  connection: 'connection',
  upgrade: 'upgrade',
  'transfer-encoding': 'transferEncoding',
} as const
const seen = {
  origin: 'origin',
  'sec-fetch-site': 'fetchSite',
  accept: 'accept',
  'accept-language': 'acceptLanguage',
} as const

/** Claims about the client. They are never passed on, and count only if a trusted proxy sends them. */
const claimed = {
  'x-forwarded-for': 'forwardedFor',
  'x-forwarded-proto': 'forwardedProto',
  'x-forwarded-host': 'forwardedHost',
} as const

const isKept = (name: string): name is keyof typeof kept => Object.hasOwn(kept, name)
const isClaimed = (name: string): name is keyof typeof claimed => Object.hasOwn(claimed, name)
const isSeen = (name: string): name is keyof typeof seen => Object.hasOwn(seen, name)

/**
 * Names that every server reads the same way. Some servers, for example in Python, read `_` and other
 * characters as `-`, so a client could send `X_Vitrine_Caller` in our place. nginx drops such names too.
 */
const plainName = /^[a-z0-9-]+$/

/** Reads `rawHeaders` of a request (names and values in turn, as they were sent). */
export function readRequestHeaders(raw: readonly string[]): RequestHeaders {
  const headers: RequestHeaders = {
    passed: [],
    host: undefined,
    authorization: undefined,
    cookie: undefined,
    origin: undefined,
    fetchSite: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    accept: undefined,
    acceptLanguage: undefined,
    connection: undefined,
    upgrade: undefined,
    transferEncoding: undefined,
    contentLength: undefined,
    requestId: '',
    ambiguous: false,
  }
  for (let i = 0; i < raw.length; i += 2) readHeader(headers, raw[i] ?? '', raw[i + 1] ?? '')
  if (headers.connection !== undefined) dropNamed(headers.passed, headers.connection)
  if (headers.requestId === '') headers.requestId = randomUUID()
  return headers
}

function readHeader(headers: RequestHeaders, name: string, value: string): void {
  const lower = name.toLowerCase()
  if (isKept(lower)) {
    const field = kept[lower]
    const before = headers[field]
    if (before === undefined) headers[field] = value
    else if (field === 'cookie') headers.cookie = `${before}; ${value}`
    else if (field === 'connection') headers.connection = `${before}, ${value}`
    else headers.ambiguous = true
  } else if (lower === 'content-length') {
    headers.contentLength = Number(value)
  } else if (lower === 'x-request-id') {
    if (requestIdForm.test(value)) headers.requestId = value
  } else if (plainName.test(lower) && !dropped.has(lower) && !isGatewayHeader(lower)) {
    if (isSeen(lower)) headers[seen[lower]] = value
    headers.passed.push(name, value)
  } else if (isClaimed(lower)) {
    const before = headers[claimed[lower]]
    headers[claimed[lower]] = before === undefined ? value : `${before},${value}`
  }
}

/** Removes the headers that the `Connection` header names as hop-by-hop. */
function dropNamed(list: string[], connection: string): void {
  const value = connection.toLowerCase()
  if (value === 'keep-alive' || value === 'close') return
  const named = new Set(value.split(',').map((token) => token.trim()))
  for (let i = list.length - 2; i >= 0; i -= 2) {
    if (named.has((list[i] ?? '').toLowerCase())) list.splice(i, 2)
  }
}
