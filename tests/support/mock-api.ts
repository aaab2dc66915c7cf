import {
  rolePermissions,
  type HostNodes,
  type Release,
  type Service,
  type ServiceGroup,
  type Task,
} from '@vitrine/contract'
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { z } from 'zod'
import { builtProject, projectFolder } from './built-project.ts'
import { mockNodes } from './mock-nodes.ts'
import {
  mockAccess,
  mockGroups,
  mockHistory,
  mockHost,
  mockPorts,
  mockService,
  mockSparks,
} from './mock-services.ts'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}
const created_at = '2026-01-01T08:00:00Z'
const admin = {
  id: '00000000-0000-4000-8000-000000000099',
  username: 'admin',
  role: 'admin',
  custom_role: null,
  disabled: false,
  created_at,
  last_login_at: created_at,
}

const wantedPort = z.object({ port: z.number().optional() })

/** Whether the comma-separated `ids` of a query include this id. Without `ids`, all are included. */
const isAskedFor = (id: string, ids: string | null): boolean => ids === null || ids.split(',').includes(id)

const web = join(projectFolder, 'dist', 'web')

/**
 * Stands in for a control plane with hundreds of services, for tests of the pages alone. It serves a built
 * web application, answers the requests of its pages, and sends events when the test says so. It runs and
 * changes nothing.
 */
export class MockApi {
  readonly services: Service[]
  readonly groups: ServiceGroup[] = mockGroups()
  /** How many times each `METHOD path` was requested. The query is included if it contains ids. */
  readonly asked = new Map<string, number>()
  /** The requests with a body that the page sent, newest last. */
  readonly sent: { method: string; path: string; body: string }[] = []
  task: Task | null = null
  nodes: HostNodes = mockNodes()
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()

  private constructor(count: number) {
    this.services = Array.from({ length: count }, (_, place) => mockService(place))
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        void this.#answer(request.method ?? 'GET', url, body, response)
      })
    })
  }

  /** Builds the changed web application, and serves it with `count` services. */
  static async open(count: number): Promise<MockApi> {
    await builtProject()
    const standIn = new MockApi(count)
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve))
    return standIn
  }

  get origin(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the stand-in is not served')
    return `http://127.0.0.1:${address.port}`
  }

  /** Changes services and sends the events, as the control plane does. */
  change(ids: readonly string[], change: Partial<Service>): void {
    for (const id of ids) {
      const place = this.services.findIndex((service) => service.id === id)
      const service = this.services[place]
      if (service !== undefined) this.services[place] = { ...service, ...change }
      this.#send('service', { service_id: id, change: 'changed' })
    }
  }

  /** Sends the state of a task. */
  showTask(task: Task): void {
    this.task = task
    this.#send('task', task)
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.end()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #send(event: string, data: unknown): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  async #answer(method: string, url: URL, body: string, response: ServerResponse): Promise<void> {
    const path = url.pathname
    const key = `${method} ${path}`
    const asked = url.searchParams.has('ids') ? `${key}${url.search}` : key
    this.asked.set(asked, (this.asked.get(asked) ?? 0) + 1)
    if (!path.startsWith('/api/v1/')) return this.#sendFile(path, response)
    if (method !== 'GET') this.sent.push({ method, path, body })
    if (path.endsWith('/events')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n')
      this.#streams.add(response)
      response.on('close', () => this.#streams.delete(response))
      return
    }
    const route = key.replace('/api/v1', '')
    const answer = this.#changed(route, body) ?? this.#answerOf(route, url.searchParams)
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(answer ?? { error: { code: 'not_found', message: key, details: {}, request_id: '' } }),
      )
  }

  /** Changes the front port of a service, if the request is for that. Other options stay as they are. */
  #changed(key: string, body: string): unknown {
    const [, id] = /^PATCH \/services\/([\w-]+)$/.exec(key) ?? []
    const place = this.services.findIndex((each) => each.id === id)
    const service = this.services[place]
    if (service === undefined) return undefined
    const { port } = wantedPort.parse(JSON.parse(body))
    const changed = port === undefined ? service : { ...service, front_port: port, front_port_taken: null }
    this.services[place] = changed
    return { ...changed, task_id: null }
  }

  #answerOf(key: string, query: URLSearchParams): unknown {
    const list = (items: unknown[]) => ({ items, total: items.length })
    const [, id, part] = /^GET \/services\/([\w-]+)(?:\/(\w+))?$/.exec(key) ?? []
    const service = this.services.find((each) => each.id === id)
    if (service !== undefined && part === undefined) return service
    if (service !== undefined && part === 'access') return mockAccess(service)
    if (part === 'history') return list(mockHistory(id ?? ''))
    if (part === 'releases') return list(releases)
    if (part === 'metrics') return { step_s: 60, points: [] }
    // Of a stage, the pages of services read only this.
    if (/^GET \/showcase\/./.test(key)) return { own_server: false }
    if (/^GET \/tasks\/./.test(key)) return this.task ?? undefined
    const answers: Record<string, () => unknown> = {
      'POST /auth/refresh': () => ({ access_token: 't', token_type: 'bearer', expires_in: 900, user: admin }),
      'GET /auth/me': () => ({
        user: admin,
        permissions: [...rolePermissions.admin],
        granted_permissions: [],
      }),
      'GET /services': () => list(this.services.filter((each) => isAskedFor(each.id, query.get('ids')))),
      'GET /service-groups': () => list(this.groups),
      'PUT /service-groups/order': () => list(this.groups),
      'GET /service-metrics': () => mockSparks(this.services.length),
      'GET /ports': () => list(mockPorts(this.services)),
      'GET /host': mockHost,
      'GET /nodes': () => this.nodes,
      'POST /services/batch': () => ({ task_id: this.task?.id }),
      'GET /tasks': () => list(this.task === null ? [] : [this.task]),
      'GET /showcase': () => list([]),
      // Nothing is stored with the account.
      'GET /config': () => list([]),
    }
    return answers[key]?.()
  }

  async #sendFile(path: string, response: ServerResponse): Promise<void> {
    const name = extname(path) === '' ? 'index.html' : path.slice(1)
    const bytes = await readFile(join(web, name)).catch(() => null)
    if (bytes === null) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' })
        .end(bytes)
  }
}

const releases: Release[] = Array.from({ length: 6 }, (_, place) => ({
  number: 6 - place,
  commit: `${place}c4e`.repeat(10),
  version: `1.${6 - place}.0`,
  created_at,
  status: place === 0 ? 'active' : place === 2 ? 'failed' : 'retired',
  failure: place === 2 ? '黄金示例“夜间”的结果不符：置信度 0.41，期望 0.93' : null,
  created_by: place % 2 ? 'li' : 'admin',
}))
