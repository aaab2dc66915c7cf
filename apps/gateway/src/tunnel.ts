import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { connectMs } from '@vitrine/contract'
import { preferredLanguage } from '@vitrine/contract/preferred-language'
import { admit, awakeRoute, checkRoute, type Credential } from './admission.ts'
import { requestOptions } from './connection.ts'
import type { Client } from './edge.ts'
import { confineAnswer } from './instance-answer.ts'
import { lingerMs } from './linger.ts'
import { logLine } from './log-line.ts'
import type { OpenRequest } from './open-requests.ts'
import { refusalBody, refusalHeaders, refusals, type Refusal } from './refusals.ts'
import { readRequestHeaders, type RequestHeaders } from './request-headers.ts'
import { targetOf } from './request-target.ts'
import { findDestination, type Route } from './routing.ts'
import { head, plainAnswer } from './tunnel-answer.ts'
import { hasShare } from './shares.ts'
import { malformed, otherHost, outgoingHeaders, silentMs, type GatewayState } from './serve.ts'
import { watchTunnel } from './stalled-client.ts'
import { leastBusy, type Upstream } from './upstreams.ts'

type Line = {
  serviceId: string | null
  release: number | null
  instanceId: string | null
}

/** One WebSocket: the client's socket, the facts about it, and its line in the access log. */
class Tunnel implements OpenRequest {
  readonly startedAt = performance.now()
  readonly line: Line = { serviceId: null, release: null, instanceId: null }
  readonly state: GatewayState
  readonly req: IncomingMessage
  readonly socket: Duplex
  readonly headers: RequestHeaders
  readonly client: Client
  status = 499
  credential: Credential | null = null
  #error: string | null = null
  /** What the connection had read and written before the tunnel: heads, and earlier requests. Null: nothing was answered. */
  readonly #readBefore: number
  #writtenBefore: number | null = null

  /** @param first what has arrived after the head of the request already */
  constructor(
    state: GatewayState,
    req: IncomingMessage,
    { socket, peer, first }: { socket: Duplex; peer: string; first: Buffer },
  ) {
    this.#readBefore = req.socket.bytesRead - first.length
    this.state = state
    this.req = req
    this.socket = socket
    this.headers = readRequestHeaders(req.rawHeaders)
    this.client = state.routing.edge.clientOf(peer, this.headers)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#closed())
  }

  get serviceId(): string | null {
    return this.line.serviceId
  }

  get caller(): string | null {
    return this.credential?.caller ?? null
  }

  /** Records the credential with which it was admitted. The tunnel is ended if the credential is revoked. */
  letIn(credential: Credential | null): void {
    if (credential === null) return
    this.credential = credential
    // A client may have disconnected during the check. Its tunnel is then not open any more.
    if (!this.socket.destroyed) this.state.open.add(this)
  }

  revoke(): void {
    this.#error = refusals.tokenInvalid.code
    this.socket.destroy()
  }

  refuse(refusal: Refusal): void {
    this.#error = refusal.code
    this.status = refusal.status
    const body = refusalBody(refusal, preferredLanguage(this.headers.acceptLanguage), this.headers.requestId)
    const list = refusalHeaders(refusal, 'application/json; charset=utf-8', body, this.headers.requestId)
    this.begin([...list, 'Connection', 'close'])
    this.socket.write(body)
    endSoon(this.socket)
  }

  /** Sends the head of the answer. What goes through after it is counted. */
  begin(list: readonly string[]): void {
    this.socket.write(head(this.status, list))
    this.#writtenBefore = this.req.socket.bytesWritten
  }

  /** What the client has sent and got besides heads. Before the tunnel stands, nothing of the client is passed on. */
  #bytes(): { bytesIn: number; bytesOut: number } {
    const { bytesRead, bytesWritten } = this.req.socket
    return {
      bytesIn: this.status === 101 ? bytesRead - this.#readBefore : 0,
      bytesOut: this.#writtenBefore === null ? 0 : bytesWritten - this.#writtenBefore,
    }
  }

  #closed(): void {
    this.state.open.delete(this)
    const { serviceId, release, instanceId } = this.line
    const line = logLine({
      req: this.req,
      requestId: this.headers.requestId,
      serviceId,
      release,
      instanceId,
      caller: this.caller,
      status: this.status,
      startedAt: this.startedAt,
      ...this.#bytes(),
      remoteAddress: this.client.address,
      error: this.#error,
    })
    this.state.log.add(line)
  }
}

/**
 * Ends a connection when everything was written to it. Bytes that still arrive are read and discarded. Otherwise the
 * end of the other side would never be noticed, and the connection would stay open.
 */
function endSoon(socket: Duplex): void {
  socket.resume()
  socket.once('finish', () => closeLater(socket))
  socket.end()
}

