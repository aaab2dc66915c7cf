import { plainEdge, type GatewayEdge } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, sendRaw } from './gateway.test-client.ts'
import { echo, freePort, type TestUpstream } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const publicUrl = 'https://vitrine.example'
/** All requests of these tests come from 127.0.0.1. */
const behindProxy: GatewayEdge = { ...plainEdge, trusted_proxies: ['127.0.0.1', '10.1.0.0/16'] }
const behindOther: GatewayEdge = { ...plainEdge, trusted_proxies: ['10.1.0.0/16', 'fd00::/8'] }
const forwarded = {
  'X-Forwarded-For': '198.51.100.1, 203.0.113.7, 10.1.0.9',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'localhost:8443',
}

/** Tests whom the gateway believes about a request, and for which hosts it answers. */
export function testEdge(createGateway: CreateGateway): void {
  describe('behind a proxy', () => {
    let world: GatewayWorld
    let upstream: TestUpstream
    let control: { host: string; port: number }
    beforeAll(async () => {
      world = await createWorld(createGateway)
      upstream = await world.instance()
      const { host, port } = await world.instance(echo('control'))
      control = { host, port }
    })
    afterAll(() => world.dispose())

    const serve = (edge: GatewayEdge, part: Parameters<typeof route>[2] = {}) =>
      world.serve([route('a', [upstream], part)], { control, edge })
    const headersAt = async (path: string, headers: Record<string, string>) =>
      (await ask(world.port, path, { headers })).asked().headers
    const statusAt = async (path: string, headers: Record<string, string>, port = world.port) =>
      (await ask(port, path, { headers })).status

    test.each([
      ['an instance', '/ai/a/x', { host: 'localhost:8443' }],
      ['the control plane', '/api/v1/x', { host: 'localhost:8443', 'x-forwarded-host': 'localhost:8443' }],
    ])('%s is told the client, scheme and host that a trusted proxy names', async (_name, path, more) => {
      await serve(behindProxy)
      expect(await headersAt(path, forwarded)).toMatchObject({
        'x-real-ip': '203.0.113.7',
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'https',
        ...more,
      })
    })

    test.each(['/ai/a/x', '/api/v1/x'])('from anybody else such claims are ignored (%s)', async (path) => {
      for (const edge of [behindOther, plainEdge]) {
        await serve(edge)
        expect(await headersAt(path, { ...forwarded, Host: 'localhost' })).toMatchObject({
          'x-real-ip': '127.0.0.1',
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-proto': 'http',
          host: 'localhost',
        })
      }
    })

    test('the access log has the client’s address', async () => {
      await serve(behindProxy)
      const answer = await ask(world.port, '/ai/a/', { headers: forwarded })
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect(line.remote_address).toBe('203.0.113.7')
    })

    test('each client has a rate limit of its own', async () => {
      await serve(behindProxy, { rate_limit: { requests: 1, window_s: 600 } })
      const from = (address: string) => statusAt('/ai/a/', { 'X-Forwarded-For': address })
      expect([await from('203.0.113.7'), await from('203.0.113.7'), await from('203.0.113.8')]).toEqual([
        200, 429, 200,
      ])
    })

    test('of IPv6, a network /64 has one rate limit, because its owner can use all of its addresses', async () => {
      await serve(behindProxy, { rate_limit: { requests: 2, window_s: 600 } })
      const from = (address: string) => statusAt('/ai/a/', { 'X-Forwarded-For': address })
      const statuses: number[] = []
      for (const address of ['2001:db8:1:2::7', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::8', '2001:db8:1:3::7'])
        statuses.push(await from(address))
      expect(statuses).toEqual([200, 200, 429, 200])
    })

    test('an IPv4 address in IPv6 form has the rate limit of the IPv4 address', async () => {
      await serve(behindProxy, { rate_limit: { requests: 1, window_s: 500 } })
      const from = (address: string) => statusAt('/ai/a/', { 'X-Forwarded-For': address })
      expect([
        await from('203.0.113.9'),
        await from('::ffff:203.0.113.9'),
        await from('::ffff:203.0.113.10'),
      ]).toEqual([200, 429, 200])
    })

    test('over TLS only the cookie that no page without TLS can set counts, and no instance sees it', async () => {
      await serve(behindProxy, { auth: 'required' })
      const token = await world.token()
      const withCookie = (name: string, scheme: string) =>
        ask(world.port, '/ai/a/', {
          headers: { Cookie: `${name}=${token}; own=1`, 'X-Forwarded-Proto': scheme },
        })
      expect((await withCookie('vitrine_session', 'https')).status).toBe(401)
      expect((await withCookie('vitrine_session', 'http')).status).toBe(200)
      expect((await withCookie('__Host-vitrine_session', 'http')).status).toBe(401)
      const answer = await withCookie('__Host-vitrine_session', 'https')
      expect(answer.asked().headers.cookie).toBe('own=1')
    })

    test('a page is of the same origin as the host that a trusted proxy names', async () => {
      await serve(behindProxy, { auth: 'required' })
      const cookie = `__Host-vitrine_session=${await world.token()}`
      const statusFrom = async (origin: string) => {
        const headers = { ...forwarded, Host: '127.0.0.1:1', Cookie: cookie, Origin: origin }
        return (await ask(world.port, '/ai/a/', { method: 'POST', headers })).status
      }
      expect([await statusFrom('https://localhost:8443'), await statusFrom('http://127.0.0.1:1')]).toEqual([
        200, 403,
      ])
    })

    test('a request for the public URL’s own host has its scheme', async () => {
      await serve({ ...plainEdge, public_url: publicUrl })
      expect(await headersAt('/ai/a/', { Host: 'Vitrine.example' })).toMatchObject({
        'x-forwarded-proto': 'https',
      })
      expect(await headersAt('/ai/a/', { Host: 'localhost' })).toMatchObject({ 'x-forwarded-proto': 'http' })
    })

    test.each([
      ['/api/v1/x', 421],
      ['/ai/a/', 421],
      ['/', 421],
    ])('a page that gives its own name the platform’s address gets nothing (%s)', async (path, status) => {
      for (const edge of [plainEdge, { ...plainEdge, public_url: publicUrl }, behindProxy]) {
        await serve(edge)
        const answer = await ask(world.port, path, { headers: { Host: `evil.example:${world.port}` } })
        expect([answer.status, answer.code()]).toEqual([status, 'gateway.host_refused'])
        const line = await world.logged(String(answer.headers['x-request-id']))
        expect([line.status, line.error]).toEqual([status, 'gateway.host_refused'])
      }
    })

    test('nor does it get a WebSocket', async () => {
      await serve(plainEdge)
      const head =
        'GET /ai/a/ HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
      const until = /^HTTP\/1\.1 421 /
      expect(await sendRaw(world.port, head, { until })).toMatch(until)
    })

    test('its name counts neither as a proxy’s', async () => {
      await serve(behindProxy)
      expect(await statusAt('/ai/a/', { 'X-Forwarded-Host': 'evil.example' })).toBe(421)
      expect(await statusAt('/ai/a/', { 'X-Forwarded-Host': 'evil.example, localhost' })).toBe(200)
    })

    test('the public URL’s host and the machine itself are answered', async () => {
      await serve({ ...plainEdge, public_url: publicUrl })
      for (const host of ['vitrine.example', 'VITRINE.EXAMPLE:443', 'localhost:8000', '127.0.0.1', '[::1]:1'])
        expect(await statusAt('/ai/a/', { Host: host })).toBe(200)
    })

    test('a front port answers to every host if there is a public URL, and else only to its own', async () => {
      const port = await freePort()
      const front = { host: '127.0.0.1', port }
      await serve({ ...plainEdge, public_url: publicUrl }, { front })
      expect(await statusAt('/', { Host: 'algorithm.example' }, port)).toBe(200)
      await serve(plainEdge, { front })
      expect(await statusAt('/', { Host: 'algorithm.example' }, port)).toBe(421)
      expect(await statusAt('/', { Host: `localhost:${port}` }, port)).toBe(200)
    })
  })
}
