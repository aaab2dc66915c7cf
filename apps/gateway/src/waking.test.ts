import { emptyGatewayTable, plainEdge, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freePorts } from '../../../tests/support/free-ports.ts'
import { GatewayProcess } from './gateway-process.ts'

const token = 'a-token-that-is-long-enough-for-the-table'
const { public_key: publicKey } = emptyGatewayTable.jwt
const megabyte = 1024 * 1024

const servers: Server[] = []
const wakes: IncomingMessage[] = []
let folder: string
let gateway: GatewayProcess
let publicPort: number
let controlPort: number
let instancePort: number
let asked: IncomingMessage[]
/** How the control plane answers a request to wake a service. */
let onWake: RequestListener
let revision: number

async function serve(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}

const textOf = async (message: AsyncIterable<unknown>): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const table = (part: Partial<GatewayRoute>, more: Partial<GatewayTable> = {}): GatewayTable => ({
  version: 1,
  revision: (revision += 1),
  public: { host: '127.0.0.1', port: publicPort },
  edge: plainEdge,
  control: { host: '127.0.0.1', port: controlPort },
  wake: { path: '/internal/wake', token },
  jwt: { issuer: 'test', public_key: publicKey },
  routes: [
    {
      service_id: 'demo',
      release: 1,
      path: '/ai/demo/',
      front: null,
      state: 'asleep',
      upstreams: [{ host: '127.0.0.1', port: instancePort, instance_id: 'demo-r1-1' }],
      auth: 'public',
      rate_limit: null,
      body_bytes: 128 * megabyte,
      timeout_ms: 10_000,
      ...part,
    },
  ],
  ...more,
})
const awake = () => gateway.applyTable(table({ state: 'up', release: 2 }))
const wakeAndAnswer: RequestListener = (_req, res) => {
  awake().then(
    () => res.writeHead(204).end(),
    () => res.destroy(),
  )
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-waking-'))
  const files = { table: 'table.json', keys: 'keys.json', accessLog: 'access.log' }
  const named = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
  gateway = await GatewayProcess.start(
    { table: '', keys: '', accessLog: '', ...named },
    { logBytes: megabyte, stalledMs: 60_000, report: (message) => console.error(message) },
  )
  revision = 0
  wakes.length = 0
  asked = []
  onWake = wakeAndAnswer
  publicPort = await freePorts(1)
  controlPort = (
    await serve((req, res) => {
      wakes.push(req)
      onWake(req, res)
    })
  ).port
  instancePort = (
    await serve((req, res) => {
      asked.push(req)
      textOf(req).then(
        (body) => res.end(`${req.url} ${body.length}`),
        () => res.destroy(),
      )
    })
  ).port
  await gateway.applyTable(table({}))
})
afterEach(async () => {
  await gateway.stop(100)
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
  await rm(folder, { recursive: true, force: true })
})

const send = (options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {}) => {
  const req = request({
    host: '127.0.0.1',
    port: publicPort,
    path: '/ai/demo/hello',
    agent: false,
    method: options.method ?? 'GET',
    headers: options.headers,
  })
  req.end(options.body)
  return req
}
async function ask(options: Parameters<typeof send>[0] = {}) {
  const req = send(options)
  return new Promise<{ status: number; retryAfter: string | undefined; body: string }>((resolve, reject) => {
    req.on('error', reject)
    req.on('response', (res) => {
      textOf(res).then(
        (body) => resolve({ status: res.statusCode ?? 0, retryAfter: res.headers['retry-after'], body }),
        reject,
      )
    })
  })
}
/**
 * Resolves when the gateway has received everything sent before, because it answers a request sent after it.
 */
async function allArrived(): Promise<void> {
  for (let i = 0; i < 20; i++)
    await new Promise<void>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port: publicPort, path: '/ai/none/', agent: false })
      req.on('response', (res) => res.resume().on('end', resolve)).on('error', reject)
      req.end()
    })
}
const errorOf = (answer: { body: string }): { code: string; message: string } => JSON.parse(answer.body).error

test('the first request to a sleeping service waits until it is awake and is then answered', async () => {
  expect(await ask({ method: 'POST', body: Buffer.from('12345') })).toMatchObject({
    status: 200,
    body: '/hello 5',
  })
  expect(wakes.map(({ method, url, headers }) => [method, url, headers['x-vitrine-wake']])).toEqual([
    ['POST', '/internal/wake/demo', token],
  ])
  await ask()
  expect(wakes.length).toBe(1)
})

