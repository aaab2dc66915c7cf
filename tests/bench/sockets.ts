import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '@vitrine/contract'
import { localRunner } from '../../apps/server/src/adapters/process-runner/local/local-runner.ts'
import type {
  PortSource,
  ProcessRunner,
} from '../../apps/server/src/adapters/process-runner/process-runner.ts'
import { socketFolder } from '../../apps/server/src/adapters/process-runner/socket-folder.ts'
import { supervisorRunner } from '../../apps/server/src/adapters/process-runner/supervisor/supervisor-runner.ts'
import { findProgram } from '../../apps/server/src/lib/find-program.ts'
import { beside, median } from './figures.ts'
import {
  atPort,
  scriptsOfNginx,
  startNginx,
  startOurNginx,
  startOurs,
  type Running,
} from './gateway.contenders.ts'
import { requestsPerSecond, type Measurement } from './gateway.ts'
import { upstreamConfig } from './gateway.nginx.ts'
import { usualLogRotation } from '../../apps/server/src/adapters/log-files/log-rotation.test-source.ts'

const rateRounds = 8
const secondsEach = 2
const startRounds = 4
const processes = 100
const ways = ['socket', 'port'] as const
type Way = (typeof ways)[number]

/** Medians of both ways, measured by turns, each first as often as the other: what else the machine does falls on both. */
async function byTurns(rounds: number, measure: (way: Way) => Promise<number>): Promise<Record<Way, number>> {
  const all: Record<Way, number[]> = { socket: [], port: [] }
  for (let round = 0; round < rounds; round++)
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) all[way].push(await measure(way))
  return { socket: median(all.socket), port: median(all.port) }
}

type StartGateway = (folder: string, upstreams: readonly Endpoint[]) => Promise<Running>

/** The gateways of this machine. */
async function gateways(): Promise<Map<string, StartGateway>> {
  const found = new Map<string, StartGateway>([['embedded gateway', startOurs]])
  for (const script of await scriptsOfNginx())
    found.set(`nginx gateway (${script})`, (folder, upstreams) => startOurNginx(folder, upstreams, script))
  return found
}

/** Requests a second through each gateway to one server that answers at once, on its socket and on its port. */
async function measureRates(folder: string): Promise<Measurement[]> {
  const socket = join(folder, 'up.sock')
  const upstream = await startNginx(join(folder, 'up'), (at, port) => upstreamConfig(at, port, socket))
  const running = [upstream]
  const keep = async (starting: Promise<Running>) => {
    const started = await starting
    running.push(started)
    return started
  }
  try {
    // For nginx's workers, as the sockets of instances are.
    await chmod(socket, 0o666)
    const measured: Measurement[] = []
    for (const [name, start] of await gateways()) {
      const at = (way: Way) => join(folder, `${name.replaceAll(/\W/g, '')}-${way}`)
      const started = {
        socket: await keep(start(at('socket'), [{ socket }])),
        port: await keep(start(at('port'), [atPort(upstream.port)])),
      }
      for (const way of ways) await requestsPerSecond(started[way], secondsEach)
      const rates = await byTurns(rateRounds, (way) => requestsPerSecond(started[way], secondsEach))
      measured.push(
        beside(`${name}, instance on a socket vs on a port`, 'requests/s', rates.socket, rates.port),
      )
    }
    return measured
  } finally {
    for (const one of running.toReversed()) await one.stop()
  }
}

/** Ports that are never bound. */
function nominalPorts(): PortSource {
  let next = 41_000
  return {
    host: '127.0.0.1',
    portFor: async (_id, current) => current ?? next++,
    keep: async () => {},
    release: async () => {},
  }
}

type OpenRunner = (folder: string) => ProcessRunner

/** Milliseconds until a runner has started a hundred processes that do nothing. */
async function startAll(open: OpenRunner, way: Way): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vbs-'))
  await mkdir(join(folder, 'sockets'), { mode: 0o700 })
  const runner = open(folder)
  await runner.open()
  try {
    const ids = Array.from({ length: processes }, (_, index) => `bench-r1-${index + 1}`)
    await runner.add(
      ids.map((id) => ({
        id,
        file: '/bin/sleep',
        args: ['600'],
        cwd: folder,
        listens: way,
        user: null,
        limits: {},
        env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id },
        stdoutLog: join(folder, `${id}.out`),
        stderrLog: join(folder, `${id}.err`),
        startSeconds: 1,
        stopGraceMs: 2_000,
      })),
    )
    const begun = performance.now()
    await Promise.all(ids.map((id) => runner.start(id)))
    return performance.now() - begun
  } finally {
    await runner.shutdown()
    await rm(folder, { recursive: true })
  }
}

async function runners(): Promise<Map<string, OpenRunner>> {
  const around = (folder: string) => ({
    ports: nominalPorts(),
    sockets: socketFolder(join(folder, 'sockets')),
    logRotation: usualLogRotation,
    onError: (error: unknown) => {
      throw error
    },
  })
  const found = new Map<string, OpenRunner>([
    ['local runner', (folder) => localRunner({ folder: join(folder, 'processes'), ...around(folder) })],
  ])
  const program = await findProgram('supervisord', '/usr/bin:/bin')
  if (program !== null)
    found.set('supervisord', (folder) =>
      supervisorRunner({
        folder: join(folder, 'supervisor'),
        recordPath: join(folder, 'daemon.json'),
        program,
        ...around(folder),
      }),
    )
  return found
}

async function measureStarts(): Promise<Measurement[]> {
  const measured: Measurement[] = []
  for (const [name, open] of await runners()) {
    const took = await byTurns(startRounds, (way) => startAll(open, way))
    measured.push(
      beside(
        `${name}, start of ${processes}, each with a socket vs with a port`,
        'ms',
        took.socket,
        took.port,
      ),
    )
  }
  return measured
}

/** Measures instances on sockets beside instances on ports: requests through each gateway, and starts by each runner. */
export async function benchSockets(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
  await chmod(folder, 0o755)
  try {
    return [...(await measureRates(folder)), ...(await measureStarts())]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchSockets())
