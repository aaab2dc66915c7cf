import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http'
import { besideLoopback, idleClientMs, requestHeadMs } from '@vitrine/contract'
import type { Duplex } from 'node:stream'
import { isBusy, oneAtATime } from './one-at-a-time.ts'
import { refusalText } from './refusal-text.ts'
import { refusals } from './refusals.ts'
import { serveRequest, type GatewayState } from './serve.ts'
import { holdConnection } from './shares.ts'
import { serveUpgrade } from './tunnel.ts'

type Address = { host: string; port: number }

/** How often connections are looked at for heads of requests that take too long, in milliseconds. */
const checkMs = 5_000

/**
 * The gateway could not listen on an address. `code` is the system's error code (`EADDRINUSE`, `EACCES` …).
 */
export class AddressRefused extends Error {
  readonly address: Address
  readonly code: string

  constructor(address: Address, code: string) {
    super(`cannot listen on ${address.host}:${address.port} (${code})`)
    this.address = address
    this.code = code
  }
}

/** The servers on the public address and the front ports, by address. */
export class Listeners {
  readonly #state: GatewayState
  #servers = new Map<string, Server>()
  /**
   * The servers on the second loopback addresses of those (`besideLoopback`), by the same keys. An address that another
   * process holds is left out.
   */
  #beside = new Map<string, Server>()

  constructor(state: GatewayState) {
    this.#state = state
  }

  /** Opens as many of `wanted` as possible. Returns the errors of the others. */
  async openPossible(wanted: ReadonlyMap<string, Address>): Promise<AddressRefused[]> {
    const refused: AddressRefused[] = []
    for (const entry of wanted) {
      try {
        await this.open(new Map([entry]))
      } catch (error) {
        if (!(error instanceof AddressRefused)) throw error
        refused.push(error)
      }
    }
    return refused
  }

  /** The number of addresses in `wanted` that are not open. */
  missing(wanted: ReadonlyMap<string, Address>): number {
    return [...wanted.keys()].filter((key) => !this.#servers.has(key)).length
  }

  /**
   * Opens those of `wanted` that are not open yet. If one cannot be opened, the ones opened before it are
   * closed again and the call rejects with {@link AddressRefused}.
   */
  async open(wanted: ReadonlyMap<string, Address>): Promise<void> {
    const opened: string[] = []
    try {
      for (const [key, address] of wanted) {
        if (!this.#servers.has(key)) {
          this.#closeBeside(address)
          this.#servers.set(key, await listen(createListener(this.#state, key), address))
          opened.push(key)
        }
        await this.#openBeside(key, address)
      }
    } catch (error) {
      for (const key of opened) this.#close(key)
      throw error
    }
  }

  /**
   * Closes the servers that are not wanted and have the port of an address that is to be opened. Otherwise a port that
   * moves to another address could not be opened there if one of the two is a wildcard address.
   */
  closeMoved(wanted: ReadonlyMap<string, Address>): void {
    const opening = [...wanted].filter(([key]) => !this.#servers.has(key))
    const ports = new Set(opening.map(([, { port }]) => port))
    for (const [key, server] of this.#servers) {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : null
      if (!wanted.has(key) && port !== null && ports.has(port)) this.#close(key)
    }
  }

  /** Closes the servers that are not wanted. Requests in progress on them are finished. */
  keepOnly(wanted: ReadonlyMap<string, Address>): void {
    for (const key of this.#servers.keys()) if (!wanted.has(key)) this.#close(key)
  }

  /** Accepts no more connections. Resolves when all requests are finished, after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    const servers = [...this.#servers.values(), ...this.#beside.values()]
    this.#servers.clear()
    this.#beside.clear()
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const server of servers) server.closeIdleConnections()
    let timer: NodeJS.Timeout | undefined
    const over = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))
    await Promise.race([Promise.all(closed), over])
    clearTimeout(timer)
    for (const server of servers) server.closeAllConnections()
  }

  #close(key: string): void {
    for (const servers of [this.#servers, this.#beside]) {
      const server = servers.get(key)
      servers.delete(key)
      if (server) stopListening(server)
    }
  }

  /** Opens the second loopback address of an open one, if possible. */
  async #openBeside(key: string, address: Address): Promise<void> {
    const next = besideLoopback(address)
    if (next === null || this.#beside.has(key)) return
    try {
      this.#beside.set(key, await listen(createListener(this.#state, key), next))
    } catch (error) {
      if (!(error instanceof AddressRefused)) throw error
    }
  }

  /** Closes the server at a second loopback address if that address is now wanted itself. */
  #closeBeside({ host, port }: Address): void {
    for (const [key, server] of this.#beside) {
      const at = server.address()
      if (at === null || typeof at === 'string' || at.port !== port || !['::1', '::'].includes(host)) continue
      this.#beside.delete(key)
      stopListening(server)
    }
  }
}

/** Accepts no more connections. Requests in progress are finished. */
function stopListening(server: Server): void {
  server.close()
  server.closeIdleConnections()
}

function listen(server: Server, address: Address): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new AddressRefused(address, error.code ?? error.message)),
    )
    server.listen({ host: address.host, port: address.port, backlog: 1024 }, () => resolve(server))
  })
}

/**
 * Whether a request begins another protocol. Only WebSocket does; another wish is ignored (RFC 9110, section 7.8), as programs
 * in Java expect, which wish for HTTP/2 with each request without TLS. A Node without this option refuses them later.
 */
const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket'

function createListener(state: GatewayState, key: string): Server {
  const options: ServerOptions & { shouldUpgradeCallback: (req: IncomingMessage) => boolean } = {
    shouldUpgradeCallback,
    keepAliveTimeout: idleClientMs,
    headersTimeout: requestHeadMs,
    connectionsCheckingInterval: checkMs,
    // An upload may take any time while it progresses. If it stalls, the service's own timeout ends it.
    requestTimeout: 0,
    noDelay: true,
    insecureHTTPParser: false,
    // A request without `Host` is refused later, in the form of all our errors.
    requireHostHeader: false,
  }
  const server = createServer(options)
  server.on('connection', (socket) => holdConnection(state, socket))
  server.on('request', (req, res) => oneAtATime(req, res, () => serveRequest(state, key, req, res, false)))
  server.on('checkContinue', (req, res) =>
    oneAtATime(req, res, () => serveRequest(state, key, req, res, true)),
  )
  server.on('upgrade', (req, socket, first) => {
    // The connection is about to close (see `oneAtATime`).
    if (!socket.writable) return
    // Its answer would be written into the middle of the answer in progress.
    if (isBusy(req.socket)) return void socket.destroy()
    serveUpgrade(state, key, req, socket, first).catch(() => socket.destroy())
  })
  server.on('clientError', refuseMalformed)
  return server
}

/**
 * Answers a request that the parser refused, and closes the connection. If an earlier answer is still being
 * sent (Node sets `_httpMessage` then), nothing may be written in between.
 */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || ('_httpMessage' in socket && socket._httpMessage)) {
    socket.destroy()
    return
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? refusals.headersTooLarge
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? refusals.bodyStalled
        : refusals.badRequest
  socket.end(refusalText(refusal))
}
