import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  algorithmEndpoints,
  errorBody,
  run,
  service,
  serviceEndpoints,
  signedIn,
  task,
  type Addition,
  type Run,
  type Service,
  type ServiceChange,
  type Task,
} from '@vitrine/contract'
import { Agent } from 'undici'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { multipart } from './multipart.ts'

/** Files of a package by their relative names. */
export type PackageFiles = Record<string, string | Uint8Array<ArrayBuffer>>

type Body = { json?: unknown; form?: Awaited<ReturnType<typeof multipart>> }
type RequestOptions = Body & { headers?: Record<string, string>; signal?: AbortSignal }

/** An error answer, with the code for programs. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    override readonly message: string,
    readonly details: Record<string, unknown>,
  ) {
    super(message)
  }
}

const uploaded = algorithmEndpoints['POST /algorithms'].response
const changed = serviceEndpoints['PATCH /services/{id}'].response
const inspected = algorithmEndpoints['POST /algorithms/inspect'].response
const accepted = z.object({ task_id: z.string(), service_id: z.string() })
/** Much more than any deploy in these tests needs on a busy machine. */
const taskTimeoutMs = 120_000

/** Reads all files of a folder, in the form for `upload`. */
export async function packageOf(folder: string): Promise<PackageFiles> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length + 1), new Uint8Array(await readFile(path))] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

/** Reads server-sent events until the stream ends, or until `until` returns true for an event. */
export async function readEvents(
  response: Response,
  until: (event: EventSourceMessage) => boolean = () => false,
): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = []
  let ended = false
  const parser = createParser({
    onEvent: (event) => {
      if (ended) return
      events.push(event)
      ended = until(event)
    },
  })
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  while (reader && !ended) {
    const { done, value } = await reader.read()
    if (done) return events
    parser.feed(decoder.decode(value, { stream: true }))
  }
  await reader?.cancel()
  return events
}

const added = (additions: Addition[]) =>
  additions.length > 0 ? { additions: JSON.stringify(additions) } : undefined

/**
 * A gateway closes idle connections when it gets new routes, maybe just when a request is sent there. Only a GET may be
 * sent again, so all others have a connection of their own.
 */
const ownConnections = new Agent({ pipelining: 0 })

