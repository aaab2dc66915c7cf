import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { PassThrough, Transform, type Readable } from 'node:stream'
import { request } from 'undici'

/** The repository that a relay leads to. */
export type RelayTarget = {
  /** The address of the repository, as for `git clone`. */
  url: string
  /** The header with the credentials for it. Git never sees them. */
  authorization: string
  /** The most bytes that one relay may fetch from the repository. */
  mostBytes: number
  /** How long the server may be silent, in ms. */
  silenceMs: number
}

/** The first failure on a relay, for the error message. */
export type RelayFault =
  | { kind: 'status'; status: number; isPush: boolean; location: string }
  | { kind: 'unreachable'; cause: unknown }
  | { kind: 'too_large' }

/** Headers of git's requests that the server needs. */
const passedOn = ['content-type', 'content-encoding', 'content-length', 'accept', 'git-protocol'] as const

/** The one route of each kind of request that git makes for a fetch or a push. */
const isAllowed = (method: string | undefined, path: string): boolean =>
  method === 'GET'
    ? /^\/info\/refs\?service=git-(upload|receive)-pack$/.test(path)
    : method === 'POST' && /^\/git-(upload|receive)-pack$/.test(path)

function headersOf(asked: IncomingMessage, authorization: string): Record<string, string> {
  const given = passedOn.flatMap((name) => {
    const value = asked.headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return { ...Object.fromEntries(given), authorization }
}

/** Passes on git's requests for one repository, and adds the credentials. */
class Relay {
  readonly #target: RelayTarget
  readonly #prefix = `/${randomBytes(24).toString('hex')}`
  readonly server: Server
  #received = 0
  fault: RelayFault | null = null

  constructor(target: RelayTarget) {
    this.#target = target
    this.server = createServer((asked, response) => void this.#pass(asked, response))
    // A push of a large repository may take long.
    this.server.requestTimeout = 0
  }

  /** The address of the repository below the address of the relay. */
  at(origin: string): string {
    return `${origin}${this.#prefix}`
  }

  #fail(fault: RelayFault): void {
    this.fault ??= fault
  }

  async #pass(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = asked.url ?? ''
    const path = url.slice(this.#prefix.length)
    if (!url.startsWith(this.#prefix) || !isAllowed(asked.method, path)) {
      response.writeHead(404).end()
      return
    }
    // git has ended, or was ended. Then nobody waits for the answer, and the server need not work on.
    const left = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) left.abort()
    })
    try {
      const answer = await this.#ask(asked, path, left.signal).catch((error: unknown) => {
        if (left.signal.aborted) return null
        throw error
      })
      if (answer === null) return
      const { statusCode: status } = answer
      if (status !== 200) {
        const to = answer.headers.location
        const location = typeof to === 'string' ? to : ''
        this.#fail({ kind: 'status', status, isPush: path.endsWith('receive-pack'), location })
      }
      const type = answer.headers['content-type']
      response.writeHead(status, typeof type === 'string' ? { 'content-type': type } : {})
      await this.#passBack(answer.body, response)
    } catch (error) {
      this.#fail({ kind: 'unreachable', cause: error })
      // Where a connection ends without an answer, git's client asks again, several times, and waits each time.
      if (response.headersSent) response.destroy()
      else response.writeHead(504).end()
    } finally {
      // What was not asked for any more is read all the same: only then does git read its answer.
      asked.unpipe()
      asked.resume()
    }
  }

  /**
   * Asks the server what git asks. The body is passed on by a stream of its own: a request that fails destroys it, and would with git's
   * destroy the connection on which git is told.
   */
  #ask(asked: IncomingMessage, path: string, signal: AbortSignal): ReturnType<typeof request> {
    const isPost = asked.method === 'POST'
    const body = new PassThrough()
    // The request itself fails with it.
    body.on('error', () => undefined)
    return request(`${this.#target.url}${path}`, {
      method: isPost ? 'POST' : 'GET',
      headers: headersOf(asked, this.#target.authorization),
      body: isPost ? asked.pipe(body) : null,
      headersTimeout: this.#target.silenceMs,
      bodyTimeout: this.#target.silenceMs,
      signal,
    })
  }

  /**
   * Passes an answer on. Rejects if the server broke it off. If git has disconnected, that is not a failure of the
   * server.
   */
  async #passBack(body: Readable, response: ServerResponse): Promise<void> {
    let first: 'server' | 'git' | null = null
    body.once('error', () => (first ??= 'server'))
    response.once('close', () => (first ??= response.writableFinished ? null : 'git'))
    try {
      await pipeline(body, this.#counting(), response)
    } catch (error) {
      if (first !== 'git') throw error
    }
  }

  #counting(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#received += chunk.length
        if (this.#received <= this.#target.mostBytes) return done(null, chunk)
        this.#fail({ kind: 'too_large' })
        done(new Error('the repository is larger than it may be'))
      },
    })
  }
}

/**
 * Opens a relay to one repository of a server, at a unix socket, or at a free port of the loopback. It passes on only
 * the requests that a fetch or a push of this repository needs, so git itself needs neither the network nor the token.
 * `at` returns the address of the repository below the address of the relay.
 */
export async function openGitRelay(
  target: RelayTarget,
  socket: string | null,
): Promise<{
  at: (origin: string) => string
  port: number | null
  fault: () => RelayFault | null
  close: () => Promise<void>
}> {
  const relay = new Relay(target)
  await new Promise<void>((resolve, reject) => {
    relay.server.once('error', reject)
    if (socket === null) relay.server.listen(0, '127.0.0.1', resolve)
    else relay.server.listen(socket, resolve)
  })
  const address = relay.server.address()
  return {
    at: (origin) => relay.at(origin),
    port: address !== null && typeof address === 'object' ? address.port : null,
    fault: () => relay.fault,
    close: () =>
      new Promise((resolve) => {
        relay.server.close(() => resolve())
        relay.server.closeAllConnections()
      }),
  }
}
