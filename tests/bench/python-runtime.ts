import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manifest } from '@vitrine/contract'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { freePorts } from '../support/free-ports.ts'
import type { Measurement } from './gateway.ts'

const rounds = 5
const seconds = 3
const connections = 32
/** Additions of a call in the comparison of batching: about two milliseconds. */
const costOfCall = 150_000
const python = '/usr/bin/python3'
const environment = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' }
const runtimeFolder = join(import.meta.dirname, '..', '..', 'runtimes', 'python')

type Server = { port: number; stop(): Promise<void> }

const releaseOf = (maxSize: number) => ({
  manifest: manifest.parse({
    id: 'bench',
    name: 'bench',
    version: '1',
    description: '',
    task: 'other',
    runtime: 'python',
    form: 'single-file',
    entry: 'ai_algorithm.py:Algorithm',
    input: { type: 'string' },
    parameters: {},
    output: {},
    examples: [],
    health: {},
    resources: {},
    concurrency: 1,
    batch: { max_size: maxSize, max_wait_ms: 2 },
    env: [],
    quality: [],
    cover: null,
  }),
  service_id: 'bench',
  release: 1,
  commit: '0'.repeat(40),
})

async function start(folder: string, args: string[], env: Record<string, string>): Promise<Server> {
  const port = await freePorts(1)
  const stop = new AbortController()
  const ended = runCommand(
    { file: python, args, cwd: folder, env: { ...environment, PORT: String(port), ...env } },
    { signal: stop.signal },
  )
  const body = JSON.stringify({ input_data: ['a'] })
  const headers = { 'content-type': 'application/json' }
  const ready = await waitFor(
    () =>
      fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body, headers }).then(
        (response) => response.ok,
        () => false,
      ),
    { timeoutMs: 30_000 },
  )
  const server = { port, stop: async () => (stop.abort(), void (await ended)) }
  if (ready) return server
  await server.stop()
  throw new Error(`the server does not answer: ${(await ended).stderr.join('\n')}`)
}

async function startRuntime(folder: string, maxSize: number, cost: number): Promise<Server> {
  const releaseFile = join(folder, `vitrine-${maxSize}-${cost}.json`)
  await writeFile(releaseFile, JSON.stringify(releaseOf(maxSize)))
  return start(folder, ['-m', 'vitrine_runtime'], {
    PYTHONPATH: runtimeFolder,
    VITRINE_RELEASE_FILE: releaseFile,
    VITRINE_MEDIA_DIR: folder,
    COST: String(cost),
  })
}

async function rateOf(server: Server, path: string, script: string): Promise<number> {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${server.port}${path}`,
  ]
  const result = await runCommand({ file: 'wrk', args, cwd: tmpdir(), env: environment })
  const text = result.stdout.join('\n')
  if (result.startError !== null) throw new Error(`wrk could not be started: ${result.startError}`)
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk met errors:\n${text}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

type Contender = { server: Server; path: string }

/** Both by turns, so that what else the machine does falls on both; the medians. */
async function compare(
  name: string,
  ours: Contender,
  theirs: Contender,
  script: string,
): Promise<Measurement> {
  const rates: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  for (let round = 0; round < rounds; round++) {
    rates.ours.push(await rateOf(ours.server, ours.path, script))
    rates.theirs.push(await rateOf(theirs.server, theirs.path, script))
  }
  const [own, other] = [median(rates.ours), median(rates.theirs)]
  return { name, ratio: own / other, ours: own, theirs: other, unit: 'requests/s' }
}

async function measureIn(folder: string, servers: Server[]): Promise<Measurement[]> {
  const script = join(folder, 'post.lua')
  const body = JSON.stringify({ input_data: ['这是一个测试文本'], batch_id: 'test_001' })
  await writeFile(
    script,
    `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${body}]]\n`,
  )
  const keep = async (starting: Promise<Server>, path = '/predict') => {
    const server = await starting
    servers.push(server)
    return { server, path }
  }
  const runtime = await keep(startRuntime(folder, 1, 0))
  const written = await keep(start(folder, ['hand_written.py'], { COST: '0' }))
  const batching = await keep(startRuntime(folder, connections, costOfCall))
  const costly = await keep(start(folder, ['hand_written.py'], { COST: String(costOfCall) }))
  const onLoop = { server: written.server, path: '/predict-on-loop' }
  return [
    await compare('Python runtime vs a FastAPI route (def)', runtime, written, script),
    await compare('Python runtime vs a FastAPI route (async def, blocks its loop)', runtime, onLoop, script),
    await compare(
      'Python runtime with micro-batching vs a FastAPI route, cost per call',
      batching,
      costly,
      script,
    ),
  ]
}

/** Requests a second of the Python runtime and of hand-written FastAPI routes, in one run. */
export async function measurePythonRuntime(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-python-'))
  const servers: Server[] = []
  try {
    await cp(join(import.meta.dirname, 'python-runtime'), folder, { recursive: true })
    return await measureIn(folder, servers)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await rm(folder, { recursive: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await measurePythonRuntime())
