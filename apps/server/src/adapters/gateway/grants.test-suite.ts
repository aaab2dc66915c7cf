import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './gateway.test-client.ts'
import { createWorld, route, type CreateGateway } from './gateway.test-world.ts'
import { bearer } from './revocation.test-suite.ts'

/** A gateway with services of groups, and people whose role may run none of them. */
async function openWorld(createGateway: CreateGateway) {
  const world = await createWorld(createGateway)
  const upstream = await world.instance((req, res) => {
    if (req.url !== '/live') return res.end('here')
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
  })
  return {
    port: world.port,
    dispose: () => world.dispose(),
    /** Grants somebody the services of these groups, and nobody anything else. */
    granted: (sub: string, ...groups: string[]) =>
      world.gateway.applyKeys({
        version: 1,
        keys: [],
        revoked: [],
        ...(groups.length > 0 && { grants: [{ caller: `user:${sub}`, groups }] }),
      }),
    /** Serves the service `vision` in a group, or in none. */
    serve(group?: string) {
      const auth = 'required' as const
      return world.serve([
        route('vision', [upstream], { auth, ...(group !== undefined && { group }) }),
        route('other', [upstream], { auth, group: 'others' }),
        route('alone', [upstream], { auth }),
      ])
    },
    tokenOf: (sub: string) => world.token({ sub, role: 'none' }),
  }
}
type World = Awaited<ReturnType<typeof openWorld>>

/** Tests what groups of services grant to people whose role may run no service. */
export function testGrants(createGateway: CreateGateway): void {
  describe('grants of service groups', () => {
    let world: World
    beforeAll(async () => {
      world = await openWorld(createGateway)
    })
    afterAll(() => world.dispose())

    const statusAt = async (slug: string, token: string) =>
      (await ask(world.port, `/ai/${slug}/`, { headers: bearer(token) })).status

    test('one for a group opens its services alone, at once, and closes them again', async () => {
      await world.serve('g1')
      await world.granted('u1')
      const token = await world.tokenOf('u1')
      expect(await statusAt('vision', token)).toBe(403)
      await world.granted('u1', 'g1', 'g2')
      const statuses = ['vision', 'other', 'alone'].map((slug) => statusAt(slug, token))
      expect(await Promise.all(statuses)).toEqual([200, 403, 403])
      const Cookie = `vitrine_session=${await world.tokenOf('u1')}`
      const answer = await ask(world.port, '/ai/vision/', { headers: { Cookie } })
      const refused = await statusAt('vision', await world.tokenOf('u2'))
      expect([answer.status, refused]).toEqual([200, 403])
      await world.granted('u1')
      expect(await statusAt('vision', token)).toBe(403)
    })

    test('a service that leaves the group is closed with the new table', async () => {
      await world.serve('g1')
      await world.granted('u3', 'g1')
      const token = await world.tokenOf('u3')
      expect(await statusAt('vision', token)).toBe(200)
      await world.serve('g4')
      expect(await statusAt('vision', token)).toBe(403)
      await world.serve()
      expect(await statusAt('vision', token)).toBe(403)
    })
  })
}

/** Tests that what a grant let in ends with it. */
export function testGrantedStreams(createGateway: CreateGateway): void {
  describe('what grants of service groups have let in', () => {
    let world: World
    beforeAll(async () => {
      world = await openWorld(createGateway)
    })
    afterAll(() => world.dispose())

    /** Opens a stream as somebody. The promise resolves when it has ended. */
    async function openStream(token: string): Promise<{ ended: Promise<unknown> }> {
      const req = request({ host: '127.0.0.1', port: world.port, path: '/ai/vision/live', agent: false })
      req.setHeader('Authorization', `Bearer ${token}`)
      const [res] = await once(req.end(), 'response')
      await once(res, 'data')
      res.on('error', () => undefined).resume()
      return { ended: new Promise((resolve) => res.once('close', resolve)) }
    }

    test.each([
      ['the grant is withdrawn', () => world.granted('u5')],
      ['the service leaves the group', () => world.serve('g6')],
    ])('a stream ends within a second when %s', async (_what, change) => {
      await world.serve('g1')
      await world.granted('u5', 'g1')
      const { ended } = await openStream(await world.tokenOf('u5'))
      const began = Date.now()
      await change()
      await ended
      expect(Date.now() - began).toBeLessThan(1_000)
    })
  })
}
