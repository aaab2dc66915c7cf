import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '@vitrine/contract'
import { preferredLanguage } from '@vitrine/contract/preferred-language'
import type { AccessLog } from './access-log.ts'
import type { Credential } from './admission.ts'
import { validateHeaders, type AnswerHead } from '@vitrine/contract/answer-head'
import type { Connection, Failure, Job } from './connection.ts'
import { BodyKeeper } from './kept-bodies.ts'
import type { Delivery } from './delivery.ts'
import { confineAnswer } from './instance-answer.ts'
import { linger } from './linger.ts'
import { logLine } from './log-line.ts'
import type { OpenRequest, OpenRequests } from './open-requests.ts'
import { refusalBody, refusalHeaders, refusals, type Refusal } from './refusals.ts'
import { pumpBody } from './request-body.ts'
import { awaitClient, watchClient } from './stalled-client.ts'
import { avoid, leastBusy, type Upstream } from './upstreams.ts'

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
/** A complete answer up to this size is sent with its headers in one write. */
const joinedBytes = 65_536
const noop = () => undefined

/**
 * One request and its answer, from its arrival to its line in the access log. The exchange is itself the job
 * of a connection, so each request needs as few objects and closures as possible. The upstream's bytes go to
 * the client as they arrive. If one side cannot take more, the other waits; if one side closes, the other is
 * closed too.
 */