/** How a closed connection shows: it ended, or it was reset because the request came just then. */
const closed = z.object({ code: z.enum(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']) })
const wasClosed = (error: unknown) => error instanceof Error && closed.safeParse(error.cause).success

/** A client of the platform's API, with or without a sign-in. */
export class ApiClient {
  readonly origin: string
  readonly token: string | null
  readonly #language: string | null

  constructor(origin: string, token: string | null = null, language: string | null = null) {
    this.origin = origin
    this.token = token
    this.#language = language
  }

  /** The same client with another credential. */
  with = (token: string | null): ApiClient => new ApiClient(this.origin, token, this.#language)
  /** The same client that asks for sentences in this language. */
  inLanguage = (language: string): ApiClient => new ApiClient(this.origin, this.token, language)

  /**
   * Returns the whole answer. `path` is relative to `/api/v1`, unless it begins with `//`, which stands for
   * the origin.
   */
  request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const url = path.startsWith('//') ? this.origin + path.slice(1) : `${this.origin}/api/v1${path}`
    const ask = () =>
      fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          ...(this.token !== null && { authorization: `Bearer ${this.token}` }),
          ...(this.#language !== null && { 'accept-language': this.#language }),
          ...(options.json !== undefined && { 'content-type': 'application/json' }),
          ...options.form?.headers,
          ...options.headers,
        },
        body: options.form ? new Uint8Array(options.form.payload) : JSON.stringify(options.json),
        signal: options.signal,
        ...(method !== 'GET' && { dispatcher: ownConnections }),
      })
    // A server may close an idle connection just when it is used again. A GET is then sent once more, as
    // browsers do (RFC 9110, 9.2.2).
    return ask().catch((error: unknown) => {
      if (method === 'GET' && wasClosed(error)) return ask()
      throw error
    })
  }

  /**
   * Parses the answer's body with its schema. Throws {@link RefusedError} for an error in the platform's
   * form.
   */
  async call<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    options: RequestOptions = {},
  ): Promise<T> {
    const response = await this.request(method, path, options)
    const text = await response.text()
    if (response.ok) return schema.parse(JSON.parse(text))
    const refused = errorBody.safeParse(JSON.parse(text))
    if (!refused.success) throw new Error(`${method} ${path} answers ${response.status}: ${text}`)
    const { code, message, details } = refused.data.error
    throw new RefusedError(response.status, code, message, details)
  }

  get = <T>(path: string, schema: z.ZodType<T>): Promise<T> => this.call('GET', path, schema)
  post = <T>(path: string, schema: z.ZodType<T>, json: unknown = {}): Promise<T> =>
    this.call('POST', path, schema, { json })

  async signIn(username: string, password: string): Promise<ApiClient> {
    const answer = await this.post('/auth/login', signedIn, { username, password })
    return this.with(answer.access_token)
  }

  /** Uploads a package as the next version, with lines that are added to its files. */
  upload = async (
    files: PackageFiles,
    { additions = [], ...fields }: { algorithm_id?: string; name?: string; additions?: Addition[] } = {},
  ) =>
    this.call('POST', '/algorithms', uploaded, {
      form: await multipart({ files, fields: { ...fields, ...added(additions) } }),
    })

  inspect = async (files: PackageFiles, additions: Addition[] = []) =>
    this.call('POST', '/algorithms/inspect', inspected, {
      form: await multipart({ files, fields: added(additions) }),
    })

  service = (id: string): Promise<Service> => this.get(`/services/${id}`, service)
  task = (id: string): Promise<Task> => this.get(`/tasks/${id}`, task)

  /**
   * Waits until a task has ended, so many milliseconds. The events of a task end with it; to ask every moment takes the
   * control plane as long as a deploy.
   */
  async taskEnd(id: string, timeoutMs = taskTimeoutMs): Promise<Task> {
    const signal = AbortSignal.timeout(timeoutMs)
    const ended = await waitFor(
      async () => {
        const current = await this.task(id)
        if (current.state !== 'queued' && current.state !== 'running') return current
        // The stream also ends when its gateway or the control plane does.
        await this.request('GET', `/tasks/${id}/events`, { signal })
          .then((events) => events.text())
          .catch(() => undefined)
        return null
      },
      { timeoutMs, everyMs: 10, slowingToMs: 300 },
    )
    if (!ended) throw new Error(`task ${id} does not end: ${JSON.stringify(await this.task(id))}`)
    return ended
  }

  /** Waits until a run has ended. */
  async runEnd(id: string): Promise<Run> {
    const ended = await waitFor(
      async () => {
        const current = await this.get(`/runs/${id}`, run)
        return current.status === 'queued' || current.status === 'running' ? null : current
      },
      { timeoutMs: 60_000, everyMs: 50, slowingToMs: 200 },
    )
    if (!ended) throw new Error(`run ${id} does not end`)
    return ended
  }

  /** Requests a deploy and returns the task's id. */
  beginDeploy = async (algorithmId: string, options: Record<string, unknown> = {}): Promise<string> =>
    (await this.post('/services/deploy', accepted, { algorithm_id: algorithmId, ...options })).task_id

  /** Deploys and waits for the end of the task, even if it failed. */
  deploy = async (algorithmId: string, options: Record<string, unknown> = {}): Promise<Task> =>
    this.taskEnd(await this.beginDeploy(algorithmId, options))

  /** Uploads a package and deploys it. Throws if that fails. */
  async publish(id: string, files: PackageFiles, config: Record<string, unknown> = {}): Promise<Service> {
    await this.upload(files, { algorithm_id: id })
    const ended = await this.deploy(id, { service_config: config })
    if (ended.state !== 'succeeded') throw new Error(`deploy of ${id}: ${JSON.stringify(ended, null, 1)}`)
    return this.service(id)
  }

  /** Starts, stops or restarts a service and waits for the end of the task. */
  async operate(action: 'start' | 'stop' | 'restart', id: string): Promise<Task> {
    const { task_id } = await this.post(`/services/${action}/${id}`, z.object({ task_id: z.string() }))
    return this.taskEnd(task_id)
  }

  /** Changes a service and waits for the resulting task; null if none was started. */
  async change(id: string, json: ServiceChange): Promise<Task | null> {
    const { task_id } = await this.call('PATCH', `/services/${id}`, changed, { json })
    return task_id === null ? null : this.taskEnd(task_id)
  }

  async deleteService(id: string): Promise<Task> {
    const { task_id } = await this.call('DELETE', `/services/${id}`, z.object({ task_id: z.string() }))
    return this.taskEnd(task_id)
  }

  /** Sends `POST /predict` to the service's path on the gateway. */
  predict = (id: string, inputData: unknown[], headers: Record<string, string> = {}): Promise<Response> =>
    this.request('POST', `//ai/${id}/predict`, { json: { input_data: inputData }, headers })
}
