import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { freePort } from './gateway.test-upstream.ts'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { bearer, revoke } from './revocation.test-suite.ts'

/** Tests that what a revoked login has open ends within a second. */
export function testRevokedStreams(createGateway: CreateGateway): void {
  describe('what revoked logins have open', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    type Way = { port?: number; path?: string; agent?: Agent }

    async function answerTo(headers: Record<string, string>, way: Way = {}): Promise<IncomingMessage> {
      const req = request({ host: '127.0.0.1', port: world.port, path: '/ai/live/', agent: false, ...way })
      for (const [name, value] of Object.entries(headers)) req.setHeader(name, value)
      req.end()
      const [res] = await once(req, 'response')
      return res
    }

    /** An event stream: when it has ended, and when it has got one more event. */
    type OpenStream = { ended: Promise<unknown>; heard: () => Promise<unknown> }

    /** Opens an event stream that stays silent after its first event. */
    async function openStream(headers: Record<string, string>, way?: Way): Promise<OpenStream> {
      const res = await answerTo({ Accept: 'text/event-stream', ...headers }, way)
      await once(res, 'data')
      res.on('error', () => undefined).resume()
      return {
        ended: new Promise((resolve) => res.once('close', resolve)),
        heard: () => new Promise((resolve) => res.once('data', resolve)),
      }
    }

    async function serveStream() {
      const streams: ServerResponse[] = []
      const upstream = await world.instance((req, res) => {
        if (req.url === '/at-once') return res.end('done')
        if (req.url === '/never') return
        streams.push(res.writeHead(200, { 'Content-Type': 'text/event-stream' }))
        res.write('data: 1\n\n')
      })
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hi'))
      const live = route('live', [upstream], { auth: 'required' })
      await world.serve([live])
      /** Whether a stream still gets what the instance sends. */
      const isOpen = async ({ ended, heard }: OpenStream) => {
        const first = Promise.race([heard().then(() => true), ended.then(() => false)])
        for (const stream of streams) stream.write('data: 2\n\n')
        return first
      }
      return { upstream, live, isOpen }
    }

    /** Revokes sessions and resolves with how long that took in milliseconds, until `ended`. */
    async function revokeUntil(ended: Promise<unknown>, ...sessions: string[]): Promise<number> {
      const began = Date.now()
      const revoked = sessions.map((id) => revoke(`session:${id}`))
      await world.gateway.applyKeys({ version: 1, keys: [], revoked })
      await ended
      return Date.now() - began
    }

    test('a silent event stream of a revoked login ends within a second, and another stream continues', async () => {
      const { isOpen } = await serveStream()
      const ended = await openStream(bearer(await world.token({ sid: 'stream-1' })))
      const other = await openStream(bearer(await world.token({ sid: 'stream-2' })))
      expect(await revokeUntil(ended.ended, 'stream-1')).toBeLessThan(1_000)
      expect(await isOpen(other)).toBe(true)
      await revokeUntil(other.ended, 'stream-2')
    })

    test('streams from before a new front port was opened, and streams at that port, end as well', async () => {
      const { live, isOpen } = await serveStream()
      const headers = bearer(await world.token({ sid: 'before-front' }))
      const [before, other] = [await openStream(headers), await openStream(bearer(await world.token()))]
      const front = { host: '127.0.0.1', port: await freePort() }
      await world.serve([{ ...live, front }])
      const atFront = await openStream(headers, { port: front.port, path: '/' })
      const ended = Promise.all([before.ended, atFront.ended])
      expect(await revokeUntil(ended, 'before-front')).toBeLessThan(1_000)
      expect(await isOpen(other)).toBe(true)
      await revokeUntil(other.ended, 'a-session')
    })

    test('a request that was half sent before a new front port was opened ends as well', async () => {
      const { live } = await serveStream()
      const socket = connect(world.port, '127.0.0.1')
      const closed = once(socket, 'close')
      socket.write('GET /ai/live/ HTTP/1.1\r\nHost: 127.0.0.1\r\n')
      // By the time that it has answered a later request, the gateway has most likely read the first half.
      ;(await answerTo(bearer(await world.token()), { path: '/ai/live/at-once' })).resume()
      await world.serve([{ ...live, front: { host: '127.0.0.1', port: await freePort() } }])
      socket.write(`Authorization: Bearer ${await world.token({ sid: 'half-sent' })}\r\n\r\n`)
      await once(socket, 'data')
      expect(await revokeUntil(closed, 'half-sent')).toBeLessThan(1_000)
    })

    test('a stream whose request has names of headers in `Connection` ends as well', async () => {
      await serveStream()
      const named = { Connection: 'x-mine', 'X-Mine': '1', ...bearer(await world.token({ sid: 'named' })) }
      const { ended } = await openStream(named)
      expect(await revokeUntil(ended, 'named')).toBeLessThan(1_000)
    })

    test('a request that has no answer yet ends within a second', async () => {
      const { upstream } = await serveStream()
      const answer = answerTo(bearer(await world.token({ sid: 'waiting' })), { path: '/ai/live/never' }).then(
        (res) => res.resume().statusCode,
        () => 'cut off',
      )
      await expect.poll(() => upstream.requests.length, { timeout: patienceMs }).toBe(1)
      expect(await revokeUntil(answer, 'waiting')).toBeLessThan(1_000)
      expect(await answer).not.toBe(200)
    })

    test('what another caller has on the same connection is left alone', async () => {
      const { isOpen } = await serveStream()
      // Behind a TLS proxy, callers share connections.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const [first, second] = [await world.token({ sid: 'first' }), await world.token({ sid: 'second' })]
      const done = await answerTo(bearer(first), { path: '/ai/live/at-once', agent })
      await once(done.resume(), 'close')
      const shared = await openStream(bearer(second), { agent })
      const own = await openStream(bearer(first))
      await revokeUntil(own.ended, 'first')
      expect(await isOpen(shared)).toBe(true)
      await revokeUntil(shared.ended, 'second')
      agent.destroy()
    })

    test('a WebSocket of a revoked login ends within a second', async () => {
      await serveStream()
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/live/`, {
        headers: bearer(await world.token({ sub: 'u-socket', gen: 0 })),
      })
      await once(client, 'message')
      const closed = once(client, 'close')
      const began = Date.now()
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [revoke('user:u-socket', 1)] })
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
