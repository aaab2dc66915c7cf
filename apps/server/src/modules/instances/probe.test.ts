import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { freePort, portOf } from '../../adapters/gateway/gateway.test-upstream.ts'
import { httpProbe, httpProbeWithin } from './probe.ts'

let server: Server | null = null
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  server = null
})

async function probe(answer: RequestListener, path: string | null = '/health') {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return httpProbe({ endpoint: { host: '127.0.0.1', port: portOf(server) }, path })
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

test('a revision that none can be counts as none, and the health as it is', async () => {
  expect(await probe(json(200, { status: 'READY', config_revision: 7 }))).toMatchObject({ revision: 7 })
  for (const config_revision of [2 ** 31, -1, 1.5, 'newest'])
    expect(await probe(json(200, { status: 'READY', config_revision }))).not.toHaveProperty('revision')
})

test('an answer of another program that has its port is not asked for, and its health is unknown', async () => {
  const paths: (string | undefined)[] = []
  const another = createServer((req, res) => {
    paths.push(req.url)
    res.end()
  }).listen(0, '127.0.0.1')
  server = another
  await once(another, 'listening')
  // An inode that none of its sockets has.
  const endpoint = { host: '127.0.0.1', port: portOf(another), listeners: ['1'] }
  expect(await httpProbe({ endpoint, path: '/health' })).toMatchObject({
    health: 'UNKNOWN',
    reason: { code: 'not_listening' },
  })
  expect(paths).toEqual([])
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

test('the beginning of another answer is kept in one line, without what is not visible, unless it is a page', async () => {
  const said = async (type: string, body: string) => {
    const { found } = await probe((_req, res) => res.writeHead(503, { 'content-type': type }).end(body))
    return found?.code === 'answers' ? found.said : found
  }
  expect(await said('text/plain', ' warming\n up \u001b')).toBe('warming up [U+001B]')
  expect(await said('text/plain', 'x'.repeat(5_000))).toBe('x'.repeat(200))
  expect(await said('text/html', '<h1>Service Unavailable</h1>')).toBeUndefined()
  expect(await said('text/plain', '')).toBeUndefined()
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

test('an answer is waited for as long as is set when the probe begins', async () => {
  server = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const target = { endpoint: { host: '127.0.0.1', port: portOf(server) }, path: '/health' }
  let timeoutMs = 100
  const probeNow = httpProbeWithin(() => timeoutMs)
  expect((await probeNow(target)).reason).toMatchObject({ code: 'silent', seconds: 0.1 })
  timeoutMs = 200
  expect((await probeNow(target)).reason).toMatchObject({ code: 'silent', seconds: 0.2 })
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

const answers =
  (statuses: Readonly<Record<string, number>>): RequestListener =>
  (req, res) =>
    res.writeHead(statuses[req.url ?? ''] ?? 404).end()

test.each<[string, Record<string, number>, string]>([
  ['/health', { '/health': 200, '/ping': 200, '/': 200 }, '/health'],
  ['/healthz', { '/healthz': 204, '/': 200 }, '/healthz'],
  ['/ping', { '/health': 405, '/ping': 200 }, '/ping'],
  ['/', { '/': 200 }, '/'],
])('the health path of a package that states none is found: %s', async (_name, statuses, at) => {
  expect(await probe(answers(statuses), null)).toMatchObject({ health: 'READY', reason: null, at })
})

test.each<[string, Record<string, number>]>([
  ['not found', {}],
  ['a sign-in', { '/': 401 }],
  ['a page elsewhere', { '/': 302 }],
  ['an error of its first page', { '/': 500 }],
])('a server without a health path is well as soon as it answers: %s', async (_name, statuses) => {
  expect(await probe(answers(statuses), null)).toMatchObject({ health: 'READY', reason: null, at: 'answers' })
  server?.close()
  expect(await probe(answers(statuses), 'answers')).toMatchObject({ health: 'READY', reason: null })
})

test.each<[string, Record<string, number>, string]>([
  ['its health path', { '/healthz': 503, '/': 200 }, '/healthz'],
  ['its first page', { '/': 503 }, '/'],
])('a server that is not ready says so by %s, and nothing is found yet', async (_name, statuses, path) => {
  const result = await probe(answers(statuses), null)
  expect(result).toMatchObject({ health: 'UNHEALTHY', reason: { code: 'answers', path, status: 503 } })
  expect(result).not.toHaveProperty('at')
})

test('a runtime that is still starting is found by its health path only when it is ready', async () => {
  const result = await probe(json(503, { status: 'STARTING', uptime_s: 1 }), null)
  expect(result).toMatchObject({ health: 'STARTING' })
  expect(result).not.toHaveProperty('at')
})
