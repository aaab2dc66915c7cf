import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createThief } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import { requestAt } from './endpoint-request.ts'
import { getAt } from './get-at.ts'
import { listenersAt } from './procfs/port-ownership.test-setup.ts'

let folder: string
let server: Server
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ver-'))
  server = createServer((req, res) => res.end(`${req.headers.host} ${req.url}`))
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const byUndici = async (endpoint: InstanceEndpoint) => (await requestAt(endpoint, '/health?x=1')).body.text()
const limits = { timeoutMs: 60_000, mostBytes: 1_000_000 }
const byProbe = async (endpoint: InstanceEndpoint) => (await getAt(endpoint, '/health?x=1', limits)).body

async function serveOnPort() {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { host: '127.0.0.1', port: address.port }
}

test('both clients reach a server that listens on a port, whether its sockets are known or not', async () => {
  const endpoint = await serveOnPort()
  const proved = { ...endpoint, listeners: await listenersAt(endpoint.port) }
  const expected = `127.0.0.1:${endpoint.port} /health?x=1`
  for (const each of [endpoint, proved])
    expect([await byUndici(each), await byProbe(each)]).toEqual([expected, expected])
})

test('both clients send nothing to a program that has taken the port, also if they had a connection to the server', async () => {
  const endpoint = await serveOnPort()
  const proved = { ...endpoint, listeners: await listenersAt(endpoint.port) }
  await byUndici(proved)
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  let stolen = ''
  const thief = createThief((socket) =>
    socket.on('data', (bytes) => (stolen += bytes.toString())).on('error', () => {}),
  )
  await once(thief.listen(endpoint.port, '127.0.0.1'), 'listening')
  for (const call of [byUndici, byProbe]) {
    const connected = once(thief, 'connection')
    await expect(call(proved)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: `the instance has ended, and another program listens on 127.0.0.1:${endpoint.port}`,
    })
    await connected
  }
  thief.close()
  // All that was sent has arrived then.
  await once(thief, 'close')
  expect(stolen).toBe('')
})

test('both clients say that a server is gone whose port nobody has, and nothing else fails', async () => {
  const endpoint = await serveOnPort()
  const proved = { ...endpoint, listeners: await listenersAt(endpoint.port) }
  server.close()
  await once(server, 'close')
  for (const each of [endpoint, proved])
    for (const ask of [byUndici, byProbe])
      await expect(ask(each)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('both clients reach a server on a unix socket, and its successor on the same socket', async () => {
  const endpoint = { socket: join(folder, 'a.sock') }
  await once(server.listen(endpoint.socket), 'listening')
  expect([await byUndici(endpoint), await byProbe(endpoint)]).toEqual([
    'localhost /health?x=1',
    'localhost /health?x=1',
  ])
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  server = createServer((_req, res) => res.end('the next one'))
  await once(server.listen(endpoint.socket), 'listening')
  expect(await byUndici(endpoint)).toBe('the next one')
})
