import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { echo } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** Tests requests to a service with several instances. */
export function testReplicas(createGateway: CreateGateway): void {
  describe('replicas', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    test('a request to an instance that refuses the connection goes to another, POST too', async () => {
      const dead = await world.instance(undefined, 'dead')
      await dead.close()
      const alive = await world.instance(echo('alive'), 'alive')
      await world.serve([route('a', [dead, alive])])
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })),
      )
      expect(answers.map((answer) => answer.asked().name)).toEqual(['alive', 'alive', 'alive', 'alive'])
    })

    test('a POST that an instance had received is not sent to another', async () => {
      const broken = await world.instance((req) => req.socket.destroy(), 'broken')
      const other = await world.instance((req) => req.socket.destroy(), 'other')
      await world.serve([route('a', [broken, other])])
      expect((await ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })).status).toBe(502)
      expect(broken.requests.length + other.requests.length).toBe(1)
    })

    test('a GET goes to another instance if the first one closes the connection without an answer', async () => {
      const broken = await world.instance((req) => req.socket.destroy(), 'broken')
      await world.serve([route('a', [broken, await world.instance(echo('sound'), 'sound')])])
      const answers = [await ask(world.port, '/ai/a/'), await ask(world.port, '/ai/a/')]
      expect(answers.map((answer) => answer.asked().name)).toEqual(['sound', 'sound'])
      expect(broken.requests.length).toBeGreaterThan(0)
    })

    test('a GET on a kept connection that the only instance has just closed is sent to it again', async () => {
      const known = new WeakSet<object>()
      const only = await world.instance((req, res) => {
        // As if it had closed the connection while the second request was on its way.
        if (known.has(req.socket)) return void req.socket.destroy()
        known.add(req.socket)
        res.end('answered')
      }, 'only')
      await world.serve([route('a', [only])])
      const bodies = []
      for (let sent = 0; sent < 4; sent++) bodies.push((await ask(world.port, '/ai/a/')).body)
      expect(bodies).toEqual(Array.from({ length: 4 }, () => 'answered'))
      expect(only.requests.length).toBeGreaterThan(4)
    })

    test('the instance with the fewest requests in progress gets the next', async () => {
      const held = await world.instance(() => undefined, 'held')
      const free = await world.instance(echo('free'), 'free')
      await world.serve([route('a', [held, free])])
      const left = new AbortController()
      const open = () => fetch(`http://127.0.0.1:${world.port}/ai/a/`, { signal: left.signal })
      // Either instance may get a request while both have none.
      while (held.requests.length === 0) {
        const answered = open().then(
          () => true,
          () => true,
        )
        await Promise.race([answered, waitFor(() => held.requests.length === 1, { timeoutMs: patienceMs })])
      }
      const names = []
      for (let i = 0; i < 3; i++) names.push((await ask(world.port, '/ai/a/')).asked().name)
      left.abort()
      expect(names).toEqual(['free', 'free', 'free'])
    })

    test('of many requests a slow instance gets fewer than a quick one', async () => {
      const quick = await world.instance(echo('quick'), 'quick')
      const answerSlowly = echo('slow')
      const isOver = () => slow.requests.length >= 6
      // It takes as long for one request as the other does for ten.
      const slow = await world.instance((req, res) => {
        const until = quick.requests.length + 10
        const isDone = () => isOver() || quick.requests.length >= until
        void waitFor(isDone, { timeoutMs: patienceMs, everyMs: 5 }).then(() => answerSlowly(req, res))
      }, 'slow')
      await world.serve([route('a', [slow, quick])])
      const caller = async () => {
        while (!isOver()) await ask(world.port, '/ai/a/')
      }
      await Promise.all([caller(), caller(), caller()])
      expect(quick.requests.length).toBeGreaterThan(slow.requests.length * 2)
    })

    test('a request in progress to one of several instances counts once for all of them together', async () => {
      const answers: ServerResponse[] = []
      const held = async (name: string) => world.instance((_req, res) => void answers.push(res), name)
      const both = [await held('one'), await held('two')]
      const names = both.map(({ instance_id }) => instance_id)
      await world.serve([route('a', both)])
      expect(await world.gateway.inFlight(names)).toBe(0)
      const asked = [1, 2, 3].map(() => ask(world.port, '/ai/a/'))
      await waitFor(() => answers.length === 3, { timeoutMs: patienceMs })
      expect(await world.gateway.inFlight(names)).toBe(3)
      // As after a rule has added an instance.
      await world.serve([route('a', [...both, await held('three')])])
      expect(await world.gateway.inFlight([...names, 'three'])).toBe(3)
      for (const res of answers) res.end('ok')
      await Promise.all(asked)
      await expect.poll(() => world.gateway.inFlight(names), { timeout: patienceMs }).toBe(0)
    })

    test('an instance that did not listen gets requests again once it listens', async () => {
      const away = await world.instance(undefined, 'away')
      await away.close()
      const there = await world.instance(echo('there'), 'there')
      await world.serve([route('a', [away, there])])
      const name = async () => (await ask(world.port, '/ai/a/')).asked().name
      expect([await name(), await name(), await name()]).toEqual(['there', 'there', 'there'])
      const back = createServer(echo('back')).listen(away.port, '127.0.0.1')
      const names = async () => await Promise.all([name(), name(), name(), name()])
      await expect.poll(names, { timeout: patienceMs }).toContain('back')
      back.close()
    })

    test('the access log names the instance that answered, not the one that refused before', async () => {
      const dead = await world.instance(undefined, 'dead')
      await dead.close()
      await world.serve([route('a', [dead, await world.instance(echo('alive'), 'alive')])])
      const answers = await Promise.all(Array.from({ length: 4 }, () => ask(world.port, '/ai/a/')))
      for (const { headers } of answers)
        expect(await world.logged(String(headers['x-request-id']))).toMatchObject({ instance_id: 'alive' })
    })

    test('a service with several instances of which none listens is 502', async () => {
      const dead = [await world.instance(undefined, 'one'), await world.instance(undefined, 'two')]
      await Promise.all(dead.map((upstream) => upstream.close()))
      await world.serve([route('a', dead)])
      for (let sent = 0; sent < 3; sent++) {
        const answer = await ask(world.port, '/ai/a/')
        expect([answer.status, answer.code()]).toEqual([502, 'gateway.upstream_unreachable'])
      }
    })
  })
}
