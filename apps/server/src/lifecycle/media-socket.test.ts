import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataPaths } from '../lib/paths.ts'
import { openMediaSocket } from './media-socket.ts'

const path = '/api/v1/assets/a/content?variant=original'
const bounds = { connections: 100, ofOneToken: 2, waiting: 50, stillMs: 60_000 }

/** The socket before an API that answers with `answer`. */
async function openSocket(answer: (response: ServerResponse) => void, changed: Partial<typeof bounds> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-media-'))
  const api = createServer((_asked, response) => answer(response))
  const apiSocket = join(folder, 'api.sock')
  api.listen(apiSocket)
  await once(api, 'listening')
  const socket = await openMediaSocket(dataPaths(folder), false, { ...bounds, ...changed })
  await socket.listen(apiSocket)
  onTestFinished(async () => {
    await socket.close()
    api.closeAllConnections()
    api.close()
    await rm(folder, { recursive: true, force: true })
  })
  return socket.path
}

/** Begins a download. `leave` resolves when the answer has been given up. */
async function begin(socketPath: string, token: string) {
  const asked = request({ socketPath, path, agent: false, headers: { authorization: `Bearer ${token}` } })
  asked.on('error', () => undefined)
  const answered = new Promise<IncomingMessage>((resolve) => asked.once('response', resolve))
  asked.end()
  const answer = await answered
  answer.on('error', () => undefined)
  return { status: answer.statusCode, leave: () => asked.destroy() }
}

test('one token has a share of the downloads, and the others are served beside it', async () => {
  let ended = 0
  const at = await openSocket((response) => {
    response.once('close', () => (ended += 1))
    response.write('begun')
  })
  const [first] = [await begin(at, 'one'), await begin(at, 'one')]
  expect((await begin(at, 'one')).status).toBe(429)
  expect((await begin(at, 'two')).status).toBe(200)
  first.leave()
  await expect.poll(() => ended).toBe(1)
  expect((await begin(at, 'one')).status).toBe(200)
})

test('a download that its client does not read is ended, here and at the control plane', async () => {
  let end = () => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  const at = await openSocket(
    (response) => {
      response.once('close', () => end())
      const more = () => {
        while (response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    },
    { stillMs: 200 },
  )
  const client = connect(at)
  onTestFinished(() => void client.destroy())
  client.pause()
  client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer one\r\n\r\n`)
  await ended
})

test('connections that ask for nothing make room for later ones', async () => {
  const at = await openSocket((response) => response.end('all'), { waiting: 2 })
  const idle = Array.from({ length: 3 }, () => connect(at).on('error', () => undefined))
  onTestFinished(() => idle.forEach((client) => void client.destroy()))
  await new Promise((resolve) => idle[0]?.once('close', resolve))
  expect(idle.map(({ closed }) => closed)).toEqual([true, false, false])
  expect((await begin(at, 'one')).status).toBe(200)
})
