import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDocker } from './docker-client.ts'
import { dockerImages, sayingOf } from './docker-images.ts'

/** Asks a daemon which instructions an image brings for builds (`ONBUILD`). */
async function triggersAt(
  daemon: RequestListener,
  { timeoutMs = 60_000, platform = null }: { timeoutMs?: number; platform?: string | null } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  const server = createServer(daemon)
  const socketPath = join(folder, 'docker.sock')
  await once(server.listen(socketPath), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return dockerImages(() => openDocker({ socketPath })).triggersOf({
    name: 'Python:3.13',
    platform,
    timeoutMs,
    signal: new AbortController().signal,
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
