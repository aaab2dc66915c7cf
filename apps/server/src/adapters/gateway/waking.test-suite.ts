import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GatewayRoute } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { echo, freePort } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const token = 't'.repeat(40)
const errorText = (code: string) =>
  JSON.stringify({ error: { code, message: '内存不足', details: {}, request_id: 'r' } })

/** Tests services that sleep until a request comes. */
export function testWaking(createGateway: CreateGateway): void {
  describe('waking', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    /** A sleeping service, and a control plane that calls `onWake` for a request to wake it. */
    async function asleep(
      onWake: (req: IncomingMessage, res: ServerResponse) => void,
      part: Partial<GatewayRoute> = {},
    ) {
      const control = await world.instance(onWake, 'control')
      const around = { control: { host: control.host, port: control.port }, wake: { path: '/wake', token } }
      const sleeping = route('a', [], { state: 'asleep', ...part })
      await world.serve([sleeping], around)
      return {
        control,
        /** Starts the instance and puts it into the table, as the control plane does. */
        wakeUp: async () => world.serve([route('a', [await world.instance(echo('awake'))], part)], around),
      }
    }

    test('the first request wakes the service, waits for it, and is answered by it', async () => {
      const { control, wakeUp } = await asleep((_req, res) => {
        void wakeUp().then(() => res.writeHead(204).end())
      })
      const answer = await ask(world.port, '/ai/a/predict', { method: 'POST', body: 'x' })
      expect(answer.asked()).toMatchObject({ name: 'awake', url: '/predict', method: 'POST', body: 'x' })
      expect(
        control.requests.map(({ method, url, headers }) => [method, url, headers['x-vitrine-wake']]),
      ).toEqual([['POST', '/wake/a', token]])
    })

    test('requests during the waking wait for the same waking', async () => {
      let finish = () => {}
      const { control, wakeUp } = await asleep((_req, res) => {
        finish = () => void wakeUp().then(() => res.writeHead(204).end())
      })
      const answers = Array.from({ length: 6 }, () => ask(world.port, '/ai/a/'))
      await waitFor(() => control.requests.length > 0, { timeoutMs: patienceMs })
      finish()
      expect((await Promise.all(answers)).map((answer) => answer.asked().name)).toEqual(
        Array.from({ length: 6 }, () => 'awake'),
      )
      expect(control.requests.length).toBe(1)
    })

    test('a caller without access does not wake a service', async () => {
      const { control } = await asleep((_req, res) => res.writeHead(204).end(), { auth: 'required' })
      expect((await ask(world.port, '/ai/a/')).status).toBe(401)
      expect(control.requests).toEqual([])
    })

    test('a service that cannot be woken is answered with the control plane’s message', async () => {
      await asleep((_req, res) =>
        res.writeHead(503, { 'Retry-After': '7' }).end(errorText('service.no_memory')),
      )
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code(), answer.headers['retry-after']]).toEqual([
        503,
        'service.no_memory',
        '7',
      ])
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect([line.status, line.error]).toEqual([503, 'service.no_memory'])
    })

    test('a service that fails while it wakes is 503 service.failed, without Retry-After', async () => {
      const failed = route('a', [], { state: 'failed' })
      await asleep((_req, res) => {
        void world.serve([failed]).then(() => res.writeHead(204).end())
      })
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code(), answer.headers['retry-after']]).toEqual([
        503,
        'service.failed',
        undefined,
      ])
    })

    test('while a control plane that has just started does not know the token of the table, a sleeping service is 503 with Retry-After', async () => {
      await asleep((_req, res) => res.writeHead(404).end(errorText('route.not_found')))
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code(), Number(answer.headers['retry-after'])]).toEqual([
        503,
        'service.asleep',
        expect.any(Number),
      ])
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect([line.status, line.error]).toEqual([503, 'service.asleep'])
    })

    test('while the control plane is unreachable, a sleeping service is 503 with Retry-After', async () => {
      const control = { host: '127.0.0.1', port: await freePort() }
      await world.serve([route('a', [], { state: 'asleep' })], { control, wake: { path: '/wake', token } })
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code(), Number(answer.headers['retry-after'])]).toEqual([
        503,
        'service.asleep',
        expect.any(Number),
      ])
    })

    test('after a waiting client has given up, others can still wake the service', async () => {
      const held: ServerResponse[] = []
      const { control, wakeUp } = await asleep((_req, res) => void held.push(res))
      const leaving = new AbortController()
      const first = fetch(`http://127.0.0.1:${world.port}/ai/a/`, { signal: leaving.signal })
      await waitFor(() => control.requests.length > 0, { timeoutMs: patienceMs })
      leaving.abort()
      await expect(first).rejects.toThrow()
      const second = ask(world.port, '/ai/a/')
      await wakeUp()
      const answerAll = setInterval(() => {
        for (const res of held) if (!res.writableEnded) res.writeHead(204).end()
      }, 20)
      expect((await second).asked().name).toBe('awake')
      clearInterval(answerAll)
    })
  })
}
