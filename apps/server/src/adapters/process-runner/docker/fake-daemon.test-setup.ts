import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import { openDocker, type Docker } from '../../docker/docker-client.ts'
import { until } from '../runner-bench.test-suite.ts'

type Call = { method: string; path: string; query: URLSearchParams; body: string }

/** A container of the fake. A test changes its state. */
export type FakeContainer = {
  Id: string
  Name: string
  Config: { Labels: Record<string, string> }
  State: {
    Running: boolean
    Restarting: boolean
    Pid: number
    StartedAt: string
    ExitCode: number
    OOMKilled: boolean
    Error: string
  }
  RestartCount: number
  /** How many processes it has: Docker's init, and from its begin on the program. */
  processes: number
}

const endAnswer = (response: ServerResponse, status: number, body?: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

/** A line of the stream of events. `at` is in milliseconds since the epoch. */
export function eventLine(
  { Id, Config }: FakeContainer,
  Action: string,
  attributes: Record<string, string>,
  at: number,
): string {
  const Actor = { ID: Id, Attributes: { ...Config.Labels, ...attributes } }
  return JSON.stringify({ Action, Actor, timeNano: at * 1e6 })
}

/**
 * A daemon of which a test decides the order of answers and events. It knows what the driver asks, and runs nothing. `hold`
 * is asked before each answer, which waits for it.
 */
export class FakeDaemon {
  readonly containers = new Map<string, FakeContainer>()
  /** The volumes that no container has. */
  readonly volumes: { Name: string; Labels: Record<string, string> }[] = []
  readonly calls: string[] = []
  readonly logs: ServerResponse[] = []
  /** Lines of events that it has not sent, and tells if it is asked for what was. */
  readonly remembers: string[] = []
  hold: (call: string) => Promise<void> | void = () => undefined
  /** Calls that end like this are refused, with the status 500. */
  refuses: string | null = null
  #events: ServerResponse | null = null
  /** Containers that were stopped: their logs have an end. */
  readonly #stopped = new Set<string>()
  readonly #server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker')
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => {
      const call = { method: request.method ?? '', path: pathname, query: searchParams, body }
      void this.#answer(call, response)
    })
  })

  async start(socketPath: string): Promise<Docker> {
    await once(this.#server.listen(socketPath), 'listening')
    return openDocker({ socketPath })
  }
  /** Ends every connection, as a daemon that is killed. It can be started again. */
  async end(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }
  /** Ends the stream of events, as a daemon that restarts. The driver opens another one. */
  restartEvents(): void {
    this.#events?.end()
  }
  /** Waits until the driver has asked for something this often. */
  called(start: string, times = 1): Promise<boolean> {
    const hasCalled = () => this.calls.filter((call) => call.startsWith(start)).length >= times
    return until(async () => hasCalled(), `${start} was asked for`)
  }
  /** Writes a line into the stream of events. */
  async say(line: string): Promise<void> {
    const stream = await until(async () => this.#events, 'events are heard')
    stream.write(`${line}\n`)
  }
  /** Tells of something that happened to a container, `at` milliseconds since the epoch; if absent, now. */
  tell(
    container: FakeContainer,
    Action: string,
    attributes: Record<string, string> = {},
    at = Date.now(),
  ): Promise<void> {
    return this.say(eventLine(container, Action, attributes, at))
  }
  /** Adds a container that runs. */
  add(name: string, labels: Record<string, string>): FakeContainer {
    const Id = randomBytes(32).toString('hex')
    const container = {
      Id,
      Name: `/${name}`,
      Config: { Labels: labels },
      State: {
        Running: true,
        Restarting: false,
        Pid: 0,
        StartedAt: new Date().toISOString(),
        ExitCode: 0,
        OOMKilled: false,
        Error: '',
      },
      RestartCount: 0,
      processes: 2,
    }
    this.containers.set(Id, container)
    return container
  }

  async #answer(call: Call, response: ServerResponse): Promise<void> {
    const name = `${call.method} ${call.path}`
    this.calls.push(name)
    await this.hold(name)
    if (this.refuses !== null && name.endsWith(this.refuses))
      endAnswer(response, 500, { message: 'the disk cannot be read' })
    else if (name === 'GET /events' && call.query.has('until')) {
      response.writeHead(200)
      response.end(this.remembers.map((line) => `${line}\n`).join(''))
    } else if (name === 'GET /events') {
      this.#events = response
      response.writeHead(200)
      response.flushHeaders()
    } else if (call.path.endsWith('/logs')) {
      response.writeHead(200)
      response.flushHeaders()
      if (this.#stopped.has(call.path.split('/')[2] ?? '')) response.end()
      else this.logs.push(response)
    } else if (call.path.startsWith('/containers/')) this.#answerOf(call, response)
    else if (name === 'GET /volumes') endAnswer(response, 200, this.#listVolumes(call))
    else if (call.path.startsWith('/images/')) endAnswer(response, 200, { Config: {} })
    else endAnswer(response, 200, name === 'GET /networks' ? [] : {})
  }
  #answerOf({ method, path, query, body }: Call, response: ServerResponse): void {
    const [, , key = '', action] = path.split('/')
    if (key === 'json') return endAnswer(response, 200, this.#list())
    if (key === 'create') {
      const { Labels } = JSON.parse(body)
      return endAnswer(response, 201, { Id: this.add(query.get('name') ?? '', Labels).Id })
    }
    const container = [...this.containers.values()].find(({ Id, Name }) => Id === key || Name === `/${key}`)
    if (!container) return endAnswer(response, 404, { message: `No such container: ${key}` })
    if (action === 'stop') {
      this.#stopped.add(container.Id)
      for (const log of this.logs.splice(0)) log.end()
    }
    if (method === 'DELETE') this.containers.delete(container.Id)
    if (action === 'json') return endAnswer(response, 200, container)
    if (action === 'top') {
      const Processes = Array.from({ length: container.processes }, (_, index) => [String(index + 1)])
      // Docker writes no list if there is none.
      return endAnswer(response, 200, {
        Titles: ['PID'],
        Processes: container.processes === 0 ? null : Processes,
      })
    }
    endAnswer(response, 204)
  }
  #listVolumes({ query }: Call) {
    const { label = [], dangling } = JSON.parse(query.get('filters') ?? '{}')
    if (String(dangling) !== 'true') throw new Error('volumes that are in use were asked for')
    const hasAll = ({ Labels }: { Labels: Record<string, string> }) =>
      label.every((one: string) => Object.entries(Labels).some((entry) => entry.join('=') === one))
    return { Volumes: this.volumes.filter(hasAll), Warnings: [] }
  }
  #list() {
    return [...this.containers.values()].map(({ Id, Name, Config, State }) => ({
      Id,
      Names: [Name],
      Labels: Config.Labels,
      State: State.Running ? 'running' : 'exited',
    }))
  }
}
