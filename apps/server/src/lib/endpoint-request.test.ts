import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Endpoint } from '@vitrine/contract'
import { requestAt, requestOptions } from './endpoint-request.ts'

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

const byUndici = async (endpoint: Endpoint) => (await requestAt(endpoint, '/health?x=1')).body.text()
const byNode = async (endpoint: Endpoint) => {
  const req = httpRequest({ ...requestOptions(endpoint), path: '/health?x=1', agent: false }).end()
  const [res] = await once(req, 'response')
  let text = ''
  for await (const chunk of res) text += String(chunk)
  return text
}

test('both clients reach a server that listens on a port', async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const endpoint = { host: '127.0.0.1', port: address.port }
  const expected = `127.0.0.1:${address.port} /health?x=1`
  expect([await byUndici(endpoint), await byNode(endpoint)]).toEqual([expected, expected])
})

test('both clients reach a server on a unix socket, and its successor on the same socket', async () => {
  const endpoint = { socket: join(folder, 'a.sock') }
  await once(server.listen(endpoint.socket), 'listening')
  expect([await byUndici(endpoint), await byNode(endpoint)]).toEqual([
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
