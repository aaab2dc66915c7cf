import type { GatewayRoute } from '@vitrine/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { echo, freePort } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** Enough services that a gateway writes only what has changed of their table. */
const many = 150

/** Tests tables of which only a part is new: the other routes are the objects of the table before. */
export function testChanges(createGateway: CreateGateway, { ownsProcess = true } = {}): void {
  describe('changes of a table', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    const to = async (id: string, name = id, part: Partial<GatewayRoute> = {}) =>
      route(id, [await world.instance(echo(name))], part)
    const nameAt = async (path: string, port = world.port) => (await ask(port, path)).asked().name
    const statusAt = async (path: string) => (await ask(world.port, path)).status

    test('a service that changes, comes or goes is followed, one after the other, and the others are served as before', async () => {
      const [a, b] = [await to('a'), await to('b')]
      await world.serve([a, b])
      const changed = await to('a', 'new')
      await world.serve([changed, b])
      expect([await nameAt('/ai/a/'), await nameAt('/ai/b/')]).toEqual(['new', 'b'])
      const c = await to('c')
      await world.serve([changed, b, c])
      await world.serve([b, c])
      expect([await statusAt('/ai/a/'), await nameAt('/ai/b/'), await nameAt('/ai/c/')]).toEqual([
        404,
        'b',
        'c',
      ])
      await world.serve([b, c, a])
      expect([await nameAt('/ai/a/'), await nameAt('/ai/b/')]).toEqual(['a', 'b'])
    })

    test('a gateway that has another table in force than the one that was changed gets the whole', async () => {
      const [a, b] = [await to('a'), await to('b')]
      await world.serve([a, b])
      const other = world.createAgain()
      await other.open()
      await other.apply(world.table({ routes: [a, { ...b, state: 'stopped' }] }))
      await other.close()
      expect(await statusAt('/ai/b/')).toBe(503)
      await world.serve([await to('a', 'new'), b])
      expect([await nameAt('/ai/a/'), await nameAt('/ai/b/')]).toEqual(['new', 'b'])
    })

    test('front ports open, move from one service to another, and close with the changes', async () => {
      const front = { host: '127.0.0.1', port: await freePort() }
      const [a, b] = [await to('a'), await to('b')]
      await world.serve([a, b])
      await world.serve([{ ...a, front }, b])
      expect(await nameAt('/', front.port)).toBe('a')
      await world.serve([a, { ...b, front }])
      expect(await nameAt('/', front.port)).toBe('b')
      await world.serve([a])
      await expect(ask(front.port, '/')).rejects.toThrow('ECONNREFUSED')
      expect(await nameAt('/ai/a/')).toBe('a')
    })

    test('a changed route that cannot be served is left out alone, and is told with each table until it can', async () => {
      const [a, b] = [await to('a'), await to('b')]
      await world.serve([a, b])
      const bad = { ...a, body_bytes: 1e21 }
      const left = [{ service_id: 'a', part: 'route', cause: 'unusable' }]
      expect(await world.serve([bad, b])).toMatchObject(left)
      expect([await statusAt('/ai/a/'), await statusAt('/ai/b/')]).toEqual([404, 200])
      expect(await world.serve([bad, await to('b', 'new')])).toMatchObject(left)
      expect(await world.serve([a, b])).toEqual([])
      expect([await nameAt('/ai/a/'), await nameAt('/ai/b/')]).toEqual(['a', 'b'])
    })

    test.skipIf(!ownsProcess)(
      'a gateway that was killed after a change begins with it, and follows the next one',
      async () => {
        const [first, last] = [await to('first'), await to('last')]
        const rest = Array.from({ length: many }, (_none, index) =>
          route(`s${index}`, [], { state: 'stopped' }),
        )
        await world.serve([first, ...rest, last])
        const changed = await to('first', 'new')
        await world.serve([changed, ...rest.slice(1), last])
        const killed = await world.pid()
        signalPid(killed, 'SIGKILL')
        const name = () => nameAt('/ai/first/').catch(() => '')
        // Workers of a killed nginx go on for a moment, with what was in force.
        const hasBegun = async () => (await world.pid().catch(() => killed)) !== killed
        const follows = async () => (await hasBegun()) && (await name()) === 'new'
        expect(await waitFor(follows, { timeoutMs: patienceMs })).toBe(true)
        expect([await statusAt('/ai/s0/'), await statusAt('/ai/s1/')]).toEqual([404, 503])
        await world.serve([changed, ...rest, { ...last, state: 'stopped' }])
        expect([await statusAt('/ai/s0/'), await statusAt('/ai/last/'), await name()]).toEqual([
          503,
          503,
          'new',
        ])
      },
    )
  })
}