/** Closes a connection after a moment, in which bytes that are on their way can still arrive. */
function closeLater(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

/**
 * Serves an upgrade request: decides as for any other request, then joins the two sockets until one of them
 * closes.
 */
export async function serveUpgrade(
  state: GatewayState,
  listener: string,
  req: IncomingMessage,
  socket: Duplex,
  first: Buffer,
): Promise<void> {
  // Undefined if the client has reset the connection (see `serveRequest`).
  const peer = req.socket.remoteAddress
  if (peer === undefined) return void socket.destroy()
  const tunnel = new Tunnel(state, req, { socket, peer, first })
  const { headers, client } = tunnel
  if (!hasShare(state, { peer, client, close: (leave) => socket.once('close', leave) }))
    return tunnel.refuse(refusals.tooManyConnections)
  const target = targetOf(req.url ?? '')
  if (target === null) return tunnel.refuse(refusals.badRequest)
  const refusal = malformed(headers, req) ?? otherHost(state, listener, client, headers)
  if (refusal) return tunnel.refuse(refusal)
  if (headers.upgrade?.toLowerCase() !== 'websocket' || req.method !== 'GET') {
    return tunnel.refuse(refusals.upgradeRefused)
  }
  const destination = findDestination(state.routing, listener, target, headers.host)
  if (destination.kind === 'control') {
    if (!state.routing.control) return tunnel.refuse(refusals.controlUnavailable)
    return join(tunnel, state.routing.control, { path: target, prefix: '', first, timeoutMs: silentMs })
  }
  if (destination.kind !== 'service') return tunnel.refuse(refusals.unknownService)
  const { route, path, prefix, takesCookies } = destination
  const upstream = await chooseInstance(tunnel, route, takesCookies)
  // The caller may have disconnected, or lost access, while the service was woken.
  if (upstream && !socket.destroyed)
    join(tunnel, upstream, { path, prefix, first, timeoutMs: route.timeoutMs })
}

async function chooseInstance(tunnel: Tunnel, route: Route, takesCookies: boolean): Promise<Upstream | null> {
  const { state, headers, client, line } = tunnel
  line.serviceId = route.serviceId
  line.release = route.release
  const facts = { headers, client, method: 'GET', isUpgrade: true, takesCookies }
  const admission = await admit(state, route, facts)
  if ('refusal' in admission) return refuseWith(tunnel, admission.refusal)
  tunnel.letIn(admission.credential)
  const current = state.routing.bySlug.get(route.slug)
  if (!current) return refuseWith(tunnel, refusals.unknownService)
  const refusal = checkRoute(current, {
    credential: tunnel.credential,
    address: client.address,
    authorization: headers.authorization,
  })
  if (refusal) return refuseWith(tunnel, refusal)
  const awake =
    current.state === 'asleep' ? await awakeRoute(state, current, headers.acceptLanguage) : current
  if ('refusal' in awake) return refuseWith(tunnel, awake.refusal)
  line.release = awake.release
  const upstream = leastBusy(awake.upstreams, [], Date.now())
  if (!upstream) return refuseWith(tunnel, refusals.upstreamUnreachable)
  line.instanceId = upstream.instanceId
  return upstream
}

function refuseWith(tunnel: Tunnel, refusal: Refusal): null {
  tunnel.refuse(refusal)
  return null
}

/** What is sent to an upstream to open a WebSocket, and how long it may take to answer. */
type Opening = { path: string; prefix: string; first: Buffer; timeoutMs: number }

function join(tunnel: Tunnel, upstream: Upstream, { path, prefix, first, timeoutMs }: Opening): void {
  const { req, socket, headers } = tunnel
  const toControl = tunnel.line.serviceId === null
  const list = outgoingHeaders(headers, {
    client: tunnel.client,
    caller: tunnel.caller,
    prefix,
    toControl,
  })
  const source = toControl ? 'control' : prefix === '' ? 'front' : 'public'
  list.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
  upstream.inFlight++
  socket.once('close', () => upstream.inFlight--)
  const outgoing = request({ ...requestOptions(upstream.endpoint), path, agent: false, headers: list })
  watchConnecting(outgoing, upstream)
  let failure: Refusal = toControl ? refusals.controlUnavailable : refusals.upstreamUnreachable
  outgoing.setTimeout(timeoutMs, () => {
    failure = refusals.timeout
    outgoing.destroy()
  })
  outgoing.on('upgrade', (answer, upstreamSocket, rest) => {
    upstreamSocket.setTimeout(0)
    tunnel.status = answer.statusCode ?? 101
    // Browsers obey the headers of this answer, too.
    confineAnswer(answer.rawHeaders, source)
    tunnel.begin(answer.rawHeaders)
    if (rest.length > 0) socket.write(rest)
    if (first.length > 0) upstreamSocket.write(first)
    upstreamSocket.on('error', () => socket.destroy())
    upstreamSocket.once('close', () => socket.destroy())
    socket.once('close', () => upstreamSocket.destroy())
    upstreamSocket.pipe(socket)
    socket.pipe(upstreamSocket)
  })
  outgoing.on('response', (answer) => {
    tunnel.status = answer.statusCode ?? 502
    const plain = plainAnswer(answer.rawHeaders)
    confineAnswer(plain, source)
    tunnel.begin(plain)
    // Event streams of the control plane may be silent as long as nothing happens.
    if (toControl) outgoing.setTimeout(0)
    socket.resume()
    answer.pipe(socket, { end: false })
    // An incomplete answer must not look complete.
    answer.once('close', () => (answer.complete ? endSoon(socket) : void socket.destroy()))
  })
  outgoing.on('error', () => {
    if (tunnel.status === 499) tunnel.refuse(failure)
    else socket.destroy()
  })
  // A client that ends its side has disconnected. Otherwise an instance could keep a connection open alone.
  socket.once('end', () => closeLater(socket))
  watchTunnel(req.socket, Math.max(tunnel.state.stalledMs, timeoutMs))
  socket.once('close', () => outgoing.destroy())
  outgoing.end()
}

/**
 * Gives up a connection that is not established in time, or that another program has accepted. Node's own time-out
 * starts only when the connection is established.
 */
function watchConnecting(outgoing: ClientRequest, upstream: Upstream): void {
  outgoing.once('socket', (to) => {
    const tooLong = setTimeout(() => to.destroy(), connectMs)
    to.once('close', () => clearTimeout(tooLong))
    // This listener comes first, because the request is written on the same event.
    to.prependOnceListener('connect', () => {
      clearTimeout(tooLong)
      if (!upstream.isItself()) to.destroy()
    })
  })
}
