import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listenersAt } from '../../lib/procfs/port-ownership.test-setup.ts'
import { ask } from './gateway.test-client.ts'
import { echo, type TestUpstream } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** The instance with the sockets that listen on its port now. */
const proved = async (upstream: TestUpstream) => ({
  ...upstream,
  listeners: await listenersAt(upstream.port),
})

/**
 * Tests what happens when another program takes the port of an instance that has ended, before the control plane has
 * noticed the end.
 */
export function testTakenPorts(createGateway: CreateGateway): void {
  describe('a program that has taken the port of an instance', () => {
    let world: GatewayWorld
    const thieves: Server[] = []
    let stolen = 0
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(async () => {
      for (const thief of thieves) thief.close()
      await world.dispose()
    })

    async function takePort(port: number): Promise<void> {
      const thief = createServer((req, res) => {
        stolen += 1
        echo('thief')(req, res)
      })
      thief.listen(port, '127.0.0.1')
      await once(thief, 'listening')
      thieves.push(thief)
    }

    test('gets no request, although the table still has the instance', async () => {
      const victim = await world.instance(echo('victim'), 'victim')
      await world.serve([route('a', [await proved(victim)])])
      expect((await ask(world.port, '/ai/a/')).asked().name).toBe('victim')
      await victim.close()
      await takePort(victim.port)
      for (const method of ['GET', 'POST', 'GET']) {
        const answer = await ask(world.port, '/ai/a/', { method, ...(method === 'POST' && { body: 'x' }) })
        expect([answer.status, answer.code()]).toEqual([502, 'gateway.upstream_unreachable'])
      }
      expect(stolen).toBe(0)
    })

    test('gets no request of a service that still has another instance', async () => {
      const gone = await world.instance(echo('gone'), 'gone')
      const there = await world.instance(echo('there'), 'there')
      await world.serve([route('b', [await proved(gone), await proved(there)])])
      await gone.close()
      await takePort(gone.port)
      const names = []
      for (let i = 0; i < 6; i++) names.push((await ask(world.port, '/ai/b/')).asked().name)
      expect(names).toEqual(Array(6).fill('there'))
      expect(stolen).toBe(0)
    })

    test('gets no WebSocket', async () => {
      const victim = await world.instance(echo('victim'), 'victim')
      await world.serve([route('c', [await proved(victim)])])
      await victim.close()
      await takePort(victim.port)
      const answer = await ask(world.port, '/ai/c/', {
        headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
      })
      expect(answer.status).toBe(502)
      expect(stolen).toBe(0)
    })

    /** Sends a request whose body comes only after `meanwhile`, and returns its answer. */
    async function askWhile(path: string, meanwhile: () => Promise<unknown>): Promise<string> {
      const socket = connect(world.port, '127.0.0.1')
      const answer = text(socket)
      const admitted = once(socket, 'data')
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
      )
      // The gateway announces that it will read the body.
      await admitted
      await meanwhile()
      socket.write('body')
      return answer
    }

    test('gets no request whose body arrived while the instance moved to another port', async () => {
      const victim = await world.instance(echo('victim'), 'victim')
      await world.serve([route('e', [await proved(victim)])])
      const moved = await world.instance(echo('moved'), 'victim')
      const answer = await askWhile('/ai/e/', async () => {
        await victim.close()
        await takePort(victim.port)
        await world.serve([route('e', [await proved(moved)])])
      })
      expect(answer).not.toContain('thief')
      expect(stolen).toBe(0)
    })

    test('is not taken for an instance that the table no longer has, which gets the request that it was chosen for', async () => {
      const former = await world.instance(echo('former'), 'former')
      await world.serve([route('f', [await proved(former)])])
      const next = await world.instance(echo('next'), 'next')
      const answer = await askWhile('/ai/f/', async () => world.serve([route('f', [await proved(next)])]))
      // The embedded gateway may choose only now, and then takes the next one.
      expect(answer).toMatch(/"name":"(former|next)"/)
    })

    test('does not prevent the restarted instance from getting requests', async () => {
      const victim = await world.instance(echo('first'), 'victim')
      await world.serve([route('d', [await proved(victim)])])
      await victim.close()
      const next = createServer(echo('next')).listen(victim.port, '127.0.0.1')
      await once(next, 'listening')
      thieves.push(next)
      expect((await ask(world.port, '/ai/d/')).status).toBe(502)
      await world.serve([route('d', [await proved(victim)])])
      expect((await ask(world.port, '/ai/d/')).asked().name).toBe('next')
    })
  })
}
