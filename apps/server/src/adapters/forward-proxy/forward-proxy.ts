import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connectDirectly, connectThrough, directTo, requestTo } from './reach-destination.ts'
import { withoutBrackets } from '../../lib/machine-addresses.ts'
import {
  bytesOf,
  destinationOf,
  longestHost,
  passedBack,
  passedOn,
  refusalOf,
  statusOf,
  type ProxyRefusal,
} from './proxy-messages.ts'
import type { Destination, FindUpstream } from './upstream-proxy.ts'

/** What a forward proxy needs. */
export type ForwardProxyInput = {
  /**
   * How a destination may be reached, by a tunnel or by a request without encryption: not at all, only at an address
   * that `isAllowedAddress` accepts, or at any address.
   */
  reachOf: (destination: Destination, isEncrypted: boolean) => 'no' | 'public' | 'anywhere'
  isAllowedAddress: (address: string) => boolean
  upstreamOf: FindUpstream
  /** Called with each refusal. Returns the sentence for the client. */
  onRefused: (refusal: ProxyRefusal) => string
  bounds?: Partial<ProxyBounds>
}

/** The bounds of one proxy. */
export type ProxyBounds = {
  /** The number of connections of clients, and of those to destinations. */
  connections: number
  /** Bytes from all destinations together, and to them. */
  received: number
  sent: number
  /**
   * The number of requests that may be refused or fail. After that nothing is served any more, so that a loop of
   * failing requests costs nothing.
   */
  refusals: number
  /** How long a connection may be idle, in milliseconds. */
  stillMs: number
}

const usualBounds: ProxyBounds = {
  connections: 64,
  received: 32 * 1024 ** 3,
  sent: 64 * 1024 ** 2,
  refusals: 1_000,
  stillMs: 300_000,
}

/** One proxy: its rules, the bytes that it has carried, and its open connections. */
class ForwardProxy {
  readonly #input: ForwardProxyInput
  readonly #bounds: ProxyBounds
  readonly #open = new Set<Duplex>()
  readonly #carried = { received: 0, sent: 0 }
  #refusals = 0
  /** Connections to destinations, and those that are being made. */
  #outgoing = 0

  constructor(input: ForwardProxyInput) {
    this.#input = input
    this.#bounds = { ...usualBounds, ...input.bounds }
  }

