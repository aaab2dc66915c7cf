import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventSourceMessage } from 'eventsource-parser'
import { predictResponse, type Json, type Manifest, type Prediction } from '@vitrine/contract'
import { z } from 'zod'
import { runCommand, type Command, type CommandResult } from '../apps/server/src/lib/run-command.ts'
import { waitFor } from '../apps/server/src/lib/wait-for.ts'
import { readEvents } from '../tests/support/api-client.ts'
import { freePorts } from '../tests/support/free-ports.ts'

/** One server-sent event: `start`, `progress`, `output`, `log` or `completed`. */
export type ServiceEvent = { event: string; data: unknown }

/** An example that runs as a service, as the platform would start it. */
export type StartedExample = {
  predict(elements: readonly Json[], parameters?: Readonly<Record<string, Json>>): Promise<Prediction[]>
  /** The events of a run as they come. The caller disconnects after the first event for which `isLast` is true. */
  events(
    elements: readonly Json[],
    parameters?: Readonly<Record<string, Json>>,
    isLast?: (event: ServiceEvent) => boolean,
  ): Promise<ServiceEvent[]>
  /** The health in the answer of `GET /health`: READY, BUSY … */
  health(): Promise<string>
  /** Sends SIGTERM, and then removes everything that it left. */
  stop(): Promise<void>
}

/** Runs a copy of an example's folder with its runtime and waits until it is READY. */
export async function startExample(
  folder: string,
  manifest: Manifest,
  program: (release: string) => Promise<Pick<Command, 'file' | 'args'> & { env?: Record<string, string> }>,
): Promise<StartedExample> {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-example-'))
  const release = join(root, 'release')
  await cp(folder, release, { recursive: true })
  const releaseFile = join(release, 'vitrine.json')
  const facts = { manifest, service_id: manifest.id, release: 1, commit: '0'.repeat(40) }
  await writeFile(releaseFile, JSON.stringify(facts))
  const url = `http://127.0.0.1:${await freePorts(1)}`
  const { env, ...command } = await program(release)
  const stop = new AbortController()
  const stderr: string[] = []
  let ended: CommandResult | null = null
  const running = runCommand(
    { ...command, cwd: release, env: { ...environment(root, url, manifest, releaseFile), ...env } },
    { signal: stop.signal, onStderr: (line) => stderr.push(line) },
  ).then((result) => (ended = result))
  const stopAndRemove = async () => {
    stop.abort()
    await running
    await rm(root, { recursive: true })
  }
  const ready = await waitFor(
    async () => ended !== null || (await fetch(`${url}/health`).catch(() => null))?.ok,
    {
      timeoutMs: 120_000,
    },
  )
  if (!ready || ended) {
    await stopAndRemove()
    throw new Error(`${manifest.id} does not start; it wrote:\n${stderr.join('\n')}`)
  }
  return {
    predict: (elements, parameters) => predict(url, elements, parameters ?? {}),
    events: (elements, parameters, isLast) => events(url, elements, parameters ?? {}, isLast),
    health: async () => healthAnswer.parse(await (await fetch(`${url}/health`)).json()).status,
    stop: stopAndRemove,
  }
}

const healthAnswer = z.object({ status: z.string() })

const environment = (root: string, url: string, manifest: Manifest, releaseFile: string) => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: root,
  LANG: 'C.UTF-8',
  TMPDIR: root,
  HOST: '127.0.0.1',
  PORT: new URL(url).port,
  VITRINE_INSTANCE: `${manifest.id}-1`,
  VITRINE_RELEASE_FILE: releaseFile,
  VITRINE_PLATFORM_URL: url,
  VITRINE_TOKEN: 'none is needed: no asset is fetched',
  VITRINE_MEDIA_DIR: join(root, 'media'),
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
})

async function predict(url: string, elements: readonly Json[], parameters: Readonly<Record<string, Json>>) {
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input_data: elements, parameters }),
  })
  const { predictions, error } = predictResponse.parse(await answer.json())
  if (error && predictions.length === 0) throw new Error(`${error.code}: ${JSON.stringify(error.details)}`)
  return predictions
}

async function events(
  url: string,
  elements: readonly Json[],
  parameters: Readonly<Record<string, Json>>,
  isLast: (event: ServiceEvent) => boolean = () => false,
): Promise<ServiceEvent[]> {
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ input_data: elements, parameters }),
  })
  const read = await readEvents(answer, (message) => isLast(eventOf(message)))
  return read.map(eventOf)
}

const eventOf = ({ event = 'message', data }: EventSourceMessage): ServiceEvent => ({
  event,
  data: JSON.parse(data),
})
