import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import {
  atPort,
  scriptsOfNginx,
  startFastApi,
  startFastifyProxy,
  startNginx,
  startOurNginx,
  startOurs,
  type Running,
  type Script,
} from './gateway.contenders.ts'
import { measureMemory } from './gateway.memory.ts'
import { keepAliveConfig, plainConfig, upstreamConfig } from './gateway.nginx.ts'

/** One comparison: `ratio` is ours / theirs; `spread` is where the middle half of many ratios lies. */
export type Measurement = {
  name: string
  ratio: number
  ours: number
  theirs: number
  unit: string
  spread?: readonly [number, number]
}

const rounds = 3
const connections = 64
const secondsEach = 4
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Requests a second through a gateway: wrk, one thread, 64 connections. */
export async function requestsPerSecond(
  running: Running,
  seconds: number,
  request: readonly string[] = [],
): Promise<number> {
  const url = `http://127.0.0.1:${running.port}/ai/bench/predict`
  const header = running.token === null ? [] : ['-H', `Authorization: Bearer ${running.token}`]
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, ...header, ...request, url]
  const result = await runCommand({ file: 'wrk', args, cwd: tmpdir(), env: environment })
  const text = result.stdout.join('\n')
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk met errors:\n${text}`)
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]
  if (rate === undefined) throw new Error(`wrk said:\n${text}\n${result.stderr.join('\n')}`)
  return Number(rate)
}

async function isMissing(file: string, args: string[]): Promise<boolean> {
  return (await runCommand({ file, args, cwd: tmpdir(), env: environment })).startError !== null
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function measureRates(folder: string): Promise<Measurement[]> {
  const running: Running[] = []
  const keep = async (starting: Promise<Running>) => {
    const started = await starting
    running.push(started)
    return started
  }
  try {
    const { port } = await keep(startNginx(join(folder, 'upstream'), upstreamConfig))
    const contenders = {
      ours: await keep(startOurs(join(folder, 'ours'), [atPort(port)])),
      '@fastify/http-proxy': await keep(startFastifyProxy(join(folder, 'fastify'), port)),
      'nginx, one connection per request': await keep(
        startNginx(join(folder, 'plain'), (at, own) => plainConfig(at, own, port)),
      ),
      'nginx, keepalive': await keep(
        startNginx(join(folder, 'keepalive'), (at, own) => keepAliveConfig(at, own, port)),
      ),
    }
    const rates = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
    for (const contender of Object.values(contenders)) await requestsPerSecond(contender, 2)
    for (let round = 0; round < rounds; round++) {
      for (const [name, contender] of Object.entries(contenders)) {
        rates.get(name)?.push(await requestsPerSecond(contender, secondsEach))
      }
    }
    const ours = median(rates.get('ours') ?? [])
    return [...rates.keys()]
      .filter((name) => name !== 'ours')
      .map((name) => {
        const theirs = median(rates.get(name) ?? [])
        return { name: `gateway vs ${name}`, ratio: ours / theirs, ours, theirs, unit: 'requests/s' }
      })
  } finally {
    for (const one of running.toReversed()) await one.stop()
  }
}

/** What nginx is measured before. `request` is how wrk asks it, `rounds` how often each is asked, for how many `seconds`. */
type Upstream = {
  running: Running
  what: string
  request: readonly string[]
  rounds: number
  seconds: number
}

/** Rates of the nginx gateway beside a bare `proxy_pass` with the same keep-alive and as many workers, in one run. */
async function measureNginx(folder: string, upstream: Upstream, script: Script): Promise<Measurement> {
  const { port } = upstream.running
  const at = (name: string) => join(folder, `${name}-${script}-${port}`)
  const ours = await startOurNginx(at('ours'), [atPort(port)], script)
  const proxy = await startNginx(at('bare'), (own, listening) =>
    keepAliveConfig(own, listening, port, 'auto'),
  )
  // Both are asked the same, the key included.
  const bare = { ...proxy, token: ours.token }
  const rateOf = (one: Running, seconds: number) => requestsPerSecond(one, seconds, upstream.request)
  try {
    const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
    for (const one of [ours, bare]) await rateOf(one, 2)
    const measure = {
      theirs: async () => rates.theirs.push(await rateOf(bare, upstream.seconds)),
      ours: async () => rates.ours.push(await rateOf(ours, upstream.seconds)),
    }
    for (let round = 0; round < upstream.rounds; round++) {
      // Each is the first of a pair as often as the other: the machine may become quicker or slower meanwhile.
      const pair = [measure.theirs, measure.ours]
      for (const one of round % 2 === 0 ? pair : pair.toReversed()) await one()
    }
    const [mine, theirs] = [median(rates.ours), median(rates.theirs)]
    const name = `nginx gateway (${script}) vs bare proxy_pass, ${upstream.what}`
    return { name, ratio: mine / theirs, ours: mine, theirs, unit: 'requests/s' }
  } finally {
    await ours.stop()
    await bare.stop()
  }
}

/** An upstream that answers at once, so that what is measured is the way there. */
async function atOnce(folder: string): Promise<Upstream> {
  const running = await startNginx(join(folder, 'at-once'), upstreamConfig)
  return { running, what: 'an upstream that responds at once', request: [], rounds: 10, seconds: 2 }
}

/** An algorithm in FastAPI. It takes most of the time, so a difference shows only in many rounds. */
async function inFastApi(folder: string): Promise<Upstream> {
  const running = await startFastApi(join(folder, 'fastapi'))
  const file = join(folder, 'post.lua')
  const body = JSON.stringify({ input_data: ['这是一个测试文本'] })
  const lines = [
    'wrk.method = "POST"',
    'wrk.headers["Content-Type"] = "application/json"',
    `wrk.body = [[${body}]]`,
  ]
  await writeFile(file, lines.join('\n'))
  return { running, what: 'an algorithm in FastAPI', request: ['-s', file], rounds: 24, seconds: 2 }
}

async function measureNginxRates(folder: string): Promise<Measurement[]> {
  const scripts = await scriptsOfNginx()
  if (scripts.length === 0) {
    process.stderr.write('the nginx gateway is not measured: it needs libnginx-mod-http-js\n')
    return []
  }
  const measured: Measurement[] = []
  await mkdir(folder, { recursive: true })
  for (const start of [atOnce, inFastApi]) {
    const upstream = await start(folder)
    try {
      for (const script of scripts) measured.push(await measureNginx(folder, upstream, script))
    } finally {
      await upstream.running.stop()
    }
  }
  return measured
}

/**
 * Measures the embedded gateway beside @fastify/http-proxy and nginx (60-byte answers, one process each, the same run;
 * ours with sign-in and access log), the nginx gateway beside bare nginx before two upstreams, and the embedded one's memory
 * while 1 GB passes each way. Without wrk or nginx the rates are left out, with a message.
 */
export async function benchGateway(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
  try {
    const isWithout = (await isMissing('wrk', ['-v'])) || (await isMissing('nginx', ['-v']))
    if (isWithout) process.stderr.write('gateway rates are not measured: they need wrk and nginx\n')
    const rates = isWithout ? [] : await measureRates(folder)
    const ofNginx = isWithout ? [] : await measureNginxRates(join(folder, 'nginx'))
    return [...rates, ...ofNginx, ...(await measureMemory(join(folder, 'memory')))]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchGateway())
