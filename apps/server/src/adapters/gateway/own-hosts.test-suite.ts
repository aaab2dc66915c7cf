import { once } from 'node:events'
import { plainEdge, type GatewayEdge } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask } from './gateway.test-client.ts'
import { echo, type TestUpstream } from './gateway.test-upstream.ts'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const edge: GatewayEdge = { ...plainEdge, apps_domain: 'apps.example.com' }

/** Tests the hosts of services' own addresses: `<service id>.<apps domain>` at the public address. */
export function testOwnHosts(createGateway: CreateGateway): void {
  describe('a service’s own host', () => {
    let world: GatewayWorld
    let upstream: TestUpstream
    let control: { host: string; port: number }
    beforeAll(async () => {
      world = await createWorld(createGateway)
      upstream = await world.instance((req, res) => {
        if (req.url === '/cookies') res.setHeader('Set-Cookie', ['vitrine_session=x', 'own=1'])
        echo('instance')(req, res)
      })
      new WebSocketServer({ server: upstream.server }).on('connection', (socket, req) =>
        socket.send(`hi ${req.url}`),
      )
      const { host, port } = await world.instance(echo('control'))
      control = { host, port }
    })
    afterAll(() => world.dispose())

    const serve = (part: Parameters<typeof route>[2] = {}, more: Partial<GatewayEdge> = {}) =>
      world.serve([route('demo', [upstream], part)], { control, edge: { ...edge, ...more } })
    const askAt = (host: string, path = '/', headers: Record<string, string> = {}) =>
      ask(world.port, path, { headers: { Host: host, ...headers } })
    const own = 'demo.apps.example.com'

    test('gets every path unchanged, even paths that the platform has', async () => {
      await serve()
      for (const path of ['/', '/x?y=1', '/ai/demo/', '/api/v1/users', '/ai/other/x']) {
        const { name, url, headers } = (await askAt(own, path)).asked()
        expect([name, url, headers.host, headers['x-forwarded-prefix']]).toEqual([
          'instance',
          path,
          own,
          undefined,
        ])
      }
      for (const host of ['DEMO.Apps.Example.com:8443', `${own}.`])
        expect((await askAt(host)).asked().name).toBe('instance')
      const answer = await askAt(own, '/logged')
      expect(await world.logged(String(answer.headers['x-request-id']))).toMatchObject({
        service_id: 'demo',
        path: '/logged',
      })
    })

    test('gets WebSockets', async () => {
      await serve()
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/live`, { headers: { Host: own } })
      const [message] = await once(client, 'message')
      expect(String(message)).toBe('hi /live')
      client.terminate()
    })

    test('accepts tokens and API keys, but no cookie as a sign-in', async () => {
      await serve({ auth: 'required' })
      const token = await world.token()
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const statusWith = async (headers: Record<string, string>) => (await askAt(own, '/', headers)).status
      expect(await statusWith({ Authorization: `Bearer ${token}` })).toBe(200)
      expect(await statusWith({ Authorization: `Bearer ${key}` })).toBe(200)
      for (const name of ['vitrine_session', '__Host-vitrine_session']) {
        const answer = await askAt(own, '/', { Cookie: `${name}=${token}` })
        expect([answer.status, answer.code()]).toEqual([401, 'auth.required'])
      }
      // Below the platform's own host the same cookie counts.
      expect((await askAt('localhost', '/ai/demo/', { Cookie: `vitrine_session=${token}` })).status).toBe(200)
    })

    test('neither gets nor sets the platform’s cookies, and needs no sandbox', async () => {
      await serve()
      const answer = await askAt(own, '/cookies', { Cookie: 'vitrine_session=a; mine=1' })
      expect(answer.asked().headers.cookie).toBe('mine=1')
      expect(answer.headers['set-cookie']).toEqual(['own=1'])
      expect(answer.headers['content-security-policy']).toBeUndefined()
    })

    test('is never the platform, and other hosts below the domain are nobody’s', async () => {
      // Names below `.lan` would else be accepted, and so would those below `localhost`.
      for (const domain of ['apps.example.com', 'apps.lan', 'apps.localhost'])
        for (const public_url of [null, 'https://vitrine.example']) {
          await serve({}, { apps_domain: domain, public_url })
          for (const host of [`other.${domain}`, `x.demo.${domain}`, `OTHER.${domain}.:80`])
            for (const path of ['/', '/ai/demo/', '/api/v1/x']) {
              const answer = await askAt(host, path)
              expect([host, path, answer.status, answer.code()]).toEqual([
                host,
                path,
                421,
                'gateway.host_refused',
              ])
            }
          expect((await askAt(`demo.${domain}`, '/api/v1/x')).asked().name).toBe('instance')
        }
      expect((await askAt('localhost', '/api/v1/x')).asked().name).toBe('control')
    })

    test('must be the header `Host`: what a proxy says beside it gives no other origin', async () => {
      await serve({}, { trusted_proxies: ['127.0.0.1'] })
      const said = (host: string, forwarded: string) => askAt(host, '/', { 'X-Forwarded-Host': forwarded })
      expect((await said('localhost', own)).status).toBe(421)
      expect((await said(own, 'localhost')).status).toBe(421)
      expect((await said(own, own)).asked().name).toBe('instance')
    })

    test('has the scheme of the public URL, if it has its port', async () => {
      await serve({}, { public_url: 'https://vitrine.example:8443' })
      const schemeAt = async (host: string) => (await askAt(host)).asked().headers['x-forwarded-proto']
      expect([await schemeAt(`${own}:8443`), await schemeAt(own)]).toEqual(['https', 'http'])
    })

    test('no longer exists when the service is deleted, and does not exist without the setting', async () => {
      await serve()
      expect((await askAt(own)).status).toBe(200)
      await world.serve([], { control, edge })
      expect((await askAt(own)).status).toBe(421)
      await serve({}, { apps_domain: null })
      expect((await askAt(own)).status).toBe(421)
      expect((await askAt('localhost', '/ai/demo/')).asked().name).toBe('instance')
    })
  })
}
