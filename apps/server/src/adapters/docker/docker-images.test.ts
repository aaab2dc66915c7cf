import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDocker } from './docker-client.ts'
import { dockerImages, sayingOf } from './docker-images.ts'

/** Asks a daemon which instructions an image brings for builds (`ONBUILD`). */
async function triggersAt(daemon: RequestListener, timeoutMs = 60_000) {
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
    platform: null,
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
  expect(await triggersAt(() => undefined, 200)).toMatchObject({ told: false, why: 'timeout' })
})

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
