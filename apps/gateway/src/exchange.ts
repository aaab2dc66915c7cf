import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '@vitrine/contract'
import type { AccessLog } from './access-log.ts'
import type { AnswerHead } from './answer-head.ts'
import type { Connection, Failure, Job } from './connection.ts'
import { languageOf, refusalBody, refusalHeaders, refusals, type Refusal } from './refusals.ts'
import { pumpBody } from './request-body.ts'
import { avoid, leastBusy, type Upstream } from './upstreams.ts'

/** What is sent on, and where it may go. */
export type Delivery = {
  /** Asked at each attempt, so that a request never follows a table that was replaced before it was sent. */
  upstreams: () => readonly Upstream[]
  /** Request line and headers, each with its line end; what says how long the body is comes after it. */
  head: string
  /** The body as a whole, or how it streams, or none. */
  body: Buffer | { isChunked: boolean; limit: number } | null
  /** Milliseconds without a sign of life; 0 for no limit. */
  timeoutMs: number
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
 * One request and its answer, from the first look at it to its line in the access log. It is itself the job that a
 * connection carries, so that no object or closure more than needed is made for a request. The upstream's bytes go to
 * the client as they come; when one side cannot take more, the other waits; when one side goes away, so does the other.
 */
export class Exchange implements Job {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  readonly #log: AccessLog
  readonly #startedAt = performance.now()
  requestId = ''
  serviceId: string | null = null
  release: number | null = null
  caller: string | null = null
  remoteAddress: string
  acceptLanguage: string | undefined
  timeoutMs = 0
  #error: string | null = null
  #bytesIn = 0
  #bytesOut = 0
  #upstream: Upstream | null = null
  #tried: Upstream[] = []
  #delivery: Delivery | null = null
  #connection: Connection | null = null
  #isSent = false
  #isClientGone = false
  #head: AnswerHead | null = null
  #isHeadSent = false

  constructor(req: IncomingMessage, res: ServerResponse, log: AccessLog) {
    this.req = req
    this.res = res
    this.method = req.method ?? ''
    this.#log = log
    const address = req.socket.remoteAddress ?? ''
    this.remoteAddress = address.startsWith('::ffff:') ? address.slice(7) : address
    res.on('close', () => this.#closed())
  }

  /** Sends the request on to the least busy upstream. */
  deliver(delivery: Delivery): void {
    this.#delivery = delivery
    this.timeoutMs = delivery.timeoutMs
    this.#attempt()
  }

  /** Answers by ourselves. After the answer has begun, all that is left is to break it off. */
  refuse(refusal: Refusal, page?: string): void {
    this.#error = refusal.code
    if (this.res.headersSent || this.res.destroyed) {
      this.#abort()
      this.res.destroy()
      return
    }
    const text = page ?? refusalBody(refusal, languageOf(this.acceptLanguage), this.requestId)
    const type = page === undefined ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'
    const headers = refusalHeaders(refusal, type, text, this.requestId)
    if (!this.req.complete) headers.push('Connection', 'close')
    this.res.writeHead(refusal.status, headers)
    this.#bytesOut = Buffer.byteLength(text)
    this.#abort()
    if (this.req.complete) this.res.end(text)
    else this.#linger(text)
  }

  /** Sends a `Location` and nothing else. */
  redirect(location: string): void {
    this.res.writeHead(301, ['Location', location, 'Content-Length', '0', 'X-Request-Id', this.requestId])
    this.res.end()
  }

  #attempt(): void {
    const delivery = this.#delivery
    if (!delivery || this.#isClientGone) return
    const upstream = leastBusy(delivery.upstreams(), this.#tried, Date.now())
    if (!upstream) return this.refuse(delivery.unreachable, delivery.unreachablePage)
    this.#release()
    this.#upstream = upstream
    upstream.inFlight++
    this.#isSent = false
    this.#connection = upstream.send(this)
  }

  write(connection: Connection): () => void {
    this.#isSent = true
    const { socket } = connection
    const { head, body } = this.#delivery ?? { head: '', body: null }
    if (body !== null && !Buffer.isBuffer(body)) {
      socket.write(body.isChunked ? `${head}transfer-encoding: chunked\r\n\r\n` : `${head}\r\n`, 'latin1')
      return pumpBody(this.req, socket, {
        ...body,
        onBytes: (count) => (this.#bytesIn += count),
        onOver: () => this.refuse({ ...refusals.bodyTooLarge, details: { limit_bytes: body.limit } }),
        onDone: () => (connection.uploadIsDone = true),
      })
    }
    connection.uploadIsDone = true
    if (body === null) {
      socket.write(`${head}\r\n`, 'latin1')
    } else {
      // As latin1 text it is joined with the head into one write; the bytes stay what they are.
      socket.write(`${head}content-length: ${body.length}\r\n\r\n${body.toString('latin1')}`, 'latin1')
      this.#bytesIn = body.length
    }
    return noop
  }

  onHead(head: AnswerHead): void {
    this.#head = head
    head.passed.push('X-Request-Id', this.requestId)
    // What came with the head is handed over before this runs; if it was not the whole body, the head goes now.
    if (typeof head.body !== 'number' || head.body > 0) queueMicrotask(this.#flushHead)
  }

  readonly #flushHead = (): void => {
    if (this.#isHeadSent || this.#head === null) return
    this.#sendHead(this.#head)
    this.res.flushHeaders()
  }

  onData(chunk: Buffer): boolean {
    this.#bytesOut += chunk.length
    const head = this.#head
    if (head && !this.#isHeadSent) {
      this.#sendHead(head)
      if (head.body === chunk.length && chunk.length <= joinedBytes && this.req.complete) {
        this.res.end(chunk.toString('latin1'), 'latin1')
        return true
      }
    }
    if (this.res.write(Buffer.from(chunk))) return true
    this.res.once('drain', () => this.#connection?.resume())
    return false
  }

  onDone(): void {
    if (this.#head && !this.#isHeadSent) this.#sendHead(this.#head)
    this.#connection = null
    if (this.res.writableEnded) return
    if (this.req.complete) this.res.end()
    else this.#linger()
  }

  onFailure(failure: Failure): void {
    this.#connection = null
    if (this.#isClientGone || this.res.writableEnded || this.#error !== null) return
    if (failure === 'timeout') {
      const isClientsFault = !this.req.complete && !this.req.isPaused()
      return this.refuse(isClientsFault ? refusals.bodyStalled : refusals.timeout)
    }
    if (!this.#mayRetry()) return this.refuse(refusals.upstreamBroken)
    if (this.#upstream) {
      if (!this.#isSent) avoid(this.#upstream, Date.now())
      this.#tried.push(this.#upstream)
    }
    this.#attempt()
  }

  /** What was never sent may go elsewhere; what was sent may when it can be repeated and no answer had begun. */
  #mayRetry(): boolean {
    if (!this.#isSent) return true
    const body = this.#delivery?.body ?? null
    const isRepeatable = body === null || Buffer.isBuffer(body)
    return this.#head === null && isRepeatable && idempotent.has(this.method)
  }

  #sendHead(head: AnswerHead): void {
    this.#isHeadSent = true
    if (!this.req.complete) head.passed.push('Connection', 'close')
    this.res.writeHead(head.status, head.statusText, head.passed)
  }

  #abort(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.abort()
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
    this.req.once('end', end).once('close', end).resume()
  }

  #release(): void {
    if (this.#upstream) this.#upstream.inFlight--
    this.#upstream = null
  }

  #closed(): void {
    const instanceId = this.#upstream?.instanceId ?? null
    if (!this.res.writableFinished) {
      this.#isClientGone = true
      this.#error ??= 'gateway.client_gone' satisfies ErrorCode
      this.#abort()
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
      method: this.method,
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
