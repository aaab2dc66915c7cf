import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessLog } from './access-log.ts'
import { admit, awakeRoute, checkRoute, type Admission } from './admission.ts'
import type { ApiKeys } from './api-keys.ts'
import { withoutOurCookies } from './cookies.ts'
import type { Client } from './edge.ts'
import type { Delivery } from './delivery.ts'
import { Exchange } from './exchange.ts'
import type { Grants } from './grants.ts'
import type { OpenRequests } from './open-requests.ts'
import type { PerClient } from './per-client.ts'
import { startingPage, refusals, type Refusal } from './refusals.ts'
import { gatherBody, gatheredBytes } from './request-body.ts'
import { readRequestHeaders, type RequestHeaders } from './request-headers.ts'
import type { RevokedLogins } from './revoked-logins.ts'
import { targetOf } from './request-target.ts'
import { hasShare } from './shares.ts'
import { findDestination, ownHostRoute, type Destination, type Route, type Routing } from './routing.ts'
import type { Waker } from './waking.ts'

/** The current table, keys, revoked logins and grants. A request reads them when needed and never keeps them. */
export type GatewayState = {
  routing: Routing
  keys: ApiKeys
  revoked: RevokedLogins
  grants: Grants
  log: AccessLog
  readonly waker: Waker
  readonly open: OpenRequests
  readonly clients: PerClient
  /** How long a client may take nothing of an answer, if its service has no longer timeout. In milliseconds. */
  readonly stalledMs: number
}

/**
 * How long a client may stall while it sends a small body to the control plane, and how long the control plane may take
 * to answer an upgrade, in milliseconds.
 */
export const silentMs = 60_000

/** Returns why a request is malformed, for any destination. Null if it is not. */
export function malformed(
  headers: RequestHeaders,
  { method, httpVersion }: Pick<IncomingMessage, 'method' | 'httpVersion'>,
): Refusal | null {
  if (headers.ambiguous || (headers.host === undefined && httpVersion === '1.1')) return refusals.badRequest
  // Node also accepts the versions 0.9 and 2.0 here, which no client of HTTP/1 sends.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refusals.badRequest
  // A greater number would lose precision when it is passed on.
  if (!Number.isSafeInteger(headers.contentLength ?? 0)) return refusals.badRequest
  // HTTP/1.0 does not define this header, so a proxy in front may have found another end of the request (RFC 9112,
  // section 6.1).
  if (headers.transferEncoding !== undefined && httpVersion === '1.0') return refusals.badRequest
  if (headers.transferEncoding !== undefined && headers.transferEncoding.toLowerCase() !== 'chunked') {
    return refusals.transferCodingRefused
  }
  return method === 'TRACE' || method === 'CONNECT' ? refusals.methodRefused : null
}

/**
 * Returns the refusal if the platform does not answer to a request's host on this listener, else null. For a service's
 * own host, the header `Host` itself must name it; what a proxy says does not count.
 */
export function otherHost(
  { routing }: GatewayState,
  listener: string,
  client: Client,
  { host }: RequestHeaders,
): Refusal | null {
  const own = ownHostRoute(routing, listener, host)
  const isOurs = own
    ? ownHostRoute(routing, listener, client.host) === own
    : (routing.hosts.get(listener)?.test(client.host ?? '') ?? true)
  return isOurs ? null : refusals.hostRefused
}

/**
 * Returns the headers to send on: the client's, those that only we set, and for the control plane the
 * credentials.
 */
export function outgoingHeaders(
  headers: RequestHeaders,
  facts: { client: Client; caller: string | null; prefix: string; toControl: boolean },
): string[] {
  const list = headers.passed
  const { host, address, scheme } = facts.client
  if (host !== undefined) list.push('host', host)
  // Instances do not get this header: it says no more than `Host`, and each header costs time.
  if (host !== undefined && facts.toControl) list.push('x-forwarded-host', host)
  list.push('x-real-ip', address, 'x-forwarded-for', address)
  list.push('x-forwarded-proto', scheme, 'x-request-id', headers.requestId)
  if (facts.prefix !== '') list.push('x-forwarded-prefix', facts.prefix)
  if (facts.caller !== null) list.push('x-vitrine-caller', facts.caller)
  const cookie =
    headers.cookie !== undefined && !facts.toControl ? withoutOurCookies(headers.cookie) : headers.cookie
  if (cookie !== undefined) list.push('cookie', cookie)
  if (facts.toControl && headers.authorization !== undefined)
    list.push('authorization', headers.authorization)
  return list
}

/** Serves one request that arrived on `listener`. */
export function serveRequest(
  state: GatewayState,
  listener: string,
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
): void {
  // Undefined if the client has reset the connection. Its request is not served, because the audit log would have no
  // address for it.
  const peer = req.socket.remoteAddress
  if (peer === undefined) return void req.socket.destroy()
  const exchange = new Exchange(req, res, state)
  const headers = readRequestHeaders(req.rawHeaders)
  exchange.requestId = headers.requestId
  exchange.acceptLanguage = headers.acceptLanguage
  const client = state.routing.edge.clientOf(peer, headers)
  exchange.remoteAddress = client.address
  if (!hasShare(state, { peer, client, close: (leave) => res.once('close', leave) }))
    return exchange.refuse(refusals.tooManyConnections)
  const target = targetOf(req.url ?? '')
  const refusal =
    target === null
      ? refusals.badRequest
      : (malformed(headers, req) ?? otherHost(state, listener, client, headers))
  if (refusal || target === null) return exchange.refuse(refusal ?? refusals.badRequest)
  const destination = findDestination(state.routing, listener, target, headers.host)
  const call: Call = { state, exchange, headers, client, expectsContinue }
  switch (destination.kind) {
    case 'control':
      return serveControl(call, target)
    case 'redirect':
      return exchange.redirect(destination.location)
    case 'unknown':
      return exchange.refuse(refusals.unknownService)
    case 'service':
      return serveService(call, destination)
  }
}

