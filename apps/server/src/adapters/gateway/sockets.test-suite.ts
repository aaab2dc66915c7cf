import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { echo, startSocketUpstream, type TestSocketUpstream } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** Tests instances that listen on unix sockets. */
export function testSockets(createGateway: CreateGateway): void {
  describe('unix sockets', () => {
    let world: GatewayWorld
    let folder: string
    const opened: TestSocketUpstream[] = []
    beforeAll(async () => {
      world = await createWorld(createGateway)
      folder = await mkdtemp(join(tmpdir(), 'vgs-'))
      // The workers of nginx run as another account.
      await chmod(folder, 0o711)
    })
    afterAll(async () => {
      await world.dispose()
      await Promise.all(opened.map((upstream) => upstream.close()))
      await rm(folder, { recursive: true, force: true })
    })

    async function onSocket(
      name: string,
      onRequest: (req: IncomingMessage, res: ServerResponse) => void = echo(name),
    ) {
      const upstream = await startSocketUpstream(join(folder, `${name}.sock`), onRequest, name)
      opened.push(upstream)
      return upstream
    }
    const to = (upstreams: TestSocketUpstream[]) =>
      route('a', [], {
        upstreams: upstreams.map(({ socket, instance_id }) => ({ socket, instance_id })),
      })

    test('a request reaches its instance with path, query and body, and the access log names the instance', async () => {
      await world.serve([to([await onSocket('one')])])
      const answer = await ask(world.port, '/ai/a/predict?x=1', { method: 'POST', body: 'hello' })
      expect(answer.asked()).toMatchObject({
        name: 'one',
        url: '/predict?x=1',
        method: 'POST',
        body: 'hello',
      })
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect(line).toMatchObject({ instance_id: 'one', status: 200 })
    })

    test('requests follow a service from one socket to another, to a port and back, without a failure', async () => {
      const [first, second] = [await onSocket('first'), await onSocket('second')]
      const byPort = await world.instance(echo('by port'), 'by-port')
      const name = async () => (await ask(world.port, '/ai/a/')).asked().name
      const seen: [unknown, string][] = []
      for (const [table, expected] of [
        [to([first]), 'first'],
        [to([second]), 'second'],
        [route('a', [byPort]), 'by port'],
        [to([first]), 'first'],
      ] as const) {
        await world.serve([table])
        seen.push([await name(), expected])
      }
      expect(seen.filter(([got, expected]) => got !== expected)).toEqual([])
    })

    test('if one of several socket instances does not listen, no request fails, and all others get some', async () => {
      const dead = await onSocket('dead')
      await dead.close()
      const both = [await onSocket('left'), await onSocket('right')]
      await world.serve([to([dead, ...both])])
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })),
      )
      expect(new Set(answers.map((answer) => answer.asked().name))).toEqual(new Set(['left', 'right']))
    })

    test('a request to an instance on a socket counts as in progress until it is answered', async () => {
      const held: ServerResponse[] = []
      const slow = await onSocket('slow', (_req, res) => void held.push(res))
      await world.serve([to([slow])])
      const answer = ask(world.port, '/ai/a/')
      await waitFor(() => held.length === 1, { timeoutMs: patienceMs })
      expect(await world.gateway.inFlight(['slow'])).toBe(1)
      held[0]?.end()
      await answer
      await expect.poll(() => world.gateway.inFlight(['slow']), { timeout: patienceMs }).toBe(0)
    })

    test('a WebSocket works', async () => {
      const upstream = await onSocket('tunnel')
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hi'))
      await world.serve([to([upstream])])
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/`)
      const [message] = await once(client, 'message')
      expect(String(message)).toBe('hi')
      client.terminate()
    })

    test('a socket without a listener is 502', async () => {
      const gone = await onSocket('gone')
      await gone.close()
      await world.serve([to([gone])])
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code()]).toEqual([502, 'gateway.upstream_unreachable'])
    })

    test('the control plane is reached over its socket, also by a WebSocket', async () => {
      const upstream = await onSocket('control')
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hi'))
      await world.serve([], { control: { socket: upstream.socket } })
      const asked = (await ask(world.port, '/api/v1/x?y=1', { method: 'POST', body: 'hello' })).asked()
      expect(asked).toMatchObject({ name: 'control', url: '/api/v1/x?y=1', body: 'hello' })
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/events`)
      const [message] = await once(client, 'message')
      expect(String(message)).toBe('hi')
      client.terminate()
    })

    test('while nothing listens on the control plane’s socket, programs get 503, and then answers again', async () => {
      const gone = await onSocket('restarting')
      await gone.close()
      await world.serve([], { control: { socket: gone.socket } })
      expect((await ask(world.port, '/api/v1/x')).code()).toBe('gateway.control_away')
      await onSocket('restarting')
      expect((await ask(world.port, '/api/v1/x')).asked().name).toBe('restarting')
    })

    test('a sleeping service that wakes on a new socket answers the request that woke it', async () => {
      const around = (control: { socket: string }) => ({
        control: { socket: control.socket },
        wake: { path: '/wake', token: 't'.repeat(40) },
      })
      const control = await onSocket('waking', (_req, res) => {
        void onSocket('awake')
          .then((upstream) => world.serve([to([upstream])], around(control)))
          .then(() => res.writeHead(204).end())
      })
      await world.serve([route('a', [], { state: 'asleep' })], around(control))
      expect((await ask(world.port, '/ai/a/')).asked().name).toBe('awake')
    })
  })
}
