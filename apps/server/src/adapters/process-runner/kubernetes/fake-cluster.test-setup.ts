import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const meta = z.looseObject({
  name: z.string(),
  uid: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  deletionTimestamp: z.string().optional(),
  ownerReferences: z.array(z.looseObject({ name: z.string() })).optional(),
})
const anyObject = z.looseObject({ kind: z.string().optional(), metadata: meta })
type FakeObject = {
  kind: string
  metadata: z.infer<typeof meta> & { uid: string; resourceVersion: string }
  spec?: unknown
  status?: unknown
}
type Watcher = { kind: string; selector: string; response: ServerResponse }
type Refusal = { status: number; message: string; reason?: string }

const pathForm =
  /^\/api(?:s\/(?:apps|policy))?\/v1(?:beta1)?\/namespaces\/(?<namespace>[^/]+)\/(?<kind>[a-z]+)(?:\/(?<name>[^/]+))?(?<log>\/log)?$/
const replicasOf = z.looseObject({ spec: z.looseObject({ replicas: z.number() }) })
const deleteOptions = z.object({
  preconditions: z.object({ uid: z.string() }).optional(),
  gracePeriodSeconds: z.number().optional(),
})

/** What a container is doing, as the status of a pod says it. */
export type FakeContainer = {
  restartCount: number
  state: Record<string, unknown>
  lastState?: Record<string, unknown>
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')
export const running = () => ({ running: { startedAt: now() } })
export const terminated = (exitCode: number, reason = 'Error', message = '') => ({
  terminated: { exitCode, reason, message, startedAt: now(), finishedAt: now() },
})
export const waiting = (reason: string, message = '') => ({ waiting: { reason, message } })

/**
 * The API of a cluster, as far as the driver uses it: objects, lists, watches and logs over real HTTP. It makes the pods of ReplicaSets,
 * and a test decides what becomes of them.
 */
export class FakeCluster {
  readonly objects = new Map<string, FakeObject>()
  /** All requests, as `METHOD path`. */
  readonly requests: string[] = []
  /** Refuses requests: the first that fits. */
  refuses: ((method: string, kind: string) => Refusal | null) | null = null
  /** What a new pod becomes; it runs at once if this is null. */
  onPod: ((name: string) => void) | null = null
  /** The answer of the metrics API. Null if there is no such API. */
  metrics: unknown = null
  /** The version of its API of budgets. */
  budgetVersion = 'v1beta1'
  /** The lines of the log of a pod, each with its time. */
  readonly logs = new Map<string, string[]>()
  readonly #logStreams = new Set<{ pod: string; response: ServerResponse }>()
  readonly #watchers = new Set<Watcher>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  #version = 1
  #made = 0

  async start(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }
  get port(): number {
    const address: AddressInfo | string | null = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('it does not listen')
    return address.port
  }
  /** It does not answer any more. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
    this.#watchers.clear()
    this.#logStreams.clear()
  }

  /** All objects of a kind, such as `pods`. */
  all(kind: string): FakeObject[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, object]) => object)
  }
  pods(): FakeObject[] {
    return this.all('pods').filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  }

  /** Ends all watches with this, as a server does that has forgotten what happened before. */
  endWatches(error?: { code: number; message: string }): void {
    for (const { response } of this.#watchers) {
      if (error)
        response.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', ...error } })}\n`)
      response.end()
    }
    this.#watchers.clear()
  }

  /** Stores an object without a request, as somebody else would. */
  put(kind: string, object: Omit<FakeObject, 'metadata'> & { metadata: z.infer<typeof meta> }): FakeObject {
    const key = `${kind}/${object.metadata.name}`
    const isNew = !this.objects.has(key)
    const version = String((this.#version += 1))
    const uid = object.metadata.uid ?? `uid-${(this.#made += 1)}`
    const stored = {
      ...object,
      metadata: { creationTimestamp: now(), ...object.metadata, uid, resourceVersion: version },
    }
    this.objects.set(key, stored)
    this.#tell(kind, isNew ? 'ADDED' : 'MODIFIED', stored)
    if (kind === 'replicasets') this.#fill(stored)
    return stored
  }
  /** Removes an object for good. */
  drop(kind: string, name: string): void {
    const key = `${kind}/${name}`
    const object = this.objects.get(key)
    if (!object) return
    this.objects.delete(key)
    object.metadata.resourceVersion = String((this.#version += 1))
    this.#tell(kind, 'DELETED', object)
  }

  /** Changes the status of a pod. */
  setPod(name: string, container: FakeContainer | null, status: Record<string, unknown> = {}): void {
    const pod = this.objects.get(`pods/${name}`)
    if (!pod) throw new Error(`there is no pod ${name}`)
    const containerStatuses = container === null ? [] : [{ name: 'instance', ...container }]
    this.put('pods', {
      ...pod,
      status: { phase: 'Running', podIP: '10.9.8.7', containerStatuses, ...status },
    })
    if ('terminated' in (container?.state ?? {})) this.#endLogs(name)
  }
  /** Ends a pod, as a kubelet does it. */
  endPod(name: string, exitCode = 143): void {
    const pod = this.objects.get(`pods/${name}`)
    if (!pod) return
    const deletionTimestamp = pod.metadata.deletionTimestamp ?? now()
    this.put('pods', { ...pod, metadata: { ...pod.metadata, deletionTimestamp } })
    this.#refill(pod)
    this.setPod(name, { restartCount: 0, state: terminated(exitCode) })
    this.drop('pods', name)
  }
  /** Prints a line in a pod. */
  print(name: string, line: string): void {
    const lines = this.logs.get(name) ?? []
    this.logs.set(name, [...lines, line])
    for (const { pod, response } of this.#logStreams) if (pod === name) response.write(`${line}\n`)
  }
  #endLogs(name: string): void {
    for (const stream of this.#logStreams)
      if (stream.pod === name) {
        stream.response.end()
        this.#logStreams.delete(stream)
      }
  }

  #tell(kind: string, type: string, object: FakeObject): void {
    for (const watcher of this.#watchers)
      if (watcher.kind === kind && this.#fits(object, watcher.selector))
        watcher.response.write(`${JSON.stringify({ type, object })}\n`)
  }
  #fits({ metadata }: FakeObject, selector: string): boolean {
    return selector
      .split(',')
      .filter(Boolean)
      .every((part) => {
        const [name = '', value] = part.split('=')
        return metadata.labels?.[name] === value
      })
  }

  /** Makes the pods that are missing. */
  #fill(replicaSet: FakeObject): void {
    const { name, labels, annotations } = replicaSet.metadata
    const isOwn = ({ metadata }: FakeObject) => metadata.ownerReferences?.some((owner) => owner.name === name)
    const wanted = replicasOf.safeParse(replicaSet).data?.spec.replicas ?? 0
    const mine = this.pods().filter(isOwn)
    for (const pod of mine.slice(wanted)) this.endPod(pod.metadata.name)
    if (mine.length >= wanted) return
    const pod = `${name}-${(this.#made += 1)}`
    this.put('pods', {
      kind: 'Pod',
      metadata: { name: pod, labels, annotations, ownerReferences: [{ kind: 'ReplicaSet', name }] },
      spec: { nodeName: 'node-1' },
      status: { phase: 'Pending' },
    })
    if (this.onPod) this.onPod(pod)
    else this.setPod(pod, { restartCount: 0, state: running() })
  }
  #refill({ metadata }: FakeObject): void {
    const owner = this.objects.get(`replicasets/${metadata.ownerReferences?.[0]?.name ?? ''}`)
    if (owner) this.#fill(owner)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake')
    const { kind = '', name, log } = pathForm.exec(url.pathname)?.groups ?? {}
    const method = request.method ?? ''
    if (!url.searchParams.has('limit')) this.requests.push(`${method} ${url.pathname}`)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body: unknown = chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString())
    if (url.pathname.startsWith('/apis/metrics.k8s.io/'))
      return this.metrics === null
        ? this.#refuse(response, { status: 404, message: 'the server could not find the requested resource' })
        : this.#send(response, this.metrics)
    if (url.pathname === '/apis/policy')
      return this.#send(response, { kind: 'APIGroup', versions: [{ version: this.budgetVersion }] })
    if (kind === 'poddisruptionbudgets' && !url.pathname.startsWith(`/apis/policy/${this.budgetVersion}/`))
      return this.#refuse(response, {
        status: 404,
        message: 'the server could not find the requested resource',
      })
    const refusal = this.refuses?.(method, kind) ?? null
    if (refusal) return this.#refuse(response, refusal)
    if (log !== undefined) return this.#sendLog(name ?? '', url, response)
    if (url.searchParams.get('watch')) return this.#watch(kind, url, response)
    const found = name === undefined ? undefined : this.objects.get(`${kind}/${name}`)
    if (name !== undefined && !found)
      return this.#refuse(response, { status: 404, message: `${kind} "${name}" not found` })
    if (method === 'GET') return this.#send(response, found ?? this.#list(kind, url))
    if (method === 'DELETE' && found) return this.#delete(kind, found, body, response)
    const object = anyObject.parse(body)
    if (method === 'POST' && this.objects.has(`${kind}/${object.metadata.name}`))
      return this.#refuse(response, { status: 409, reason: 'AlreadyExists', message: 'it exists already' })
    if (method === 'PUT' && (object.metadata.uid ?? found?.metadata.uid) !== found?.metadata.uid)
      return this.#refuse(response, { status: 409, message: 'the UID in the precondition does not match' })
    const generation = Number(found?.metadata.generation ?? 0) + 1
    const metadata = { ...object.metadata, generation, ...(found && { uid: found.metadata.uid }) }
    this.#send(response, this.put(kind, { ...object, kind: object.kind ?? '', metadata }))
  }
  #list(kind: string, url: URL) {
    const selector = url.searchParams.get('labelSelector') ?? ''
    const items = this.all(kind).filter((object) => this.#fits(object, selector))
    return { kind: 'List', metadata: { resourceVersion: String(this.#version) }, items }
  }
  #delete(kind: string, found: FakeObject, body: unknown, response: ServerResponse): void {
    const { preconditions, gracePeriodSeconds } = deleteOptions.parse(body ?? {})
    if (preconditions && preconditions.uid !== found.metadata.uid)
      return this.#refuse(response, { status: 409, message: 'the UID does not match' })
    this.#send(response, { kind: 'Status', status: 'Success' })
    if (kind === 'pods') this.endPod(found.metadata.name, gracePeriodSeconds === 0 ? 137 : 143)
    else this.drop(kind, found.metadata.name)
  }
  #watch(kind: string, url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const selector = url.searchParams.get('labelSelector') ?? ''
    this.#watchers.add({ kind, selector, response })
    const since = Number(url.searchParams.get('resourceVersion'))
    // What has happened since the list.
    for (const object of this.all(kind))
      if (Number(object.metadata.resourceVersion) > since && this.#fits(object, selector))
        response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
  }
  #sendLog(pod: string, url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.flushHeaders()
    const since = url.searchParams.get('sinceTime') ?? ''
    for (const line of this.logs.get(pod) ?? [])
      if (line.slice(0, 19) >= since.slice(0, 19)) response.write(`${line}\n`)
    if (url.searchParams.get('follow')) this.#logStreams.add({ pod, response })
    else response.end()
  }
  #send(response: ServerResponse, body: unknown): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  #refuse(response: ServerResponse, { status, message, reason = '' }: Refusal): void {
    const body = { kind: 'Status', status: 'Failure', message, reason, code: status }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}
