import { connect, type Socket } from 'node:net'
import { connectMs, type Endpoint } from '@vitrine/contract'
import type { AnswerHead } from '@vitrine/contract/answer-head'
import { AnswerParser } from '@vitrine/contract/answer-parser'

/**
 * Why there is no complete answer: `unreachable`: nothing could be sent; `broken`: the answer was cut off or
 * is not HTTP; `timeout`: nothing arrived in time.
 */
export type Failure = 'unreachable' | 'broken' | 'timeout'

/** A request to an upstream, with the callbacks for its answer. */
export type Job = {
  readonly method: string
  /** The longest time without any progress, in milliseconds; 0 for no limit. */
  readonly timeoutMs: number
  /**
   * Called when the connection is open, to write the request. The returned function is called when the
   * request is over, however it ended.
   */
  write(connection: Connection): () => void
  onHead(head: AnswerHead): void
  /**
   * The bytes are valid only during the call. Return false to pause reading until {@link Connection.resume}.
   */
  onData(chunk: Buffer): boolean
  onDone(): void
  onFailure(failure: Failure): void
}

/**
 * All connections read into this one buffer. What is read is processed before anything else is read. This
 * saves an allocation and the stream's own queue for each read. Code that keeps bytes for later must copy
 * them.
 */
const shared = Buffer.allocUnsafeSlow(65_536)

/** Converts an endpoint to the options of `net.connect`. */
const connectOptions = (endpoint: Endpoint): { path: string } | { host: string; port: number } =>
  'socket' in endpoint ? { path: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/** Converts an endpoint to the options of `http.request`. */
export const requestOptions = (
  endpoint: Endpoint,
): { socketPath: string } | { host: string; port: number } =>
  'socket' in endpoint ? { socketPath: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/**
 * One connection to an upstream. It carries one request at a time, and further ones if the upstream keeps it
 * open.
 */
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
  /** The time since which it is idle, in milliseconds of the monotonic clock. 0 if it has not been so far. */
  idleSince = 0

  /** @param judge tells whether the connection that was just opened leads to the instance itself */
  constructor(
    endpoint: Endpoint,
    job: Job,
    onIdle: (connection: Connection) => void,
    judge: (answer: (isItself: boolean) => void) => void = (answer) => answer(true),
  ) {
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
      judge((isItself) => {
        if (!isItself || socket.destroyed) return void socket.destroy()
        this.#isConnected = true
        if (this.#job) this.begin(this.#job)
      })
    })
    socket.once('close', () => {
      clearTimeout(tooLong)
      this.#fail(this.#isConnected ? 'broken' : 'unreachable')
    })
    // The event `close` always follows and reports the failure.
    socket.on('error', () => undefined)
    socket.on('end', () => this.#ended())
    socket.on('timeout', () => this.#timedOut())
  }

  /** Whether it had carried another request before the present one. Its instance may have closed it in the meantime. */
  get isKept(): boolean {
    return this.idleSince > 0
  }

  /** Whether it can take a request now. */
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

  /** Continues reading after `onData` returned false. */
  resume(): void {
    // Begins anew: the time in which the client took nothing is not the instance's.
    if (this.#isPaused) this.socket.setTimeout(this.#timeoutMs)
    this.#isPaused = false
    this.socket.resume()
  }

  /** Closes the connection. The job gets no more callbacks. */
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
      // The connection becomes idle only now. Otherwise bytes after this answer would be taken for the next answer.
      if (this.#job === null && !this.socket.destroyed) this.#onIdle(this)
    } catch {
      // The bytes are not HTTP, or a header must not be passed on. The job gets the failure, and the
      // connection is no longer trusted.
      this.socket.destroy()
      this.#fail('broken')
    }
  }

  #ended(): void {
    if (!this.#parser.finish(this)) this.socket.destroy()
  }

  #timedOut(): void {
    // While reading is paused, it is the client that is slow. The exchange watches how long it takes nothing.
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
