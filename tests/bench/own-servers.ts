import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { freePorts } from '../support/free-ports.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import type { Measurement } from './gateway.ts'
import { examples, type Example } from './own-servers.packages.ts'

const rounds = 5
const seconds = 2
const connections = 32
/** A deploy may install much, in milliseconds. */
const longestDeployMs = 900_000
const environment = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' }

/** Where an example answers. */
type Place = { name: string; url: string; script: string; stop: () => Promise<void> }

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const answers = (url: string, body: string) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }).then(
    (response) => response.ok,
    () => false,
  )

async function rateOf({ name, url, script }: Place): Promise<number> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', script, url]
  const result = await runCommand({ file: 'wrk', args, cwd: tmpdir(), env: environment })
  const text = result.stdout.join('\n')
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
  if (/Non-2xx|Socket errors/.test(text) || !(rate > 0))
    throw new Error(`wrk met errors at ${name}:\n${text}`)
  return rate
}

/** Both by turns, so that what else the machine does falls on both; the medians. */
async function compare(name: string, ours: Place, theirs: Place): Promise<Measurement> {
  const rates: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
  for (let round = 0; round < rounds; round++) {
    rates.ours.push(await rateOf(ours))
    rates.theirs.push(await rateOf(theirs))
  }
  const [own, other] = [median(rates.ours), median(rates.theirs)]
  const measurement = { name, ratio: own / other, ours: own, theirs: other, unit: 'requests/s' }
  console.log(measurement, rates)
  return measurement
}

/** The bench in one folder on one platform. */
class Bench {
  readonly #platform: TestPlatform
  readonly #admin: ApiClient
  readonly #folder: string
  readonly #places: Place[] = []

  constructor(platform: TestPlatform, admin: ApiClient, folder: string) {
    this.#platform = platform
    this.#admin = admin
    this.#folder = folder
  }

  async #scriptFor({ id, body }: Example): Promise<string> {
    const script = join(this.#folder, `${id}.lua`)
    const lines = [
      'wrk.method = "POST"',
      'wrk.headers["Content-Type"] = "application/json"',
      `wrk.body = [[${body}]]`,
    ]
    await writeFile(script, `${lines.join('\n')}\n`)
    return script
  }

  /** Deploys an example unchanged. It answers behind the gateway, without a key, as its own server does. */
  async behind(example: Example): Promise<Place> {
    const { id, files, path, body } = example
    await this.#admin.upload(files, { algorithm_id: id })
    const ended = await this.#admin.taskEnd(await this.#admin.beginDeploy(id), longestDeployMs)
    if (ended.state !== 'succeeded') throw new Error(`deploy of ${id}: ${JSON.stringify(ended.error)}`)
    await this.#admin.change(id, { auth: 'public', rate_limit: null })
    const url = new URL(`/ai/${id}${path}`, `http://127.0.0.1:${this.#platform.publicPort}`).href
    if (!(await waitFor(() => answers(url, body), { timeoutMs: 60_000 })))
      throw new Error(`${id} does not answer`)
    return { name: `${id} behind Vitrine`, url, script: await this.#scriptFor(example), stop: async () => {} }
  }

  /** Starts the server of an example itself, in the folder and with the packages of its release. */
  async alone(example: Example): Promise<Place> {
    const { id, own, env, path, body } = example
    if (own === null) throw new Error(`${id} has no server of its own`)
    const port = await freePorts(1)
    const cwd = join(this.#platform.dataFolder, 'services', id, 'releases', '1')
    const stop = new AbortController()
    const variables = { HOST: '127.0.0.1', PORT: String(port), HOME: this.#folder, ...env?.(port) }
    const ended = runCommand(
      {
        file: join(cwd, 'venv', 'bin', 'python'),
        args: own(port),
        cwd,
        env: { ...environment, ...variables },
      },
      { signal: stop.signal },
    )
    const place = {
      name: `${id} alone`,
      url: `http://127.0.0.1:${port}${path}`,
      script: await this.#scriptFor(example),
      stop: async () => (stop.abort(), void (await ended)),
    }
    this.#places.push(place)
    if (await waitFor(() => answers(place.url, body), { timeoutMs: 120_000 })) return place
    await place.stop()
    throw new Error(`${id} does not answer alone: ${(await ended).stderr.slice(-10).join('\n')}`)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.stop()))
  }
}

async function measure(bench: Bench): Promise<Measurement[]> {
  const measured: Measurement[] = []
  for (const [how, { litserve, bentoml, runtime }] of [
    ['', examples.single],
    [', batched', examples.batched],
  ] as const) {
    const ours = await bench.behind(runtime)
    for (const [title, example] of [
      ['LitServe', litserve],
      ['BentoML', bentoml],
    ] as const) {
      const behind = await bench.behind(example)
      const alone = await bench.alone(example)
      measured.push(await compare(`${title}${how}: behind Vitrine vs its own server`, behind, alone))
      measured.push(
        await compare(`the runtime behind Vitrine vs ${title}${how}, its own server`, ours, alone),
      )
      await alone.stop()
    }
  }
  const behind = await bench.behind(examples.gradio)
  measured.push(
    await compare('Gradio: behind Vitrine vs its own server', behind, await bench.alone(examples.gradio)),
  )
  return measured
}

/** Requests a second of examples of other frameworks, by their own servers and behind Vitrine, and of the runtime, in one run. */
export async function benchOwnServers(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-own-'))
  const platform = await startPlatform({ runner: 'supervisor', database: 'own' })
  const bench = new Bench(platform, await platform.admin(), folder)
  try {
    return await measure(bench)
  } finally {
    await bench.stop()
    await platform.dispose()
    await rm(folder, { recursive: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchOwnServers())
