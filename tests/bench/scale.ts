import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import pg from 'pg'
import { endpoints } from '@vitrine/contract'
import { embeddedConnection } from '../../apps/server/src/adapters/database/embedded-postgres.ts'
import { dataPaths } from '../../apps/server/src/lib/paths.ts'
import { apiSocketName } from '../../apps/server/src/lifecycle/api-socket.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { ApiClient, type PackageFiles } from '../support/api-client.ts'
import { spawnControlPlane } from '../support/control-plane-process.ts'
import { freePorts } from '../support/free-ports.ts'
import { plainGet } from '../support/plain-get.ts'
import { testPassword } from '../support/platform.ts'
import { endProcessesOf } from '../support/platform-processes.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'
import { useAtRest } from './process-use.ts'

/** How many services, and how many instances each. Arguments, so that one can look for what breaks first. */
const [services = 5_000, replicas = 4] =
  process.argv[1] === import.meta.filename ? process.argv.slice(2).map(Number) : []
const wanted = { roundS: 1, listMs: 50, switchMs: 200, megabytes: 800 }
const listings = 100
const switches = 7
const restSeconds = 60
const callersAtOnce = 8
const settlingMs = 15 * 60_000
const reloaded = endpoints['POST /gateway/reload'].response
const changedRoute = endpoints['PUT /gateway/routes/{id}'].response

const files: PackageFiles = {
  'server.py': '',
  'algorithm.yaml': 'id: small\nruntime: command\nentry: python3 server.py\nhealth:\n  path: /health\n',
}
const typescript = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
const program = (name: string) => [...typescript, join(import.meta.dirname, name)]

