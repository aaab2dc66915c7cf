import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { freePort, portOf } from '../../adapters/gateway/gateway.test-upstream.ts'
import { httpProbe } from './probe.ts'

let server: Server | null = null
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  server = null
})

async function probe(answer: RequestListener) {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return httpProbe({ endpoint: { host: '127.0.0.1', port: portOf(server) }, path: '/health' })
}
const json = (status: number, body: unknown): RequestListener => {
  return (_req, res) => res.writeHead(status).end(JSON.stringify(body))
}

test('the health stated by the platform’s runtime counts, and its reason only if it is not well', async () => {
  expect(await probe(json(200, { status: 'READY', uptime_s: 1, detail: 'fine' }))).toEqual({
    health: 'READY',
    reason: null,
    found: { code: 'states', path: '/health', status: 200, health: 'READY', detail: 'fine' },
  })
})

test('a failed setup is reported with its reason, whatever the status code', async () => {
  expect(await probe(json(503, { status: 'SETUP_FAILED', uptime_s: 1, detail: 'no model' }))).toMatchObject({
    health: 'SETUP_FAILED',
    reason: { code: 'states', path: '/health', status: 503, health: 'SETUP_FAILED', detail: 'no model' },
  })
})

test('any other server only needs to answer 2xx', async () => {
  expect((await probe((_req, res) => res.end('ok'))).health).toBe('READY')
})

test('any other answer is UNHEALTHY with its status', async () => {
  const found = { code: 'answers', path: '/health', status: 404, isPage: false }
  expect(await probe((_req, res) => res.writeHead(404).end())).toEqual({
    health: 'UNHEALTHY',
    reason: found,
    found,
  })
})

test('a starting instance has no reason, but its answer is recorded', async () => {
  expect(await probe(json(503, { status: 'STARTING', uptime_s: 1 }))).toEqual({
    health: 'STARTING',
    reason: null,
    found: { code: 'states', path: '/health', status: 503, health: 'STARTING', detail: null },
  })
})

test('a web page is distinguished from other answers', async () => {
  const page: RequestListener = (_req, res) =>
    res.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Not Found</h1>')
  expect((await probe(page)).reason).toMatchObject({ code: 'answers', status: 404, isPage: true })
})

test('an endless answer is UNHEALTHY and is not read further', async () => {
  const endless: RequestListener = (_req, res) => {
    const more = () => {
      while (res.write(Buffer.alloc(65_536))) continue
    }
    res.on('drain', more)
    more()
  }
  const result = await probe(endless)
  expect(result.health).toBe('UNHEALTHY')
  expect(result.reason).toMatchObject({ code: 'broken', cause: expect.stringContaining('1048576 bytes') })
})

test('an instance that accepts the request and never answers is UNHEALTHY after five seconds', async () => {
  expect(await probe(() => undefined)).toMatchObject({
    health: 'UNHEALTHY',
    reason: { code: 'silent', path: '/health', seconds: 5 },
  })
})

test('an instance that begins an answer and does not end it is UNHEALTHY too', async () => {
  expect((await probe((_req, res) => res.write('{'))).reason).toMatchObject({ code: 'silent' })
})

test('an instance that closes the connection without an answer is UNHEALTHY', async () => {
  expect(await probe((_req, res) => res.destroy())).toMatchObject({
    health: 'UNHEALTHY',
    reason: { code: 'broken', cause: 'ECONNRESET' },
  })
})

test('if nothing listens, the health is UNKNOWN', async () => {
  for (const endpoint of [{ host: '127.0.0.1', port: await freePort() }, { socket: '/tmp/no-such.sock' }])
    expect(await httpProbe({ endpoint, path: '/health' })).toMatchObject({
      health: 'UNKNOWN',
      reason: { code: 'not_listening', endpoint, on: [] },
    })
})