export class Exchange implements Job, OpenRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  readonly #log: AccessLog
  readonly #stalledMs: number
  readonly #startedAt = performance.now()
  requestId = ''
  serviceId: string | null = null
  release: number | null = null
  credential: Credential | null = null
  remoteAddress = ''
  acceptLanguage: string | undefined
  timeoutMs = 0
  #open: OpenRequests | null = null
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
  #keeper: BodyKeeper | null = null

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    { log, stalledMs }: { log: AccessLog; stalledMs: number },
  ) {
    this.req = req
    this.res = res
    this.method = req.method ?? ''
    this.#log = log
    this.#stalledMs = stalledMs
    res.on('close', () => this.#closed())
  }

  get caller(): string | null {
    return this.credential?.caller ?? null
  }

  /** Records the credential with which the request was admitted. The request is ended if the credential is revoked. */
  letIn(credential: Credential | null, open: OpenRequests): void {
    if (credential === null) return
    this.credential = credential
    // A client may have disconnected during the check. Its request is then not open any more.
    if (!this.#isClientGone) this.#open = open.add(this)
  }

  revoke(): void {
    this.refuse(refusals.tokenInvalid)
  }

  /** Keeps the beginnings of the request and response bodies, for the line in the access log. */
  keepBodies(): void {
    this.#keeper = new BodyKeeper(this.req.headers)
  }

  /** Sends the request to the least busy upstream. */
  deliver(delivery: Delivery): void {
    this.#delivery = delivery
    this.timeoutMs = delivery.timeoutMs
    this.#attempt()
  }

  /** Answers with a refusal. If the answer has already begun, it can only be cut off. */
  refuse(refusal: Refusal, page?: string): void {
    this.#error = refusal.code
    // The head of an answer that was begun, and waits to be sent, must not follow the refusal.
    this.#head = null
    if (this.res.headersSent || this.res.destroyed) {
      this.#abort()
      this.res.destroy()
      return
    }
    const text = page ?? refusalBody(refusal, preferredLanguage(this.acceptLanguage), this.requestId)
    const type = page === undefined ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'
    const headers = refusalHeaders(refusal, type, text, this.requestId)
    if (!this.req.complete) headers.push('Connection', 'close')
    // An answer that could not be sent may have left its own reason phrase.
    this.res.writeHead(refusal.status, STATUS_CODES[refusal.status] ?? '', headers)
    this.#bytesOut = Buffer.byteLength(text)
    this.#abort()
    if (this.req.complete) this.res.end(text)
    else linger(this.req, this.res, text)
  }

  /** Sends a redirect to `location`, after which the client repeats its request there with the same method and body. */
  redirect(location: string): void {
    this.res.writeHead(308, ['Location', location, 'Content-Length', '0', 'X-Request-Id', this.requestId])
    this.res.end()
  }

  #attempt(): void {
    const delivery = this.#delivery
    if (!delivery || this.#isClientGone || this.#error !== null) return
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
        onChunk: (chunk) => {
          this.#bytesIn += chunk.length
          this.#keeper?.request.add(chunk)
        },
        onOver: () => this.refuse({ ...refusals.bodyTooLarge, details: { limit_bytes: body.limit } }),
        onDone: () => (connection.uploadIsDone = true),
      })
    }
    connection.uploadIsDone = true
    if (body === null) {
      socket.write(`${head}\r\n`, 'latin1')
    } else {
      // As latin1 text it can be joined with the head into one write. The bytes stay the same.
      socket.write(`${head}content-length: ${body.length}\r\n\r\n${body.toString('latin1')}`, 'latin1')
      this.#bytesIn = body.length
      this.#keeper?.request.set(body)
    }
    return noop
  }

  onHead(head: AnswerHead): void {
    this.#head = head
    if (this.#delivery) confineAnswer(head.passed, this.#delivery.source)
    head.passed.push('X-Request-Id', this.requestId)
    this.#keeper?.answers(head.passed)
    // Body bytes that arrived with the head are passed on before this runs. If they were not the whole body,
    // the head is sent now.
    if (typeof head.body !== 'number' || head.body > 0) queueMicrotask(this.#flushHead)
  }

  readonly #flushHead = (): void => {
    if (this.#isHeadSent || this.#head === null) return
    if (this.#sendHead(this.#head)) this.res.flushHeaders()
  }

  onData(chunk: Buffer): boolean {
    this.#bytesOut += chunk.length
    this.#keeper?.response.add(chunk)
    const head = this.#head
    if (head && !this.#isHeadSent) {
      if (!this.#sendHead(head)) return true
      if (head.body === chunk.length && chunk.length <= joinedBytes && this.req.complete) {
        this.res.end(chunk.toString('latin1'), 'latin1')
        watchClient(this.res, this.#patienceMs)
        return true
      }
    }
    if (this.res.write(Buffer.from(chunk))) return true
    awaitClient(this.res, this.#patienceMs, () => this.#connection?.resume())
    return false
  }

  onDone(): void {
    if (this.#head && !this.#isHeadSent && !this.#sendHead(this.#head)) return
    this.#connection = null
    if (this.res.writableEnded) return
    if (this.req.complete) this.res.end()
    else linger(this.req, this.res)
    watchClient(this.res, this.#patienceMs)
  }

  /** How long the client may take nothing of what waits for it, in milliseconds. */
  get #patienceMs(): number {
    return Math.max(this.#stalledMs, this.timeoutMs)
  }

  onFailure(failure: Failure): void {
    const wasKept = this.#connection?.isKept === true
    this.#connection = null
    if (this.#isClientGone || this.res.writableEnded || this.#error !== null) return
    if (failure === 'timeout') {
      const isClientsFault = !this.req.complete && !this.req.isPaused()
      return this.refuse(isClientsFault ? refusals.bodyStalled : refusals.timeout)
    }
    if (!this.#mayRetry()) return this.refuse(refusals.upstreamBroken)
    // A kept connection that its instance has just closed says nothing about the instance: it gets the request once more.
    if (this.#upstream && !wasKept) {
      if (!this.#isSent) avoid(this.#upstream, Date.now())
      this.#tried.push(this.#upstream)
    }
    this.#attempt()
  }

  /**
   * A request that was not sent may go to another upstream. One that was sent may be sent again if its body
   * can be repeated and no answer had begun.
   */
  #mayRetry(): boolean {
    if (!this.#isSent) return true
    const body = this.#delivery?.body ?? null
    const isRepeatable = body === null || Buffer.isBuffer(body)
    return this.#head === null && isRepeatable && idempotent.has(this.method)
  }

  /**
   * Sends the head of the answer. Node throws for a header with invalid characters; then the client gets a refusal and
   * this returns false. The head is sent when the instance answers, so no caller could catch the error.
   */
  #sendHead(head: AnswerHead): boolean {
    this.#isHeadSent = true
    if (!this.req.complete) head.passed.push('Connection', 'close')
    try {
      // For these statuses, Node decides that no body follows before it checks the headers. A refusal after that would
      // have no body either.
      if (head.status === 204 || head.status === 304) validateHeaders(head.passed)
      this.res.writeHead(head.status, head.passed)
      return true
    } catch {
      this.refuse(refusals.upstreamBroken)
      return false
    }
  }

  #abort(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.abort()
  }

  #release(): void {
    if (this.#upstream) this.#upstream.inFlight--
    this.#upstream = null
  }

  #closed(): void {
    this.#open?.delete(this)
    const instanceId = this.#upstream?.instanceId ?? null
    if (!this.res.writableFinished) {
      this.#isClientGone = true
      this.#error ??= 'gateway.client_gone' satisfies ErrorCode
      this.#abort()
    }
    this.#release()
    const line = logLine({
      req: this.req,
      requestId: this.requestId,
      serviceId: this.serviceId,
      release: this.release,
      instanceId,
      caller: this.caller,
      status: this.res.headersSent ? this.res.statusCode : 499,
      startedAt: this.#startedAt,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      remoteAddress: this.remoteAddress,
      error: this.#error,
    })
    this.#log.add(line, this.#keeper?.kept())
  }
}
