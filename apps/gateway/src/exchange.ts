import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { AccessLog } from './access-log.ts'
import { languageOf, refusalBody, refusalHeaders, refusals, type Refusal } from './refusals.ts'
import { readResponseHeaders, type ResponseHeaders } from './response-headers.ts'
import { avoid, leastBusy, type Upstream } from './upstreams.ts'

/** What is sent on, and where it may go. */
export type Delivery = {
  /** Asked at each attempt, so that a request never follows a table that was replaced before it was sent. */
  upstreams: () => readonly Upstream[]
  path: string
  headers: string[]
  body: Buffer | Readable | null
  /** Milliseconds without a sign of the upstream; 0 for no limit once it has begun to answer. */
  headersTimeoutMs: number
  bodyTimeoutMs: number
  /** What to answer when no upstream can be reached. */
  unreachable: Refusal
  unreachablePage: string | undefined
}

const lingerMs = 1_000
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
/** An answer up to this size that is there as a whole is sent with its headers in one write. */
const joinedBytes = 65_536
const noop = () => undefined

/**
 * One request and its answer, from the first look at it to its line in the access log. It is the handler that undici
 * calls, so that no object or closure more than needed is made for a request. Upstream's bytes go to the client as
 * they come; when one side cannot take more, the other waits; when one side goes away, so does the other.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly #log: AccessLog
  readonly #startedAt = performance.now()
  requestId = ''
  serviceId: string | null = null
  release: number | null = null
  caller: string | null = null
  remoteAddress: string
  acceptLanguage: string | undefined
  #error: string | null = null
  #bytesIn = 0
  #bytesOut = 0
  #upstream: Upstream | null = null
  #tried: Upstream[] = []
  #delivery: Delivery | null = null
  #abort: ((reason?: Error) => void) | null = null
  #sent = false
  #clientGone = false
  #status = 0
  #statusText = ''
  #pending: ResponseHeaders | null = null

  constructor(req: IncomingMessage, res: ServerResponse, log: AccessLog) {
    this.req = req
    this.res = res
    this.#log = log
    const address = req.socket.remoteAddress ?? ''
    this.remoteAddress = address.startsWith('::ffff:') ? address.slice(7) : address
    res.on('close', () => this.#closed())
  }

  /** Whether the client left before there was an answer. */
  get clientGone(): boolean {
    return this.#clientGone
  }

  /** Sends the request on to the least busy upstream. */
  deliver(delivery: Delivery): void {
    this.#delivery = delivery
    this.#attempt()
  }

  /** Answers by ourselves. After the answer has begun, all that is left is to break it off. */
  refuse(refusal: Refusal, page?: string): void {
    this.#error = refusal.code
    if (this.res.headersSent || this.res.destroyed) {
      this.#abort?.()
      this.res.destroy()
      return
    }
    this.#pending = null
    const text = page ?? refusalBody(refusal, languageOf(this.acceptLanguage), this.requestId)
    const type = page === undefined ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'
    const headers = refusalHeaders(refusal, type, text, this.requestId)
    if (!this.req.complete) headers.push('Connection', 'close')
    this.res.writeHead(refusal.status, headers)
    this.#bytesOut = Buffer.byteLength(text)
    if (this.req.complete) this.res.end(text)
    else this.#linger(text)
    this.#abort?.()
  }

  /** Sends a `Location` and nothing else. */
  redirect(location: string): void {
    this.res.writeHead(301, ['Location', location, 'Content-Length', '0', 'X-Request-Id', this.requestId])
    this.res.end()
  }

  #attempt(): void {
    const delivery = this.#delivery
    if (!delivery || this.#clientGone) return
    const upstream = leastBusy(delivery.upstreams(), this.#tried, Date.now())
    if (!upstream) return this.refuse(delivery.unreachable, delivery.unreachablePage)
    this.#release()
    this.#upstream = upstream
    upstream.inFlight++
    this.#sent = false
    upstream.pool.dispatch(
      {
        method: this.req.method ?? 'GET',
        path: delivery.path,
        headers: delivery.headers,
        body: delivery.body,
        headersTimeout: delivery.headersTimeoutMs,
        bodyTimeout: delivery.bodyTimeoutMs,
      },
      this,
    )
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort
    this.#sent = true
    if (this.#clientGone || this.res.headersSent) abort()
  }

  // undici's types give this the counts of an older version; it is called with the chunk.
  onBodySent(chunk: unknown): void {
    if (chunk instanceof Uint8Array) this.#bytesIn += chunk.byteLength
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    if (status < 200) return true
    this.#status = status
    this.#statusText = statusText
    this.#pending = readResponseHeaders(raw, this.requestId)
    this.#resume = resume
    // What came with the headers is handed over before this runs; if it was not the whole body, the headers go now.
    queueMicrotask(() => {
      if (this.#sendHead()) this.res.flushHeaders()
    })
    return true
  }

  #resume: () => void = noop

  onData(chunk: Buffer): boolean {
    this.#bytesOut += chunk.length
    const pending = this.#pending
    if (
      pending &&
      pending.contentLength === chunk.length &&
      chunk.length <= joinedBytes &&
      this.req.complete
    ) {
      this.#sendHead()
      // As latin1 text it is joined with the headers into one write; the bytes stay what they are.
      this.res.end(chunk.toString('latin1'), 'latin1')
      return true
    }
    this.#sendHead()
    if (this.res.write(chunk)) return true
    this.res.once('drain', this.#resume)
    return false
  }

  onComplete(): void {
    this.#sendHead()
    this.#abort = null
    if (this.res.writableEnded) return
    if (this.req.complete) this.res.end()
    else this.#linger()
  }

  onError(error: Error): void {
    this.#abort = null
    if (this.#clientGone || this.res.writableEnded) return
    const code = 'code' in error ? error.code : undefined
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
      return this.refuse(refusals.timeout)
    if (this.#error !== null) return
    if (this.#mayRetry()) {
      if (!this.#sent && this.#upstream) avoid(this.#upstream, Date.now())
      if (this.#upstream) this.#tried.push(this.#upstream)
      return this.#attempt()
    }
    this.refuse(refusals.upstreamBroken)
  }

  /** What was never sent may go elsewhere; what was sent may when it can be repeated and no answer had begun. */
  #mayRetry(): boolean {
    if (!this.#sent) return true
    const body = this.#delivery?.body
    const repeatable = body === null || Buffer.isBuffer(body)
    return this.#status === 0 && repeatable && idempotent.has(this.req.method ?? '')
  }

  #sendHead(): boolean {
    const pending = this.#pending
    if (!pending) return false
    this.#pending = null
    if (!this.req.complete) pending.passed.push('Connection', 'close')
    this.res.writeHead(this.#status, this.#statusText, pending.passed)
    return true
  }

  /**
   * Ends an answer that was given before the request was there as a whole. A connection closed at once would be reset
   * and the client might never read the answer, so the rest is read and thrown away for a moment.
   */
  #linger(text?: string): void {
    if (text !== undefined) this.res.write(text)
    const end = () => {
      clearTimeout(timer)
      this.res.end()
    }
    const timer = setTimeout(end, lingerMs)
    this.req.unpipe()
    this.req.once('end', end).once('close', end).resume()
  }

  #release(): void {
    if (this.#upstream) this.#upstream.inFlight--
    this.#upstream = null
  }

  #closed(): void {
    const instanceId = this.#upstream?.instanceId ?? null
    if (!this.res.writableFinished) {
      this.#clientGone = true
      this.#error ??= 'gateway.client_gone'
      this.#abort?.()
    }
    this.#release()
    const url = this.req.url ?? ''
    const query = url.indexOf('?')
    this.#log.add({
      time: new Date().toISOString(),
      request_id: this.requestId,
      service_id: this.serviceId,
      release: this.release,
      instance_id: instanceId,
      caller: this.caller,
      method: this.req.method ?? '',
      path: query === -1 ? url : url.slice(0, query),
      status: this.res.headersSent ? this.res.statusCode : 499,
      latency_ms: Math.round((performance.now() - this.#startedAt) * 1000) / 1000,
      bytes_in: this.#bytesIn,
      bytes_out: this.#bytesOut,
      remote_address: this.remoteAddress,
      error: this.#error,
    })
  }
}
