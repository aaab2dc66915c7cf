import { connect, type Socket } from 'node:net'
import type { Endpoint } from '@vitrine/contract'
import type { AnswerHead } from './answer-head.ts'
import { AnswerParser } from './answer-parser.ts'

/** Why there is no (whole) answer: nothing could be sent; it was broken off or not HTTP; nothing came in time. */
export type Failure = 'unreachable' | 'broken' | 'timeout'

/** A request for an upstream, and who is told about its answer. */
export type Job = {
  readonly method: string
  /** Milliseconds in which something must move; 0 for no limit. */
  readonly timeoutMs: number
  /** The connection is there: write the request. The function answered with is called when it is over, whatever the end. */
  write(connection: Connection): () => void
  onHead(head: AnswerHead): void
  /** The bytes are there during the call only. False: take no more until {@link Connection.resume}. */
  onData(chunk: Buffer): boolean
  onDone(): void
  onFailure(failure: Failure): void
}

const connectMs = 5_000
/**
 * All connections read into this one piece of memory: what is read is dealt with before anything else is read. It spares
 * an allocation and the stream's own queue at each read; who keeps bytes for later copies them.
 */
const shared = Buffer.allocUnsafeSlow(65_536)

/** An endpoint as `net.connect` takes it. */
const connectOptions = (endpoint: Endpoint): { path: string } | { host: string; port: number } =>
  'socket' in endpoint ? { path: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/** An endpoint as `http.request` takes it. */
export const requestOptions = (
  endpoint: Endpoint,
): { socketPath: string } | { host: string; port: number } =>
  'socket' in endpoint ? { socketPath: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/** One connection to an upstream: carries one request at a time, and the next one when the upstream keeps it open. */
export class Connection {
  readonly socket: Socket
  readonly #parser = new AnswerParser()
  readonly #onIdle: (connection: Connection) => void
  #job: Job | null
  #isConnected = false
  #isPaused = false
  #timeoutMs = 0
  #keepAlive = false
  #endUpload: (() => void) | null = null
  /** Milliseconds of the monotonic clock since when it carries nothing. */
  idleSince = 0

  constructor(endpoint: Endpoint, job: Job, onIdle: (connection: Connection) => void) {
    this.#job = job
    this.#onIdle = onIdle
    const socket = connect({
      ...connectOptions(endpoint),
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (count) => {
          this.#received(shared.subarray(0, count))
          return !this.#isPaused
        },
      },
    })
    this.socket = socket
    const tooLong = setTimeout(() => socket.destroy(), connectMs)
    socket.once('connect', () => {
      clearTimeout(tooLong)
      this.#isConnected = true
      if (this.#job) this.begin(this.#job)
    })
    socket.once('close', () => {
      clearTimeout(tooLong)
      this.#fail(this.#isConnected ? 'broken' : 'unreachable')
    })
    // What went wrong shows in `close`, which always follows.
    socket.on('error', () => undefined)
    socket.on('end', () => this.#ended())
    socket.on('timeout', () => this.#timedOut())
  }

  /** Whether it can take a request right now. */
  get isUsable(): boolean {
    return !this.socket.destroyed && this.socket.writable && this.#job === null
  }

  /** Sends a request on the open connection. */
  begin(job: Job): void {
    this.#job = job
    this.#keepAlive = false
    this.uploadIsDone = false
    if (this.#timeoutMs !== job.timeoutMs) {
      this.#timeoutMs = job.timeoutMs
      this.socket.setTimeout(job.timeoutMs)
    }
    this.#parser.begin(job.method)
    this.#endUpload = job.write(this)
  }

  /** Goes on after `onData` had answered false. */
  resume(): void {
    this.#isPaused = false
    this.socket.resume()
  }

  /** Breaks off: the job hears nothing more. */
  abort(): void {
    this.#job = null
    this.#finishUpload()
    this.socket.destroy()
  }

  onHead(head: AnswerHead): void {
    this.#keepAlive = head.keepAlive
    this.#job?.onHead(head)
  }

  onBody(chunk: Buffer): void {
    if (this.#job?.onData(chunk) !== false) return
    this.#isPaused = true
    this.socket.pause()
  }

  onEnd(): void {
    const job = this.#job
    const isUploading = this.#endUpload !== null && !this.uploadIsDone
    this.#job = null
    this.#finishUpload()
    if (this.#isPaused) this.resume()
    if (!this.#keepAlive || isUploading) this.socket.destroy()
    job?.onDone()
  }

  /** Set by the job when the whole request is written. */
  uploadIsDone = false

  #received(chunk: Buffer): void {
    try {
      this.#parser.feed(chunk, this)
      // Only now: bytes after the answer would else be taken for the next one's.
      if (this.#job === null && !this.socket.destroyed) this.#onIdle(this)
    } catch {
      // Not HTTP, or a header that must not be sent on: the job's answer says so, and the connection cannot be trusted.
      this.socket.destroy()
      this.#fail('broken')
    }
  }

  #ended(): void {
    if (!this.#parser.finish(this)) this.socket.destroy()
  }

  #timedOut(): void {
    // While the client takes nothing, silence here is the client's.
    if (this.#isPaused) return
    this.socket.destroy()
    this.#fail('timeout')
  }

  #fail(failure: Failure): void {
    const job = this.#job
    this.#job = null
    this.#finishUpload()
    job?.onFailure(failure)
  }

  #finishUpload(): void {
    const end = this.#endUpload
    this.#endUpload = null
    end?.()
  }
}
