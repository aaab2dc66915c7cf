import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { bearer, now, revoke } from './revocation.test-suite.ts'

/** Tests that what a revoked login has open ends within a second. */
export function testRevokedStreams(createGateway: CreateGateway): void {
  describe('what revoked logins have open', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    /** Opens an event stream that stays silent after its first event. Resolves with when it has ended. */
    async function openStream(headers: Record<string, string>): Promise<{ ended: Promise<unknown> }> {
      const req = request({ port: world.port, host: '127.0.0.1', path: '/ai/live/', agent: false })
      for (const [name, value] of Object.entries({ Accept: 'text/event-stream', ...headers }))
        req.setHeader(name, value)
      req.end()
      const [res] = await once(req, 'response')
      await once(res, 'data')
      res.on('error', () => undefined).resume()
      return { ended: new Promise((resolve) => res.once('close', resolve)) }
    }

    async function serveStream(): Promise<void> {
      const upstream = await world.instance((_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        res.write('data: 1\n\n')
      })
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hi'))
      await world.serve([route('live', [upstream], { auth: 'required' })])
    }

    const isOpen = async (ended: Promise<unknown>) =>
      Promise.race([ended.then(() => false), new Promise((resolve) => setImmediate(() => resolve(true)))])

    test('a silent event stream of a revoked login ends within a second, and another one goes on', async () => {
      await serveStream()
      const ended = await openStream(bearer(await world.token({ sid: 'stream-1' })))
      const other = await openStream(bearer(await world.token({ sid: 'stream-2' })))
      const began = Date.now()
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [revoke('session:stream-1')] })
      await ended.ended
      expect(Date.now() - began).toBeLessThan(1_000)
      expect(await isOpen(other.ended)).toBe(true)
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [revoke('session:stream-2')] })
      await other.ended
    })

    test('a WebSocket of a revoked login ends within a second', async () => {
      await serveStream()
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/live/`, {
        headers: bearer(await world.token({ sub: 'u-socket', iat: now() - 1 })),
      })
      await once(client, 'message')
      const closed = once(client, 'close')
      const began = Date.now()
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [revoke('user:u-socket', now())] })
      await closed
      expect(Date.now() - began).toBeLessThan(1_000)
    })

    test('an event stream of a revoked API key ends within a second', async () => {
      await serveStream()
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const stream = await openStream(bearer(key))
      const began = Date.now()
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [] })
      await stream.ended
      expect(Date.now() - began).toBeLessThan(1_000)
    })
  })
}
