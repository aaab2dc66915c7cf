import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDocker } from './docker-client.ts'
import { publishImage, pullImage } from './move-image.ts'

/** The client of a daemon that answers like this. */
async function dockerAt(daemon: RequestListener) {
  const folder = await mkdtemp(join(tmpdir(), 'vr-'))
  const server = createServer(daemon)
  const socketPath = join(folder, 'docker.sock')
  await once(server.listen(socketPath), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return openDocker({ socketPath })
}

/** Pulls an image from a daemon that answers with this text. */
async function pulled(text: string) {
  return pullImage(await dockerAt((_request, response) => void response.end(text)), {
    name: 'registry.example/x:1',
    login: null,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    onLine: () => undefined,
  })
}

test.each([
  ['no JSON', 'a proxy in between has failed\n'],
  ['JSON of another form', '{"status": 7}\n'],
])('a daemon that answers %s has failed, and is not away', async (_what, text) => {
  expect(await pulled(text)).toMatchObject({ moved: false, why: 'failed' })
})

test('a refusal of the registry is told as such', async () => {
  expect(await pulled('{"error":"unauthorized: authentication required"}\n')).toEqual({
    moved: false,
    why: 'refused',
    said: 'unauthorized: authentication required',
  })
})

test('an image is not sent for longer than allowed also if the daemon does not even answer when it is named', async () => {
  const end = await publishImage(await dockerAt(() => undefined), 'sha256:1', {
    name: 'registry.example/x:1',
    login: null,
    timeoutMs: 50,
    signal: new AbortController().signal,
    onLine: () => undefined,
  })
  expect(end).toEqual({ moved: false, why: 'timeout', said: '' })
})
