import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { request as ask } from 'undici'

/** What goes wrong: the server does what is asked and says nothing, it stops in the middle of its answer, or it dies before. */
export type Fault = 'late' | 'half' | 'killed'

/** Headers of one connection, or of a body that is sent anew. */
const ofConnection = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'content-length'])
const passedOn = (headers: IncomingMessage['headers'] | Record<string, string | string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !ofConnection.has(name) ? [[name, value] as const] : [],
    ),
  )

/** Stands in front of a server, and lets chosen requests go wrong. */
export class FaultyServer {
  url = ''
  /** The requests that went wrong, as `METHOD /path`. */
  readonly met: string[] = []
  #fault: { on: RegExp; kind: Fault } | null = null
  #isDead = false
  readonly #target: string
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy())
  })

  private constructor(target: string) {
    this.#target = target
  }

  static async before(target: string): Promise<FaultyServer> {
    const opened = new FaultyServer(target)
    await new Promise<void>((resolve) => opened.#server.listen(0, '127.0.0.1', resolve))
    const address = opened.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    opened.url = `http://127.0.0.1:${address.port}`
    return opened
  }

  /** From now on, requests go wrong whose `METHOD /path` matches. */
  breaks(kind: Fault, on: RegExp): void {
    this.#fault = { on, kind }
    this.met.length = 0
  }

  /** From now on, all goes well again. */
  mend(): void {
    this.#fault = null
    this.#isDead = false
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`
    const kind = this.#fault?.on.test(asked) ? this.#fault.kind : null
    if (kind !== null) this.met.push(asked)
    if (kind === 'killed') this.#isDead = true
    if (this.#isDead) return this.#server.closeAllConnections()
    const sent = await buffer(request)
    const answer = await ask(`${this.#target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: passedOn(request.headers),
      body: sent.length > 0 ? sent : null,
    })
    const body = Buffer.from(await answer.body.arrayBuffer())
    if (kind === 'late') return
    if (kind === 'half' && body.length === 0) return void response.destroy()
    response.writeHead(answer.statusCode, { ...passedOn(answer.headers), 'content-length': body.length })
    if (kind === null) response.end(body)
    else response.write(body.subarray(0, body.length / 2), () => response.destroy())
  }
}
