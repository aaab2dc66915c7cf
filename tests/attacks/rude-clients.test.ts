import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainEdge, type GatewayEdge } from '@vitrine/contract'
import {
  buildEmbedded,
  embeddedUnderTest,
} from '../../apps/server/src/adapters/gateway/embedded/embedded.test-build.ts'
import { ask } from '../../apps/server/src/adapters/gateway/gateway.test-client.ts'
import { testSetup } from '../../apps/server/src/adapters/gateway/gateway.test-setup.ts'
import { echo, type TestUpstream } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'
import {
  createWorld,
  route,
  type CreateGateway,
  type GatewayWorld,
} from '../../apps/server/src/adapters/gateway/gateway.test-world.ts'
import {
  buildScripts,
  isLuaInstalled,
  isNginxInstalled,
  ownNginxUnderTest,
} from '../../apps/server/src/adapters/gateway/nginx/nginx.test-build.ts'

const patience = { timeout: 60_000 }
/** Another address of this machine. It stands for a client that means harm. */
const stranger = '127.0.0.2'
const half = 'GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: '
const whole = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`

/** A connection of a client, and what came back on it. */
type Rude = { socket: Socket; answer: string; isClosed: boolean }

async function rude(port: number, bytes: string, localAddress = stranger): Promise<Rude> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const one: Rude = { socket, answer: '', isClosed: false }
  socket.setEncoding('latin1').on('data', (text: string) => (one.answer += text))
  socket.on('error', () => socket.destroy()).once('close', () => (one.isClosed = true))
  await once(socket, 'connect')
  socket.write(bytes)
  return one
}

/** Requests whose answers never come, at an address that ends `many` of them. */
const several = (many: number, make: () => Promise<Rude>) => Promise.all(Array.from({ length: many }, make))
const refusedOf = (all: readonly Rude[]) => all.filter(({ answer }) => / 429 /.test(answer)).length
const end = (all: readonly Rude[]) => all.forEach(({ socket }) => socket.destroy())

function suite(createGateway: CreateGateway, countsHalves: boolean): void {
  let world: GatewayWorld
  let upstream: TestUpstream
  let control: { host: string; port: number }
  /** A request that was half sent when the tests began. */
  let first: Rude
  beforeAll(async () => {
    world = await createWorld(createGateway)
    const answering = echo('a')
    upstream = await world.instance((req, res) => (req.url === '/silent' ? undefined : answering(req, res)))
    const { host, port } = await world.instance(echo('control'))
    control = { host, port }
    await serve({})
    first = await rude(world.port, half)
  })
  afterAll(async () => {
    first?.socket.destroy()
    await world?.dispose()
  })
  const serve = (edge: Partial<GatewayEdge>) =>
    world.serve([route('a', [upstream], { timeout_ms: 120_000 })], {
      control,
      edge: { ...plainEdge, ...edge },
    })
  const isServed = async () => (await ask(world.port, '/ai/a/')).status

  test('one address has no more requests than its share, and everybody else is served', async () => {
    await serve({ connections_per_client: 10 })
    const all = await several(25, () => rude(world.port, whole('/ai/a/silent')))
    await expect.poll(() => refusedOf(all), patience).toBeGreaterThanOrEqual(15)
    expect(refusedOf(all)).toBeLessThanOrEqual(16)
    const refused = all.find(({ answer }) => / 429 /.test(answer))
    await expect.poll(() => refused?.answer, patience).toContain('"gateway.too_many_connections"')
    expect(await isServed()).toBe(200)
    end(all)
    await expect
      .poll(async () => {
        const again = await rude(world.port, whole('/ai/a/', 'Connection: close\r\n'))
        await expect.poll(() => again.isClosed, patience).toBe(true)
        return again.answer.slice(0, 12)
      }, patience)
      .toBe('HTTP/1.1 200')
  })

  test('the control plane is asked by no address more than its share', async () => {
    const silent = await world.instance(() => undefined)
    await world.serve([route('a', [upstream])], {
      control: { host: silent.host, port: silent.port },
      edge: { ...plainEdge, connections_per_client: 10 },
    })
    const all = await several(20, () => rude(world.port, whole('/api/v1/health')))
    await expect.poll(() => refusedOf(all), patience).toBeGreaterThanOrEqual(10)
    expect(await isServed()).toBe(200)
    end(all)
  })

  test('of a trusted proxy, each of its clients has a share, and the proxy itself has none', async () => {
    await serve({ connections_per_client: 10, trusted_proxies: ['127.0.0.0/8'] })
    const from = (address: string) => () =>
      rude(world.port, whole('/ai/a/silent', `X-Forwarded-For: ${address}\r\n`))
    const each = (many: number, address: (index: number) => string) =>
      Promise.all(Array.from({ length: many }, (_, index) => from(address(index))()))
    // What stands left of the last address is only a claim. Of IPv6, a whole network (/64) is one client.
    const ofOne = await Promise.all([
      several(15, from('203.0.113.7')),
      each(15, (index) => `198.51.100.${index}, 203.0.113.8`),
      each(15, (index) => `2001:db8:1:2::${index + 1}`),
    ])
    // Some proxies write an IPv4 address in IPv6 form. These are not one network.
    const others = [
      ...(await each(20, (index) => `203.0.113.${100 + index}`)),
      ...(await each(20, (index) => `::ffff:203.0.113.${200 + index}`)),
    ]
    await expect.poll(() => ofOne.map(refusedOf), patience).toEqual([5, 5, 5])
    expect(await isServed()).toBe(200)
    expect(refusedOf(others)).toBe(0)
    end([...ofOne.flat(), ...others])
  })

  test('a client in a network that is trusted has a share like any other', async () => {
    await serve({ connections_per_client: 10, trusted_proxies: ['127.0.0.0/8'] })
    const all = await several(15, () =>
      rude(world.port, whole('/ai/a/silent', 'X-Forwarded-For: 127.9.9.9\r\n')),
    )
    await expect.poll(() => refusedOf(all), patience).toBe(5)
    end(all)
  })

  test.runIf(countsHalves)('nor has it more connections on which nothing whole ever comes', async () => {
    await serve({ connections_per_client: 10 })
    const all = [
      ...(await several(15, () => rude(world.port, half))),
      ...(await several(15, () => rude(world.port, ''))),
    ]
    await expect
      .poll(() => all.filter(({ isClosed }) => isClosed).length, patience)
      .toBeGreaterThanOrEqual(20)
    expect(await isServed()).toBe(200)
    end(all)
  })

  test.each([
    ['as curl asks for it', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'],
    ['without saying that it is for the next hop alone', 'Upgrade: h2c\r\n'],
    ['beside a WebSocket', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, h2c\r\n'],
    ['after a WebSocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n'],
    ['without an upgrade', ''],
  ])('nobody downstream is asked for HTTP/2 (%s)', async (_name, headers) => {
    await serve({})
    for (const path of ['/ai/a/', '/api/v1/x']) {
      const more = `${headers}HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n`
      const one = await rude(world.port, whole(path, more))
      await expect.poll(() => /^HTTP\/1\.1 \d+ [^]*\}/.test(one.answer), patience).toBe(true)
      // Programs in Java ask so for each address without TLS, and expect an answer in HTTP/1.1 (RFC 9110, section 7.8).
      // The embedded gateway does not understand a header that occurs twice.
      if (one.answer.startsWith('HTTP/1.1 400')) expect(headers).toMatch(/Upgrade: websocket\r\nUpgrade/)
      else expect(one.answer).toMatch(/^HTTP\/1\.1 200 [^]*"host"/)
      const passed = /"headers":(\{[^}]*\})/.exec(one.answer)?.[1] ?? ''
      expect(passed.toLowerCase()).not.toMatch(/h2c|http2-settings|"upgrade"/)
      one.socket.destroy()
    }
  })

  test('an upgrade that is not meant for the next hop is none', async () => {
    await serve({})
    const one = await rude(world.port, whole('/ai/a/', 'Upgrade: websocket\r\n'))
    await expect.poll(() => /^HTTP\/1\.1 200 [^]*\}/.test(one.answer), patience).toBe(true)
    expect(one.answer.toLowerCase()).not.toContain('websocket')
    one.socket.destroy()
  })

  test('an instance cannot begin a tunnel that it was not asked for', async () => {
    const hostile = await world.instance(({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    })
    await world.serve([route('a', [hostile])], { control, edge: plainEdge })
    const one = await rude(world.port, whole('/ai/a/', 'Upgrade: websocket\r\n'))
    await expect.poll(() => one.isClosed || /^HTTP\/1\.1 \d+ /.test(one.answer), patience).toBe(true)
    expect(one.answer).not.toMatch(/^HTTP\/1\.1 101/)
    one.socket.destroy()
  })

  test('HTTP/2 without asking is not understood', async () => {
    const one = await rude(world.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await expect.poll(() => one.answer, patience).toMatch(/^HTTP\/1\.1 (400|505) /)
    one.socket.destroy()
  })

  test.each([
    ...['/s/TOKEN', '/%73/TOKEN', '//s/TOKEN', '/s//TOKEN', '/s%2FTOKEN', '/%2fs/TOKEN', '/s/TOKEN%ff'],
    ...['/./s/TOKEN', '/x/../s/TOKEN', '/s/TOKEN/..', '/s/x/../../s/TOKEN', '/%2e/s/TOKEN'],
    ...['/api/v1/public/shares/TOKEN/runs', '/api/v1/public/%73hares/TOKEN', '/api%2Fv1/public/shares/TOKEN'],
    ...['/s/TOKEN/../../ai/a/', '/ai/a/../../s/TOKEN'],
    ...['/api/v1/x/../public/shares/TOKEN', 'http://localhost/%73/TOKEN', '/%73/TOKEN?TOKEN'],
  ])('the log has no token of a share link, however its path is written (%s)', async (path) => {
    await serve({})
    const id = `share-${Buffer.from(path).toString('base64url')}`
    const one = await rude(world.port, whole(path, `X-Request-Id: ${id}\r\nConnection: close\r\n`))
    await expect.poll(() => one.isClosed, patience).toBe(true)
    expect(JSON.stringify(await world.logged(id))).not.toContain('TOKEN')
  })

  test.each(['/s/TOKEN%', '/%73/TOKEN%zz'])('nor if nobody can decode it (%s)', async (path) => {
    const lines = async () => (await readFile(world.accessLogFile, 'utf8')).split('\n')
    const before = (await lines()).length
    // nginx does not read the headers of such a request, so it has no ID of ours.
    const one = await rude(world.port, whole(path, 'Connection: close\r\n'))
    await expect.poll(() => one.answer, patience).toContain('gateway.bad_request')
    const later = async () => (await lines()).slice(before - 1).filter((line) => line.includes('bad_request'))
    await expect.poll(async () => (await later()).length, patience).toBe(1)
    expect((await later()).join('')).not.toContain('TOKEN')
  })

  test('the path of a service’s own request is logged as it came', async () => {
    await serve({})
    for (const path of ['/ai/a/s/x', '/ai/a/%73/x%20y', '/ai/a//s/x']) {
      const id = `own-${Buffer.from(path).toString('base64url')}`
      await ask(world.port, path, { headers: { 'X-Request-Id': id } })
      expect((await world.logged(id)).path).toBe(path)
    }
  })

  test('a head that does not arrive is not waited for', async () => {
    await expect.poll(() => first.isClosed, patience).toBe(true)
  })
}

const embedded = testSetup('main.js', buildEmbedded)
describe('rude clients of the embedded gateway', () => {
  suite(async () => embeddedUnderTest(await embedded.newFolder('data'), embedded.builtFile()), true)
})

const nginx = testSetup('gate.js', buildScripts)
// nginx counts requests whose head has arrived. What is half sent, its time ends.
describe.skipIf(!isLuaInstalled)('rude clients of nginx with Lua', () => {
  suite(() => ownNginxUnderTest(nginx, {}, () => true), false)
})
describe.skipIf(!isNginxInstalled)('rude clients of nginx with njs', () => {
  suite(() => ownNginxUnderTest(nginx, {}, () => false), false)
})