/** The server at which all invented instances answer, in a process of its own. */
async function startServer(): Promise<{ port: number; end: () => void }> {
  const child = spawn(process.execPath, program('scale.server.ts'), { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  return { port: Number(line), end: () => void child.kill() }
}

/** Statements that copy the rows of the deployed service so often, each copy with its own instances. */
const copies = (often: number): string[] => {
  const copied = (table: string, changed: string, from: string) =>
    `insert into ${table} select (jsonb_populate_record(one, jsonb_build_object(${changed}))).*
     from ${table} one, generate_series(1, ${often}) n${from}`
  const id = `'small-' || n`
  return [
    copied(
      'algorithm_services',
      `'id', ${id}, 'replicas', ${replicas}, 'account', null, 'front_port', null`,
      ` where one.id = 'small'`,
    ),
    copied(
      'releases',
      `'id', gen_random_uuid(), 'service_id', ${id}, 'instances_made', ${replicas}`,
      ` where one.service_id = 'small'`,
    ),
    copied(
      'instances',
      `'id', ${id} || '-r1-' || k, 'service_id', ${id}, 'replica', k`,
      `, generate_series(1, ${replicas}) k where one.service_id = 'small'`,
    ),
  ]
}

/** A platform whose instances are invented. */
class InventedPlatform {
  readonly origin: string
  readonly #folder: string
  readonly #environment: Record<string, string>
  readonly #servedAt: number
  #child: ChildProcess | null = null

  constructor(folder: string, firstPort: number, servedAt: number) {
    this.#folder = folder
    this.#servedAt = servedAt
    this.origin = `http://127.0.0.1:${firstPort}`
    this.#environment = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      VITRINE_DATA_DIR: folder,
      VITRINE_PORT: String(firstPort),
      VITRINE_FRONT_PORTS: `${firstPort + 1}-${firstPort + 9}`,
      VITRINE_INSTANCE_PORTS: `${firstPort + 10}-${firstPort + 19}`,
      VITRINE_ADMIN_PASSWORD: testPassword,
      VITRINE_DEMO: 'off',
      VITRINE_ROOT: 'keep',
      VITRINE_SANDBOX: 'off',
    }
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the control plane does not run')
    return this.#child.pid
  }

  async start(): Promise<void> {
    const logFile = join(this.#folder, 'bench.log')
    const child = spawnControlPlane({
      command: [],
      environment: this.#environment,
      logFile,
      program: [...program('scale.control-plane.ts'), String(this.#servedAt)],
    })
    this.#child = child
    const [, , , channel] = child.stdio
    if (!(channel instanceof Readable)) throw new Error('there is no channel to the control plane')
    const answer = await Promise.race([
      once(createInterface({ input: channel }), 'line'),
      once(child, 'exit').then(() => null),
    ])
    if (answer === null)
      throw new Error(`it did not start:\n${(await readFile(logFile, 'utf8')).slice(-4_000)}`)
  }

  async end(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = null
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  get controlSocket(): string {
    return join(dataPaths(this.#folder).control, apiSocketName)
  }

  admin = (): Promise<ApiClient> => new ApiClient(this.origin).signIn('admin', testPassword)

  /** Runs statements in its database, which needs no control plane. */
  async sql(statements: readonly string[]): Promise<void> {
    const { postgres, secrets } = dataPaths(this.#folder)
    const connection = await embeddedConnection({ folder: postgres, passwordFile: join(secrets, 'postgres') })
    const client = new pg.Client('url' in connection ? connection.url : connection)
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  async dispose(): Promise<void> {
    await this.end('SIGINT')
    await endProcessesOf(this.#folder)
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** One of the platform's own metrics; NaN if it has none of this name. */
async function metricOf(platform: InventedPlatform, name: string): Promise<number> {
  const { body } = await plainGet('http://localhost/metrics', {
    method: 'GET',
    headers: {},
    socketPath: platform.controlSocket,
  })
  const line = body
    .toString()
    .split('\n')
    .find((each) => each.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}

/** Deploys one service, copies its rows, and starts the control plane anew, which then has them all. Resolves with seconds: until it served, and until all were ready. */
async function fill(platform: InventedPlatform): Promise<{ servedS: number; readyS: number }> {
  await platform.start()
  const first = await platform.admin()
  await first.upload(files, { algorithm_id: 'small' })
  const deployed = await first.deploy('small')
  if (deployed.state !== 'succeeded') throw new Error(JSON.stringify(deployed.error))
  await platform.end('SIGTERM')
  await platform.sql(copies(services - 1))
  const begun = performance.now()
  const passed = () => (performance.now() - begun) / 1000
  await platform.start()
  const servedS = passed()
  const areReady = async () =>
    (await metricOf(platform, 'vitrine_services_by_health{health="READY"}')) === services
  if (!(await waitFor(areReady, { timeoutMs: settlingMs, everyMs: 5_000 })))
    throw new Error('not all services became ready')
  return { servedS, readyS: passed() }
}

/** The middle length of a round while nothing changes, in seconds, and what the control plane takes of a core meanwhile. */
async function atRest(
  platform: InventedPlatform,
): Promise<{ roundS: number; cores: number; megabytes: number }> {
  const rounds = async () => ({
    sum: await metricOf(platform, 'vitrine_reconcile_duration_seconds_sum'),
    count: await metricOf(platform, 'vitrine_reconcile_duration_seconds_count'),
  })
  const before = await rounds()
  const { cores, megabytes } = await useAtRest(platform.pid, restSeconds)
  const after = await rounds()
  return { roundS: (after.sum - before.sum) / (after.count - before.count), cores, megabytes }
}

/** The time under which 95 of 100 pages of 50 services come, of all over the list; milliseconds. */
async function listP95(admin: ApiClient): Promise<number> {
  const pages = Math.floor(services / 50)
  const times: number[] = []
  for (let round = 0; round < listings; round++) {
    const begun = performance.now()
    const page = 1 + ((round * 7) % pages)
    await (await admin.request('GET', `/services?page_size=50&page=${page}`)).arrayBuffer()
    times.push(performance.now() - begun)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(listings * 0.95)] ?? 0
}

/** The middle time of work, in milliseconds. */
async function middleMs(work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < switches; round++) {
    const begun = performance.now()
    await work(round)
    times.push(performance.now() - begun)
  }
  return median(times)
}

/**
 * The middle time until a change of one service is in force, and until the whole table is when it is given again, while others
 * call services; milliseconds. Throws if a call failed.
 */
async function switchUnderLoad(admin: ApiClient): Promise<{ ms: number; wholeMs: number; calls: number }> {
  let isOver = false
  let calls = 0
  const caller = async () => {
    while (!isOver) {
      const answer = await admin.request('GET', `//ai/small-${1 + (calls % (services - 1))}/health`)
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`a call was answered ${answer.status}`)
      calls += 1
    }
  }
  const callers = Promise.all(Array.from({ length: callersAtOnce }, caller))
  const settings = { auth: 'required', body_mb: 1, timeout_s: 30 }
  const limited = (round: number) => ({ ...settings, rate_limit: { requests: 10_000 + round, window_s: 1 } })
  const change = (round: number) =>
    admin.call('PUT', '/gateway/routes/small-1', changedRoute, { json: limited(round) })
  const work = async () => {
    // Its limits of size and time are the service's own from now on, which is a reload of nginx.
    await change(switches)
    const ms = await middleMs(change)
    return { ms, wholeMs: await middleMs(() => admin.post('/gateway/reload', reloaded)) }
  }
  const [times] = await Promise.all([work().finally(() => (isOver = true)), callers])
  return { ...times, calls }
}

/** A real control plane, database and gateway with thousands of services, whose processes are invented. */
export async function benchScale(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vb-scale-'))
  await chmod(folder, 0o711)
  const server = await startServer()
  const platform = new InventedPlatform(folder, await freePorts(20), server.port)
  try {
    const { servedS, readyS } = await fill(platform)
    const admin = await platform.admin()
    await listP95(admin)
    const listMs = await listP95(admin)
    const rest = await atRest(platform)
    const switched = await switchUnderLoad(admin)
    console.log(
      `served after ${servedS.toFixed(1)} s, all ready after ${readyS.toFixed(1)} s; at rest ${(rest.cores * 100).toFixed(1)} % of a core; the whole table given again ${switched.wholeMs.toFixed(0)} ms; ${switched.calls} calls during the switches, none failed`,
    )
    const of = `${services.toLocaleString('en')} services with ${(services * replicas).toLocaleString('en')} instances`
    return [
      beside(`a round of the reconciler, ${of}, vs what is wanted`, 's', rest.roundS, wanted.roundS),
      beside('list of 50 of them (p95) vs what is wanted', 'ms', listMs, wanted.listMs),
      beside(
        'switch of the table of the gateway after a change of one service vs what is wanted',
        'ms',
        switched.ms,
        wanted.switchMs,
      ),
      beside('memory of the control plane vs what is wanted', 'MB', rest.megabytes, wanted.megabytes),
    ]
  } finally {
    await platform.dispose()
    server.end()
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchScale())