  server(): Server {
    const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 })
    server.maxConnections = this.#bounds.connections
    // Requests that are sent without waiting for answers would each open a connection at once.
    server.maxRequestsPerSocket = 1
    server.on('dropRequest', (_asked, socket) => socket.destroy())
    // If a connection cannot be accepted, the build simply does not get it.
    server.on('error', () => undefined)
    server.on('connection', (socket) => (this.#mayServe() ? this.#keep(socket) : socket.destroy()))
    server.on('request', (asked, response) => this.#pass(asked, response))
    server.on('connect', (asked, client, head) => void this.#tunnel(asked, client, head))
    server.on('upgrade', (_asked, client) => client.destroy())
    return server
  }

  close(): void {
    for (const one of this.#open) one.destroy()
  }

  /** A connection that is destroyed with the proxy, and when nothing moves on it. */
  #keep(socket: Socket): void {
    this.#open.add(socket)
    socket.setTimeout(this.#bounds.stillMs, () => socket.destroy())
    socket.once('close', () => this.#open.delete(socket))
    socket.on('error', () => undefined)
  }

  /** Counts the bytes of a stream. If all streams together exceed the bound, all connections end. */
  #count(from: Duplex | IncomingMessage, side: 'received' | 'sent', destination: Destination): void {
    from.on('data', (chunk: Buffer) => this.#add(side, chunk.length, destination))
  }

  #add(side: 'received' | 'sent', bytes: number, destination: Destination): void {
    if (this.#isFull()) return
    this.#carried[side] += bytes
    if (!this.#isFull()) return
    this.#tell({ why: 'too_much', destination })
    this.close()
  }

  /**
   * Takes a place for a connection to a destination. Returns the function that gives it back. Null if no place is free.
   */
  #takePlace(): (() => void) | null {
    if (this.#outgoing >= this.#bounds.connections) return null
    this.#outgoing += 1
    let isTaken = true
    return () => {
      if (isTaken) this.#outgoing -= 1
      isTaken = false
    }
  }

  #mayServe(): boolean {
    return this.#refusals < this.#bounds.refusals
  }

  /** Reports a refusal. Returns the sentence for the client. */
  #tell(refusal: ProxyRefusal): string {
    this.#refusals += 1
    return this.#input.onRefused(refusal)
  }

  #isFull(): boolean {
    return this.#carried.received > this.#bounds.received || this.#carried.sent > this.#bounds.sent
  }

  /** Whether an address of a destination may be reached. Null if the destination may not be reached at all. */
  #rule(destination: Destination, isEncrypted: boolean): ((address: string) => boolean) | null {
    const reach = this.#isFull() ? 'no' : this.#input.reachOf(destination, isEncrypted)
    if (reach === 'no') return null
    return reach === 'anywhere' ? () => true : this.#input.isAllowedAddress
  }

  async #tunnel(asked: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const destination = destinationOf(asked.url)
    const refuse = (refusal: ProxyRefusal) => {
      const [status, reason] = statusOf(refusal)
      const text = `${this.#tell(refusal)}\n`
      const headers = `content-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`
      client.end(`HTTP/1.1 ${status} ${reason}\r\n${headers}connection: close\r\n\r\n${text}`)
    }
    if (!destination) return refuse({ why: 'not_understood', said: 'CONNECT needs a host and a port' })
    const rule = this.#rule(destination, true)
    if (!rule) return refuse({ why: 'not_allowed', destination })
    const giveBack = this.#takePlace()
    if (!giveBack) return refuse({ why: 'too_many', destination })
    try {
      const proxy = this.#input.upstreamOf(destination, true)
      const remote = await (proxy ? connectThrough(proxy, destination) : connectDirectly(destination, rule))
      remote.once('close', giveBack)
      this.#keep(remote)
      if (client.destroyed) return void remote.destroy()
      this.#join(client, remote, destination)
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      this.#add('sent', head.length, destination)
      if (head.length > 0) remote.write(head)
    } catch (error) {
      giveBack()
      refuse(refusalOf(error, destination))
    }
  }

  #join(client: Duplex, remote: Socket, destination: Destination): void {
    this.#count(client, 'sent', destination)
    this.#count(remote, 'received', destination)
    client.pipe(remote)
    remote.pipe(client)
    client.once('error', () => remote.destroy())
    remote.once('error', () => client.destroy())
  }

  /** Passes on a request for an absolute address without encryption. */
  #pass(asked: IncomingMessage, response: ServerResponse): void {
    const refuse = (refusal: ProxyRefusal) => {
      const text = `${this.#tell(refusal)}\n`
      if (response.headersSent) response.destroy()
      else
        response
          .writeHead(statusOf(refusal)[0], {
            'content-type': 'text/plain; charset=utf-8',
            connection: 'close',
          })
          .end(text)
    }
    const { method = '', url = '', headers } = asked
    const target = URL.canParse(url) ? new URL(url) : null
    if (
      (method !== 'GET' && method !== 'HEAD') ||
      target?.protocol !== 'http:' ||
      target.hostname.length > longestHost
    )
      return refuse({ why: 'not_understood', said: `only CONNECT, and GET of http://…, not ${method}` })
    const destination = { host: withoutBrackets(target.hostname), port: Number(target.port) || 80 }
    const rule = this.#rule(destination, false)
    if (!rule) return refuse({ why: 'not_allowed', destination })
    const giveBack = this.#takePlace()
    if (!giveBack) return refuse({ why: 'too_many', destination })
    response.once('close', giveBack)
    this.#add('sent', bytesOf(asked), destination)
    const fail = (error: unknown) => refuse(refusalOf(error, destination))
    try {
      const proxy = this.#input.upstreamOf(destination, false)
      const options = { method, headers: { ...passedOn(headers), host: target.host }, agent: false }
      const inner = proxy
        ? requestTo(proxy, { ...options, path: target.href })
        : request({ ...options, ...directTo(destination, rule), path: `${target.pathname}${target.search}` })
      response.once('close', () => inner.destroy())
      inner.once('socket', (socket) => this.#keep(socket))
      inner.on('error', fail)
      inner.once('response', (answer) => this.#passBack(answer, response, { destination, fail }))
      inner.end()
    } catch (error) {
      fail(error)
    }
  }

  #passBack(
    answer: IncomingMessage,
    response: ServerResponse,
    { destination, fail }: { destination: Destination; fail: (error: unknown) => void },
  ): void {
    this.#count(answer, 'received', destination)
    answer.once('error', () => response.destroy())
    try {
      // This throws for an invalid status or header: Node accepts more when it reads than when it writes.
      response.writeHead(answer.statusCode ?? 502, passedBack(answer))
      answer.pipe(response)
    } catch (error) {
      answer.destroy()
      fail(error)
    }
  }
}

/**
 * Opens a forward proxy at a unix socket: CONNECT, and GET and HEAD of absolute addresses without encryption, to allowed
 * destinations. Bodies are passed on as they come. Rejects if it cannot listen there.
 */
export async function openForwardProxy(
  path: string,
  input: ForwardProxyInput,
): Promise<{ close: () => Promise<void> }> {
  const proxy = new ForwardProxy(input)
  const server = proxy.server()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        proxy.close()
      }),
  }
}
