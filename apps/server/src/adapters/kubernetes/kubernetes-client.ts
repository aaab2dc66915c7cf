import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import { KubeconfigError, type ClusterAccess } from './kubeconfig.ts'
import { kubernetesRefused, kubernetesUnavailable, refusedStatus } from './kubernetes.errors.ts'

const patienceMs = 15_000
/** After this idle time, in milliseconds, TCP keep-alive checks whether the other side still exists. */
const keepAliveMs = 10_000
const longestSaid = 1_000
/** The longest answer that is read, in bytes. No object of ours is nearly as large. */
const longestAnswer = 64 * 1024 ** 2

type Query = Readonly<Record<string, string | undefined>>
type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  query?: Query | undefined
  body?: unknown
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/**
 * The API of one cluster. Every call ends in time. Rejects with `process.kubernetes_refused` if the cluster refuses,
 * and with `process.kubernetes_unavailable` if it does not answer or cannot at the moment.
 */
export type KubernetesClient = {
  call(call: Call): Promise<unknown>
  /** Opens an endless answer. Only its beginning has a time limit; the signal ends it. */
  stream(call: Pick<Call, 'path' | 'query'> & { signal: AbortSignal }): Promise<IncomingMessage>
  close(): void
}

const statusObject = z.object({ message: z.string().optional(), reason: z.string().optional() })

/** The reason and the message of a refusal. A proxy in front of the cluster may answer with any text. */
function refusalOf(status: number, body: string) {
  let found: z.infer<typeof statusObject> = {}
  try {
    found = statusObject.parse(JSON.parse(body))
  } catch {
    found = { message: body.trim() }
  }
  const said = (found.message || `status ${status}`).slice(0, longestSaid)
  return { status, reason: found.reason ?? '', said }
}

/** Whether a status says that the cluster cannot answer at the moment. Pure. */
const isAway = (status: number): boolean => status === 429 || status >= 500

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    chunks.push(Buffer.from(chunk))
    size += Buffer.byteLength(chunk)
    if (size > longestAnswer) throw new Error('its answer is too long')
  }
  return Buffer.concat(chunks).toString('utf8')
}

function urlOf({ server }: ClusterAccess, path: string, query: Query = {}): URL {
  const url = new URL(server)
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

const agentOf = ({ server, ca, client, serverName, isUnchecked }: ClusterAccess) =>
  server.protocol === 'http:'
    ? new HttpAgent({ keepAlive: true, keepAliveMsecs: keepAliveMs })
    : new HttpsAgent({
        keepAlive: true,
        keepAliveMsecs: keepAliveMs,
        rejectUnauthorized: !isUnchecked,
        ...(ca && { ca }),
        ...client,
        ...(serverName !== null && { servername: serverName }),
      })

/** The access to a cluster, with its kept-alive connections. */
class Connection {
  readonly #access: ClusterAccess
  readonly #agent: HttpAgent | HttpsAgent

  constructor(access: ClusterAccess) {
    this.#access = access
    this.#agent = agentOf(access)
  }

  async #headers(text: string | null): Promise<Record<string, string>> {
    const { signIn } = this.#access
    const token =
      signIn.kind === 'token'
        ? signIn.token
        : signIn.kind === 'token_file'
          ? (await readFile(signIn.path, 'utf8')).trim()
          : null
    return {
      accept: 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
      // Node states no length of what a DELETE sends.
      ...(text !== null && {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      }),
    }
  }

  /** Sends a request and resolves with the beginning of its answer. */
  async send({ method, path, query, body }: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const url = urlOf(this.#access, path, query)
    const text = body === undefined ? null : JSON.stringify(body)
    const headers = await this.#headers(text)
    const open = url.protocol === 'http:' ? httpRequest : httpsRequest
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, signal }
      const request = open(url, options, (answer) => {
        answer.socket.setKeepAlive(true, keepAliveMs)
        resolve(answer)
      })
      request.on('error', reject)
      request.end(text ?? undefined)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function away(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof KubeconfigError) return kubernetesUnavailable({ why: error.why })
  return kubernetesUnavailable({ why: error instanceof Error ? error.message : String(error) })
}

class Client implements KubernetesClient {
  readonly #read: () => Promise<ClusterAccess>
  #connection: Promise<Connection> | null = null

  constructor(read: () => Promise<ClusterAccess>) {
    this.#read = read
  }

  async call(call: Call): Promise<unknown> {
    const late = AbortSignal.timeout(call.timeoutMs ?? patienceMs)
    const signal = call.signal ? AbortSignal.any([late, call.signal]) : late
    const answer = await this.#send(call, signal)
    try {
      return JSON.parse(await textOf(answer))
    } catch (error) {
      throw away(error)
    }
  }

  async stream({ path, query, signal }: Pick<Call, 'path' | 'query'> & { signal: AbortSignal }) {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), patienceMs)
    try {
      return await this.#send({ method: 'GET', path, query }, AbortSignal.any([signal, late.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(call, signal)
    } catch (error) {
      // The kubeconfig may have been renewed since it was read.
      if (refusedStatus(error) !== 401) throw error
      this.close()
    }
    return this.#sendOnce(call, signal)
  }

  async #sendOnce(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    let answer: IncomingMessage
    let said: string
    try {
      answer = await (await this.#connected()).send(call, signal)
      if ((answer.statusCode ?? 0) < 300) return answer
      said = await textOf(answer)
    } catch (error) {
      throw away(error)
    }
    const refusal = refusalOf(answer.statusCode ?? 0, said)
    throw isAway(refusal.status) ? kubernetesUnavailable({ why: refusal.said }) : kubernetesRefused(refusal)
  }

  /** Reads the address of the cluster at the first call. If that fails, the next call tries again. */
  #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection
    const connecting = this.#read().then((access) => new Connection(access))
    this.#connection = connecting
    connecting.catch(() => {
      if (this.#connection === connecting) this.#connection = null
    })
    return connecting
  }

  close(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.then(
      (one) => one.close(),
      () => undefined,
    )
  }
}

/** @param read reads the access to the cluster. It is called again if the cluster does not accept the credentials. */
export const kubernetesClient = (read: () => Promise<ClusterAccess>): KubernetesClient => new Client(read)
