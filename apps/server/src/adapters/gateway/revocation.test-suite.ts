import type { GatewayRoute, RevokedLogins } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './gateway.test-client.ts'
import type { Gateway } from './gateway.ts'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** The header with a credential. */
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

/** A revocation of logins that may still be valid. */
export const revoke = (
  subject: string,
  before_generation: number | null = null,
  until = new Date(Date.now() + 600_000).toISOString(),
): RevokedLogins => ({ subject, before_generation, until })

/** Tests that a revoked login is refused at once. */
export function testRevocation(createGateway: CreateGateway): void {
  describe('revoked logins', () => {
    let world: GatewayWorld
    let routes: GatewayRoute[] = []
    beforeAll(async () => {
      world = await createWorld(createGateway)
      routes = [route('a', [await world.instance()], { auth: 'required' })]
      await world.serve(routes)
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

    test('tokens of a user from before a change are refused, later ones are not, also within one second', async () => {
      const before = await world.token({ sub: 'u1', gen: 0 })
      const after = await world.token({ sub: 'u1', gen: 1 })
      expect(await statusOf(before)).toBe(200)
      await apply(revoke('user:u1', 1))
      expect([await statusOf(before), await statusOf(after)]).toEqual([401, 200])
    })

    test('every token of a removed user is refused', async () => {
      await apply(revoke('user:u2'))
      expect(await statusOf(await world.token({ sub: 'u2', gen: 5 }))).toBe(401)
    })

    test('an entry that has expired says no more', async () => {
      await apply(revoke('session:s4', null, new Date(Date.now() - 1).toISOString()))
      expect(await statusOf(await world.token({ sid: 's4' }))).toBe(200)
    })

    test('a token that no revocation could name is refused', async () => {
      expect(await statusOf(await world.token({ sid: '' }))).toBe(401)
    })

    /** Restarts the gateway. `use` gets it before its first request. */
    async function restarted(use: (again: Gateway) => Promise<void>): Promise<void> {
      await world.gateway.shutdown()
      const again = world.createAgain()
      await again.open()
      try {
        await use(again)
      } finally {
        await again.shutdown()
        await world.gateway.open()
      }
    }

    test('a gateway that was restarted still refuses them', async () => {
      const token = await world.token({ sid: 's5' })
      await apply(revoke('session:s5'))
      await restarted(async () => expect(await statusOf(token)).toBe(401))
    })

    test('one that was restarted and gets a table before its first request still refuses them and knows the keys', async () => {
      const { key, entry } = apiKey()
      const [ended, other] = [await world.token({ sid: 's6' }), await world.token({ sid: 's7' })]
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [revoke('session:s6')] })
      await restarted(async (again) => {
        await again.apply(world.table({ routes }))
        expect([await statusOf(ended), await statusOf(other), await statusOf(key)]).toEqual([401, 200, 200])
      })
    })

    test('what was revoked before the first request after a restart is refused', async () => {
      const { key, entry } = apiKey()
      const [ended, other] = [await world.token({ sid: 's8' }), await world.token({ sid: 's9' })]
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      await restarted(async (again) => {
        await again.applyKeys({ version: 1, keys: [], revoked: [revoke('session:s8')] })
        expect([await statusOf(ended), await statusOf(other), await statusOf(key)]).toEqual([401, 200, 401])
      })
    })
  })
}