test('many first requests at once wake the service once, and all are answered', async () => {
  let wakeNow = () => {}
  onWake = (req, res) => (wakeNow = () => wakeAndAnswer(req, res))
  const answers = Promise.all(Array.from({ length: 30 }, () => ask()))
  await expect.poll(() => wakes.length).toBe(1)
  await allArrived()
  wakeNow()
  expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([200]))
  expect([wakes.length, asked.length]).toEqual([1, 30])
})

test('the body of a waiting request is not read until the service is awake, and then arrives complete', async () => {
  let wakeNow = () => {}
  onWake = (req, res) => (wakeNow = () => wakeAndAnswer(req, res))
  const size = 64 * megabyte
  const req = send({ method: 'POST', headers: { 'content-length': String(size) }, body: Buffer.alloc(size) })
  const answered = once(req, 'response')
  await expect.poll(() => wakes.length).toBe(1)
  const before = process.memoryUsage().arrayBuffers
  await allArrived()
  expect(req.writableLength).toBeGreaterThan(size / 2)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(megabyte)
  wakeNow()
  const [res] = await answered
  expect(await textOf(res)).toBe(`/hello ${size}`)
})

test('a request that is not authorised or too large does not wake the service', async () => {
  await gateway.applyTable(table({ auth: 'required', body_bytes: 10 }))
  expect((await ask()).status).toBe(401)
  await gateway.applyTable(table({ body_bytes: 10 }))
  expect((await ask({ method: 'POST', body: Buffer.alloc(11) })).status).toBe(413)
  expect(wakes).toEqual([])
})

test('without a control plane a sleeping service answers 503 with the time to try again, in both languages', async () => {
  for (const without of [{ control: null }, { control: { host: '127.0.0.1', port: 1 } }, { wake: null }]) {
    await gateway.applyTable(table({}, without))
    const answer = await ask()
    expect([answer.status, answer.retryAfter, errorOf(answer).code]).toEqual([503, '5', 'service.asleep'])
    expect(errorOf(answer).message).toContain('休眠')
    expect(errorOf(await ask({ headers: { 'accept-language': 'en' } })).message).toContain('asleep')
  }
})

test('the reason for a failed wake is passed on in the caller’s language, and the next request tries again', async () => {
  onWake = (req, res) => {
    const message = req.headers['accept-language'] === 'en' ? 'cannot start' : '无法启动'
    const error = { code: 'service.wake_failed', message, details: {}, request_id: 'x' }
    res.writeHead(503, { 'retry-after': '7' }).end(JSON.stringify({ error }))
  }
  const [zh, en] = await Promise.all([ask(), ask({ headers: { 'accept-language': 'en' } })])
  expect([zh.status, zh.retryAfter, errorOf(zh).code]).toEqual([503, '7', 'service.wake_failed'])
  expect([errorOf(zh).message, errorOf(en).message]).toEqual(['无法启动', 'cannot start'])
  onWake = wakeAndAnswer
  expect((await ask()).status).toBe(200)
})

test('an invalid answer of the control plane also gives a 503', async () => {
  onWake = (_req, res) => res.writeHead(200).end('hello')
  expect(errorOf(await ask()).code).toBe('service.asleep')
  onWake = (_req, res) => res.writeHead(204).end()
  expect(errorOf(await ask()).code, 'it says that it is awake, the table says that it is not').toBe(
    'service.asleep',
  )
  await gateway.applyTable(table({}))
  onWake = (_req, res) => {
    gateway.applyTable(table({ state: 'stopped' })).then(
      () => res.writeHead(204).end(),
      () => res.destroy(),
    )
  }
  expect(errorOf(await ask()).code).toBe('service.stopped')
})

test('the request of a client that disconnects while it waits is not sent to the service', async () => {
  let wakeNow = () => {}
  onWake = (req, res) => (wakeNow = () => wakeAndAnswer(req, res))
  const gone = send()
  gone.on('error', () => undefined)
  await expect.poll(() => wakes.length).toBe(1)
  gone.destroy()
  await allArrived()
  wakeNow()
  expect((await ask()).status).toBe(200)
  expect(asked.length).toBe(1)
})

test('a WebSocket wakes a service too', async () => {
  const upgraded = vi.fn()
  servers.at(-1)?.on('upgrade', (req, socket) => {
    upgraded(req.url)
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  })
  const req = send({ headers: { connection: 'Upgrade', upgrade: 'websocket' } })
  const [answer] = await once(req, 'upgrade')
  expect([answer.statusCode, wakes.length, upgraded.mock.calls]).toEqual([101, 1, [['/hello']]])
})