type Call = {
  state: GatewayState
  exchange: Exchange
  headers: RequestHeaders
  client: Client
  expectsContinue: boolean
}

function serveControl(call: Call, path: string): void {
  const { state, exchange, headers, client } = call
  const page =
    exchange.req.method === 'GET' && headers.accept?.includes('text/html') ? startingPage : undefined
  if (!state.routing.control) return exchange.refuse(refusals.controlUnavailable, page)
  const facts = { client, caller: null, prefix: '', toControl: true }
  send(call, Infinity, {
    upstreams: () => (state.routing.control ? [state.routing.control] : []),
    head: requestHead(exchange.method, path, outgoingHeaders(headers, facts)),
    source: 'control',
    // Event streams of the control plane may be silent as long as nothing happens.
    timeoutMs: 0,
    unreachable: refusals.controlUnavailable,
    unreachablePage: page,
  })
}

function serveService(call: Call, at: Extract<Destination, { kind: 'service' }>): void {
  const { state, exchange, headers, client } = call
  const { route, path, prefix, takesCookies } = at
  exchange.serviceId = route.serviceId
  exchange.release = route.release
  const request = { headers, client, method: exchange.req.method ?? '', isUpgrade: false, takesCookies }
  const proceed = (admission: Admission) => {
    if ('refusal' in admission) return exchange.refuse(admission.refusal)
    exchange.letIn(admission.credential, state.open)
    passOn(call, state.routing.bySlug.get(route.slug) ?? route, path, prefix)
  }
  const admission = admit(state, route, request)
  if (!(admission instanceof Promise)) return proceed(admission)
  admission.then(proceed, (error: unknown) =>
    exchange.res.destroy(error instanceof Error ? error : undefined),
  )
}

function passOn(call: Call, route: Route, path: string, prefix: string): void {
  const { state, exchange, headers } = call
  const refusal = checkRoute(route, {
    credential: exchange.credential,
    address: exchange.remoteAddress,
    authorization: headers.authorization,
  })
  if (refusal) return exchange.refuse(refusal)
  if (headers.contentLength !== undefined && headers.contentLength > route.bodyBytes) {
    return exchange.refuse({ ...refusals.bodyTooLarge, details: { limit_bytes: route.bodyBytes } })
  }
  if (route.state !== 'asleep') return sendTo(call, route, path, prefix)
  awakeRoute(state, route, exchange.acceptLanguage).then(
    (awake) => {
      if ('refusal' in awake) return exchange.refuse(awake.refusal)
      exchange.release = awake.release
      sendTo(call, awake, path, prefix)
    },
    (error: unknown) => exchange.res.destroy(error instanceof Error ? error : undefined),
  )
}

function sendTo(call: Call, route: Route, path: string, prefix: string): void {
  const { state, exchange, headers, client } = call
  const { caller } = exchange
  const { slug } = route
  if (route.keepsBodies) exchange.keepBodies()
  const facts = { client, caller, prefix, toControl: false }
  send(call, route.bodyBytes, {
    upstreams: () => state.routing.bySlug.get(slug)?.upstreams ?? [],
    head: requestHead(exchange.method, path, outgoingHeaders(headers, facts)),
    source: prefix === '' ? 'front' : 'public',
    timeoutMs: route.timeoutMs,
    unreachable: refusals.upstreamUnreachable,
    unreachablePage: undefined,
  })
}

/**
 * The request line and headers as sent to the upstream. They contain no line ends, because they came through
 * the parser or from us.
 */
function requestHead(method: string, path: string, headers: readonly string[]): string {
  let text = `${method} ${path} HTTP/1.1\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return text
}

/** Reads or streams the body, depending on its size, and sends the request on. */
function send(call: Call, limit: number, delivery: Omit<Delivery, 'body'>): void {
  const { exchange, headers } = call
  const { req, res } = exchange
  const { contentLength } = headers
  const isChunked = headers.transferEncoding !== undefined
  if (call.expectsContinue) res.writeContinue()
  if (!isChunked && (contentLength === undefined || contentLength === 0)) {
    const head = contentLength === 0 ? `${delivery.head}content-length: 0\r\n` : delivery.head
    return exchange.deliver({ ...delivery, head, body: null })
  }
  if (!isChunked && (contentLength ?? 0) <= gatheredBytes) {
    return gatherBody(req, {
      silentMs: delivery.timeoutMs || silentMs,
      onWhole: (body) => exchange.deliver({ ...delivery, body }),
      onSilent: () => exchange.refuse(refusals.bodyStalled),
    })
  }
  const head = isChunked ? delivery.head : `${delivery.head}content-length: ${contentLength}\r\n`
  exchange.deliver({ ...delivery, head, body: { isChunked, limit } })
}
