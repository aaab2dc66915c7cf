import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { openDocker } from './docker-client.ts'
import { dockerImages, sayingOf } from './docker-images.ts'
import type { BuildImage } from './image-daemon.ts'

/** The images of a daemon that answers like this. */
async function imagesOf(daemon: RequestListener, options: { patienceMs?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  const server = createServer(daemon)
  const socketPath = join(folder, 'docker.sock')
  await once(server.listen(socketPath), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return dockerImages(() => openDocker({ socketPath }), options)
}

/** The build of a small folder, without limits. */
const buildOf = (): BuildImage => ({
  context: Readable.from([Buffer.alloc(1024)]),
  dockerfile: 'Dockerfile',
  tag: 'one:1',
  labels: {},
  network: 'none',
  limits: {},
  runsTriggers: false,
  timeoutMs: 60_000,
  signal: new AbortController().signal,
  onSaying: () => undefined,
  onContainer: () => undefined,
})

/** Asks a daemon which instructions an image brings for builds (`ONBUILD`). */
async function triggersAt(
  daemon: RequestListener,
  {
    timeoutMs = 60_000,
    platform = null,
    signal = new AbortController().signal,
  }: { timeoutMs?: number; platform?: string | null; signal?: AbortSignal } = {},
) {
  return (await imagesOf(daemon)).triggersOf({
    name: 'Python:3.13',
    platform,
    timeoutMs,
    signal,
    onLine: () => undefined,
  })
}

test('a base image with a name that no image has is refused in the words of the daemon', async () => {
  const message = 'invalid reference format: repository name (library/Python) must be lowercase'
  const end = await triggersAt((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  })
  expect(end).toMatchObject({ told: false, why: 'failed', said: expect.stringContaining(message) })
})

test('a daemon that disconnects or is silent while it describes a base image is reported as such', async () => {
  expect(await triggersAt((request) => void request.destroy())).toMatchObject({ told: false, why: 'away' })
  expect(await triggersAt(() => undefined, { timeoutMs: 200 })).toMatchObject({ told: false, why: 'timeout' })
})

test('somebody who has already cancelled does not wait for a daemon that is silent', async () => {
  await expect(triggersAt(() => undefined, { signal: AbortSignal.abort('cancelled') })).rejects.toBe(
    'cancelled',
  )
})

test('a daemon that accepts connections and never answers holds nobody up', async () => {
  const images = await imagesOf(() => undefined, { patienceMs: 50 })
  const late = 'did not answer within 0.05 s'
  await expect(images.list({ 'vitrine.platform': 'one' })).rejects.toThrow(late)
  await expect(images.has('sha256:1')).rejects.toThrow(late)
  await expect(images.remove('sha256:1')).rejects.toThrow(late)
})

test('a build ends at its time also if the daemon is silent after it, when it is asked what was built', async () => {
  const images = await imagesOf((request, response) => {
    if (request.method !== 'POST') return
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify({ aux: { ID: 'sha256:1' } })}\n`)
  })
  const end = await images.build({
    ...buildOf(),
    timeoutMs: 500,
  })
  expect(end).toMatchObject({ built: false, why: 'timeout' })
})

test('each command of a build is limited, also in its processes, and what it prints names no other container', async () => {
  const asked: URL[] = []
  const limited: string[] = []
  let goOn = () => {}
  const isLimited = new Promise<void>((resolve) => (goOn = resolve))
  const images = await imagesOf((request, response) => {
    const url = new URL(request.url ?? '', 'http://docker')
    asked.push(url)
    request.resume()
    const [, id] = /\/containers\/([0-9a-f]+)\/update$/.exec(url.pathname) ?? []
    response.writeHead(200, { 'content-type': 'application/json' })
    if (id !== undefined) {
      limited.push(id)
      response.end('{}')
      if (limited.length === 2) goOn()
      return
    }
    if (request.method === 'GET') return response.end(JSON.stringify({ Id: 'sha256:1', Config: {} }))
    const say = (stream: string) => response.write(`${JSON.stringify({ stream })}\n`)
    say('Step 1/2 : RUN make\n ---> Running in 0123456789ab\nmade\n ---> Running in ffffffffffff\n')
    say('Step 2/2 : CMD ["true"]\n ---> Running in 0123456789ac\n')
    void isLimited.then(() => response.end(`${JSON.stringify({ aux: { ID: 'sha256:1' } })}\n`))
  })
  const end = await images.build({
    ...buildOf(),
    limits: { memory_mb: 64, cpu: 1.5, processes: 100 },
  })
  expect(end).toMatchObject({ built: true })
  expect(limited).toEqual(['0123456789ab', '0123456789ac'])
  const query = Object.fromEntries(
    asked.find(({ pathname }) => pathname.endsWith('/build'))?.searchParams ?? [],
  )
  expect(query).toMatchObject({
    memory: '67108864',
    memswap: '67108864',
    cpuperiod: '100000',
    cpuquota: '150000',
  })
})

test('how much a container has written is asked of Docker with its size, and one that is gone has none', async () => {
  const asked: (string | null)[] = []
  const found = [[{ Id: 'one', SizeRw: 4_096 }], [{ Id: 'one' }], []]
  const images = await imagesOf((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://docker')
    asked.push(searchParams.get('size'), searchParams.get('filters'))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found.shift()))
  })
  const sizes = [await images.writtenBy('one'), await images.writtenBy('one'), await images.writtenBy('one')]
  expect(sizes).toEqual([4_096, 0, null])
  expect(asked.slice(0, 2)).toEqual(['true', '{"id":["one"]}'])
})

test.each([
  ['linux/arm64', 'v8', true],
  ['linux/arm64/v8', '', true],
  ['linux/aarch64', '', true],
  ['linux/arm64/v9', 'v8', false],
  ['linux/amd64', '', false],
  ['linux', '', false],
])(
  'a base image for %s is looked for here first, whatever its platform is called',
  async (platform, Variant, isHere) => {
    const asked: string[] = []
    const end = await triggersAt(
      (request, response) => {
        asked.push(`${request.method} ${request.url?.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`)
        const here = { Os: 'linux', Architecture: 'arm64', Variant, Config: { OnBuild: ['RUN a'] } }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(request.method === 'GET' ? here : { status: 'Pulled' }))
      },
      { platform },
    )
    expect(end).toEqual({ told: true, triggers: ['RUN a'] })
    expect(asked.includes('POST /images/create')).toBe(!isHere)
  },
)

test.each([
  [
    'Step 3/9 : RUN ["/bin/sh","-c","make"]',
    { step: { number: 3, of: 9, text: 'RUN ["/bin/sh","-c","make"]' } },
  ],
  [' ---> Using cache', { cached: true }],
  ['Collecting flask', { line: 'Collecting flask' }],
  [' ---> 0123456789ab', null],
  [' ---> Running in 0123456789ab', null],
  [' ---> Removed intermediate container 0123456789ab', null],
  ['Successfully built 0123456789ab', null],
  ['Successfully tagged a/b:1', null],
  ['', null],
])('of the line %j the builder says %j', (line, saying) => {
  expect(sayingOf(line)).toEqual(saying)
})
