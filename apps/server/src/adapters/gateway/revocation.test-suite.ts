import { once } from 'node:events'
import { request } from 'node:http'
import type { RevokedLogins } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask } from './gateway.test-client.ts'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const now = () => Math.floor(Date.now() / 1000)

/** A revocation of logins that may still be valid. */
const revoke = (
  subject: string,
  issued_before: number | null = null,
  until = new Date(Date.now() + 600_000).toISOString(),
): RevokedLogins => ({ subject, issued_before, until })

/**
 * Tests that a revoked login is refused at once. `endsStreams` says whether the driver also ends what is open
 * at that moment.
 */
export function testRevocation(createGateway: CreateGateway, { endsStreams = true } = {}): void {
  describe('revoked logins', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
      await world.serve([route('a', [await world.instance()], { auth: 'required' })])
    })
    afterAll(() => world.dispose())

    const apply = (...revoked: RevokedLogins[]) => world.gateway.applyKeys({ version: 1, keys: [], revoked })
    const statusOf = async (token: string) =>
      (await ask(world.port, '/ai/a/', { headers: bearer(token) })).status

    test('tokens of an ended session are 401 as soon as that is applied, those of another session are not', async () => {
      const [ended, other] = [await world.token({ sid: 's1' }), await world.token({ sid: 's2' })]
      expect([await statusOf(ended), await statusOf(other)]).toEqual([200, 200])
      await apply(revoke('session:s1'))
      const answer = await ask(world.port, '/ai/a/', { headers: bearer(ended) })
      expect([answer.status, answer.code()]).toEqual([401, 'auth.invalid_credential'])
      expect(await statusOf(other)).toBe(200)
    })

    test('a token that the gateway has never seen is refused as well, also as a cookie', async () => {
      await apply(revoke('session:s3'))
      const token = await world.token({ sid: 's3' })
      const Cookie = `vitrine_session=${token}`
      const byCookie = await ask(world.port, '/ai/a/', { headers: { Cookie } })
      expect([await statusOf(token), byCookie.status]).toEqual([401, 401])
    })

    test('tokens of a user from before a change are refused, later ones are not', async () => {
      const at = now()
      const before = await world.token({ sub: 'u1', iat: at - 1 })
      const after = await world.token({ sub: 'u1', iat: at })
      expect(await statusOf(before)).toBe(200)
      await apply(revoke('user:u1', at))
      expect([await statusOf(before), await statusOf(after)]).toEqual([401, 200])
    })

    test('every token of a removed user is refused', async () => {
      await apply(revoke('user:u2'))
      expect(await statusOf(await world.token({ sub: 'u2', iat: now() + 5 }))).toBe(401)
    })

    test('an entry that has expired says no more', async () => {
      await apply(revoke('session:s4', null, new Date(Date.now() - 1).toISOString()))
      expect(await statusOf(await world.token({ sid: 's4' }))).toBe(200)
    })

    test('a token that no revocation could name is refused', async () => {
      expect(await statusOf(await world.token({ sid: '' }))).toBe(401)
    })

    test('a gateway that was restarted still refuses them', async () => {
      const token = await world.token({ sid: 's5' })
      await apply(revoke('session:s5'))
      await world.gateway.shutdown()
      const again = world.createAgain()
      await again.open()
      expect(await statusOf(token)).toBe(401)
      await again.shutdown()
      await world.gateway.open()
    })

    if (endsStreams) testStreams(() => world)
  })
}

function testStreams(current: () => GatewayWorld): void {
  /** Opens an event stream that stays silent after its first event. Resolves with when it has ended. */
  async function openStream(headers: Record<string, string>): Promise<{ ended: Promise<unknown> }> {
    const world = current()
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
    const world = current()
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
    const world = current()
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
    const world = current()
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
    const world = current()
    const { key, entry } = apiKey()
    await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
    const stream = await openStream(bearer(key))
    const began = Date.now()
    await world.gateway.applyKeys({ version: 1, keys: [], revoked: [] })
    await stream.ended
    expect(Date.now() - began).toBeLessThan(1_000)
  })
}
