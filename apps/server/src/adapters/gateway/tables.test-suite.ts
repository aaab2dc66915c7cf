import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { addressesOfMachine, canListenOn } from '../../lib/machine-addresses.ts'
import { isPortFree } from '../../lib/procfs/port-holder.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { echo, freePort, portOf } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const hasIPv6 = canListenOn('::1', addressesOfMachine())

/** Tests changes of the table, and what outlives the control plane. */
export function testTables(createGateway: CreateGateway): void {
  describe('tables', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    test('once apply has resolved, requests follow the new table', async () => {
      const [one, two] = [await world.instance(echo('one')), await world.instance(echo('two'))]
      for (const upstream of [one, two, one, two]) {
        await world.serve([route('a', [upstream])])
        expect((await ask(world.port, '/ai/a/')).asked().name).toBe(upstream === one ? 'one' : 'two')
      }
    })

    describe.skipIf(!hasIPv6)('at [::1], where `localhost` leads first', () => {
      test('everything that is served at 127.0.0.1 is served there too, so that nobody else gets requests that are meant for it', async () => {
        const front = { host: '127.0.0.1', port: await freePort() }
        const upstream = await world.instance(echo('a'))
        await world.serve([route('a', [upstream], { front })])
        for (const url of [`http://[::1]:${world.port}/ai/a/`, `http://[::1]:${front.port}/`]) {
          const answer = await fetch(url)
          expect([answer.status, await answer.json()]).toMatchObject([200, { name: 'a' }])
        }
        const areFree = () => Promise.all([world.port, front.port].map((port) => isPortFree('::1', port)))
        expect(await areFree()).toEqual([false, false])
        await world.serve([route('a', [upstream])])
        await expect.poll(areFree, { timeout: patienceMs }).toEqual([false, true])
      })

      test('a program that already listens there prevents nothing else, and the gateway listens there once it ends', async () => {
        const front = { host: '127.0.0.1', port: await freePort() }
        const other = createServer().listen(front.port, '::1')
        await once(other, 'listening')
        const routes = [route('a', [await world.instance(echo('a'))], { front })]
        expect(await world.serve(routes)).toEqual([])
        expect((await ask(front.port, '/')).asked().name).toBe('a')
        await new Promise((closed) => other.close(closed))
        await world.serve(routes)
        expect((await fetch(`http://[::1]:${front.port}/`)).status).toBe(200)
      })

      test('another service may have its front port there', async () => {
        const { port } = { port: await freePort() }
        const at = (name: string, host: string) => async () =>
          route(name, [await world.instance(echo(name))], { front: { host, port } })
        const [a, b] = [await at('a', '127.0.0.1')(), await at('b', '::1')()]
        await world.serve([a])
        expect(await world.serve([a, b])).toEqual([])
        const named = async (host: string) => (await fetch(`http://${host}:${port}/`)).json()
        expect(await Promise.all([named('127.0.0.1'), named('[::1]')])).toMatchObject([
          { name: 'a' },
          { name: 'b' },
        ])
      })
    })

    test.skipIf(!hasIPv6)(
      'a front port at `::` has the addresses of both families, so that nobody else can take one',
      async () => {
        const front = { host: '::', port: await freePort() }
        await world.serve([route('a', [await world.instance(echo('a'))], { front })])
        for (const client of ['127.0.0.1', '::1']) {
          const host = client.includes(':') ? `[${client}]` : client
          expect(await (await fetch(`http://${host}:${front.port}/`)).json()).toMatchObject({
            name: 'a',
            headers: { 'x-forwarded-for': client },
          })
        }
        for (const host of ['0.0.0.0', '127.0.0.1', '::1'])
          expect([host, await isPortFree(host, front.port)]).toEqual([host, false])
      },
    )

    test('a request in progress is finished by the old upstream after the table has changed', async () => {
      let finish = () => {}
      const old = await world.instance((_req, res) => {
        res.write('old ')
        finish = () => res.end('finished')
      })
      await world.serve([route('a', [old])])
      const answer = ask(world.port, '/ai/a/')
      await waitFor(() => old.requests.length === 1, { timeoutMs: patienceMs })
      await world.serve([route('a', [await world.instance(echo('new'))])])
      finish()
      expect((await answer).body).toBe('old finished')
    })

    test('counts the requests in progress to an instance, even to one that is no longer in the table', async () => {
      const finish: (() => void)[] = []
      const old = await world.instance((_req, res) => void finish.push(() => res.end('finished')), 'old')
      await world.serve([route('a', [old])])
      expect(await world.gateway.inFlight(['old'])).toBe(0)
      const answers = [ask(world.port, '/ai/a/'), ask(world.port, '/ai/a/')]
      await waitFor(() => finish.length === 2, { timeoutMs: patienceMs })
      expect(await world.gateway.inFlight(['old'])).toBe(2)
      await world.serve([route('a', [await world.instance(echo('new'), 'new')])])
      expect(await world.gateway.inFlight(['old'])).toBe(2)
      finish[0]?.()
      await expect.poll(() => world.gateway.inFlight(['old']), { timeout: patienceMs }).toBe(1)
      finish[1]?.()
      await Promise.all(answers)
      await expect.poll(() => world.gateway.inFlight(['old']), { timeout: patienceMs }).toBe(0)
      expect(await world.gateway.inFlight(['new'])).toBe(0)
    })

    test('no request fails while tables change', async () => {
      const upstreams = [await world.instance(echo('one')), await world.instance(echo('two'))]
      await world.serve([route('a', upstreams)])
      let isOver = false
      const statuses = new Set<number>()
      const caller = async () => {
        while (!isOver) statuses.add((await ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })).status)
      }
      const callers = Array.from({ length: 8 }, caller)
      for (let i = 0; i < 40; i++) await world.serve([route('a', upstreams.slice(i % 2, (i % 2) + 1))])
      isOver = true
      await Promise.all(callers)
      expect([...statuses]).toEqual([200])
    })

    test('a front port opens with its route and closes with it', async () => {
      const front = { host: '127.0.0.1', port: await freePort() }
      const upstream = await world.instance()
      await world.serve([route('a', [upstream], { front })])
      expect((await ask(front.port, '/')).status).toBe(200)
      await world.serve([route('a', [upstream])])
      await expect(ask(front.port, '/')).rejects.toThrow('ECONNREFUSED')
    })

    test('a front port that another process has is left out with that process’s name, and everything else is served', async () => {
      const foreign = createServer().listen(0, '127.0.0.1')
      await once(foreign, 'listening')
      const upstream = await world.instance()
      const front = { host: '127.0.0.1', port: portOf(foreign) }
      const own = { host: '127.0.0.1', port: await freePort() }
      const problems = await world.serve([
        route('b', [upstream], { front }),
        route('c', [upstream], { front: own }),
      ])
      expect(problems).toMatchObject([
        { service_id: 'b', part: 'front', cause: 'held', holder: { pid: process.pid } },
      ])
      foreign.close()
      expect((await ask(world.port, '/ai/b/')).status).toBe(200)
      expect((await ask(own.port, '/')).status).toBe(200)
    })

    test.each([
      { host: '::1%lo', cause: 'unusable' },
      { host: '127.0.0.1:80; } server { listen 127.0.0.1', cause: 'unusable' },
      { host: '192.0.2.77', cause: 'absent' },
    ])(
      'a front port on $host is left out ($cause), and everything else is served',
      async ({ host, cause }) => {
        const upstream = await world.instance()
        const [bad, good] = [await freePort(), await freePort()]
        const routes = [
          route('a', [upstream], { front: { host, port: bad } }),
          route('b', [upstream], { front: { host: '127.0.0.1', port: good } }),
        ]
        const left = [{ service_id: 'a', part: 'front', cause }]
        expect(await world.serve(routes)).toMatchObject(left)
        // The next tables are followed too.
        expect(await world.serve([...routes, route('c', [upstream])])).toMatchObject(left)
        for (const id of ['a', 'b', 'c']) expect((await ask(world.port, `/ai/${id}/`)).status).toBe(200)
        expect((await ask(good, '/')).status).toBe(200)
        expect(await world.serve([])).toEqual([])
      },
    )

    test('a front port moves to all addresses and back', async () => {
      const upstream = await world.instance()
      const port = await freePort()
      for (const host of ['127.0.0.1', '0.0.0.0', '127.0.0.1']) {
        const routes = [route('a', [upstream], { front: { host, port } })]
        // nginx opens the new address before it closes the old one, and can do so only at the second attempt.
        const problems = await world.serve(routes)
        if (problems.length > 0) expect(await world.serve(routes)).toEqual([])
        expect((await ask(port, '/')).status).toBe(200)
      }
    })

    test('two routes with one address, or one path, do not stop each other: the first is served', async () => {
      const [one, two] = [await world.instance(echo('one')), await world.instance(echo('two'))]
      const front = { host: '127.0.0.1', port: await freePort() }
      const problems = await world.serve([
        route('a', [one], { front }),
        route('b', [two], { front }),
        route('c', [two], { path: '/ai/a/' }),
      ])
      expect(problems.map(({ service_id, part }) => `${service_id} ${part}`)).toEqual(['b front', 'c route'])
      expect((await ask(front.port, '/')).asked().name).toBe('one')
      expect((await ask(world.port, '/ai/a/')).asked().name).toBe('one')
      expect((await ask(world.port, '/ai/b/')).asked().name).toBe('two')
    })

    test('a table with an invalid public key is refused, and the last good one stays in force', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const jwt = { issuer: 'x', public_key: { kty: 'nonsense' } }
      await expect(world.serve([], { jwt })).rejects.toMatchObject({ code: 'gateway.refused' })
      expect((await ask(world.port, '/ai/a/')).status).toBe(200)
    })

    test('a route that the gateway cannot serve is left out, and all others are served', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const bodies = { body_bytes: 1e21 }
      const problems = await world.serve([route('a', [upstream], bodies), route('b', [upstream])])
      expect(problems).toMatchObject([{ service_id: 'a', part: 'route', cause: 'unusable' }])
      const statuses = [(await ask(world.port, '/ai/a/')).status, (await ask(world.port, '/ai/b/')).status]
      expect(statuses).toEqual([404, 200])
      expect(await world.serve([route('a', [upstream]), route('b', [upstream])])).toEqual([])
      expect((await ask(world.port, '/ai/a/')).status).toBe(200)
    })

    test('the gateway keeps serving when its driver is closed, and another driver adopts the same process', async () => {
      await world.serve([route('a', [await world.instance()])])
      const pid = await world.pid()
      await world.gateway.close()
      expect((await ask(world.port, '/ai/a/')).status).toBe(200)
      const again = world.createAgain()
      await again.open()
      expect(await world.pid()).toBe(pid)
      await again.apply(world.table({ routes: [] }))
      expect((await ask(world.port, '/ai/a/')).status).toBe(404)
      await again.close()
    })

    test('after a shutdown nothing listens on its addresses', async () => {
      const front = { host: '127.0.0.1', port: await freePort() }
      await world.serve([route('a', [await world.instance()], { front })])
      await world.gateway.shutdown()
      await expect(ask(world.port, '/')).rejects.toThrow('ECONNREFUSED')
      await expect(ask(front.port, '/')).rejects.toThrow('ECONNREFUSED')
    })

    test('shutdown lets a request in progress finish', async () => {
      let finish = () => {}
      const upstream = await world.instance((_req, res) => {
        res.write('begun ')
        finish = () => res.end('finished')
      })
      await world.serve([route('a', [upstream])])
      const answer = ask(world.port, '/ai/a/')
      await waitFor(() => upstream.requests.length === 1, { timeoutMs: patienceMs })
      const shut = world.gateway.shutdown()
      const refuses = () =>
        ask(world.port, '/').then(
          () => false,
          () => true,
        )
      await waitFor(refuses, { timeoutMs: patienceMs })
      finish()
      expect((await answer).body).toBe('begun finished')
      await shut
    })
  })
}
