import { once } from 'node:events'
import {
  Server,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'

/**
 * An HTTP server that can stop at any moment. Each accepted request is answered, and its answer is sent whole. Node's own
 * `close` cuts off an answer that has ended but has not been sent yet, and waits without end for a connection that
 * has sent nothing.
 */
export class StoppableServer extends Server {
  /** The requests of each connection that are not answered yet. */
  readonly #open = new Map<Socket, Set<ServerResponse>>()
  #isStopping = false

  constructor(options: ServerOptions, handle: RequestListener) {
    super(options)
    this.on('connection', (socket: Socket) => this.#connected(socket))
    this.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#begun(request, response)
      handle(request, response)
    })
  }

  /**
   * Accepts no more connections. Resolves when all requests are answered, or after `longestMs` at the latest: the
   * callers that have not read their answers by then lose them.
   */
  async stop(longestMs: number | null = null): Promise<void> {
    this.#isStopping = true
    for (const responses of this.#open.values()) {
      for (const response of responses) if (!response.headersSent) response.setHeader('connection', 'close')
    }
    const closed = once(this, 'close')
    this.close()
    const timer = longestMs === null ? undefined : setTimeout(() => this.closeAllConnections(), longestMs)
    await closed
    clearTimeout(timer)
  }

  /** Ends the connections without a request. Node calls it in `close`. */
  override closeIdleConnections(): void {
    for (const [socket, responses] of this.#open) if (responses.size === 0) socket.destroySoon()
  }

  #connected(socket: Socket): void {
    this.#open.set(socket, new Set())
    socket.once('close', () => this.#open.delete(socket))
  }

  #begun(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const responses = this.#open.get(socket)
    responses?.add(response)
    if (this.#isStopping) response.setHeader('connection', 'close')
    // After the end of the answer, this event comes when all of it has been passed to the system.
    response.once('close', () => {
      responses?.delete(response)
      if (this.#isStopping && responses?.size === 0) socket.destroySoon()
    })
  }
}
