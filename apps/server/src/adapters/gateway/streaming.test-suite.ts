import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask, sendRaw } from './gateway.test-client.ts'
import { textOf } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** Tests bodies in both directions, disconnecting clients, failing upstreams, and WebSockets. */
export function testStreaming(createGateway: CreateGateway): void {
  describe('streaming', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    function open(path: string, method = 'GET') {
      const req = request({ host: '127.0.0.1', port: world.port, path, method, agent: false })
      const answered = new Promise<IncomingMessage>((resolve, reject) =>
        req.on('response', resolve).on('error', reject),
      )
      // A test that aborts its request does not expect an answer.
      answered.catch(() => undefined)
      return { req, answered }
    }

    test('a part of an answer reaches the client before the rest exists', async () => {
      let finish = () => {}
      const upstream = await world.instance((_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        res.write('data: 1\n\n')
        finish = () => res.end('data: 2\n\n')
      })
      await world.serve([route('a', [upstream])])
      const { req, answered } = open('/ai/a/')
      req.end()
      const res = await answered
      const [first] = await once(res, 'data')
      expect(String(first)).toBe('data: 1\n\n')
      finish()
      expect(await textOf(res)).toBe('data: 2\n\n')
    })

    test('headers reach the client before the body begins', async () => {
      let finish = () => {}
      const upstream = await world.instance((_req, res) => {
        res.writeHead(200, { 'Content-Length': '2' }).flushHeaders()
        finish = () => res.end('ok')
      })
      await world.serve([route('a', [upstream])])
      const { req, answered } = open('/ai/a/')
      req.end()
      const res = await answered
      finish()
      expect([res.statusCode, await textOf(res)]).toEqual([200, 'ok'])
    })

    test('a part of a request reaches the instance before the rest exists', async () => {
      const upstream = await world.instance((req, res) => {
        req.once('data', (chunk: Buffer) => res.write(`got ${chunk.toString()}`))
        req.once('end', () => res.end(' and the end'))
      })
      await world.serve([route('a', [upstream])])
      const { req, answered } = open('/ai/a/', 'POST')
      req.write('half')
      const res = await answered
      const [first] = await once(res, 'data')
      expect(String(first)).toBe('got half')
      req.end()
      expect(await textOf(res)).toBe(' and the end')
    })

    test('if a client disconnects, its request at the instance ends', async () => {
      let gone = false
      const upstream = await world.instance((_req, res) => {
        res.on('close', () => (gone = true))
        res.write('begun')
      })
      // Its own timeout would end the request too, later than this test waits.
      await world.serve([route('a', [upstream], { timeout_ms: 120_000 })])
      const { req, answered } = open('/ai/a/')
      req.on('error', () => undefined)
      req.end()
      await answered
      req.destroy()
      expect(await waitFor(() => gone, { timeoutMs: patienceMs })).toBe(true)
    })

    test('if an instance cuts off an answer, the client’s answer is cut off too', async () => {
      const upstream = await world.instance((_req, res) => {
        res.writeHead(200, { 'Content-Length': '100' })
        res.write('begun', () => res.destroy())
      })
      await world.serve([route('a', [upstream])])
      await expect(ask(world.port, '/ai/a/')).rejects.toThrow(/aborted|hang up|ECONNRESET/)
    })

    test('an instance that closes the connection without an answer is 502', async () => {
      const upstream = await world.instance((req) => req.socket.destroy())
      await world.serve([route('a', [upstream])])
      const answer = await ask(world.port, '/ai/a/', { method: 'POST', body: 'x' })
      expect([answer.status, answer.code()]).toEqual([502, 'gateway.upstream_broken'])
    })

    test.each([
      ['a small body', 100],
      ['a large body', 10_000_000],
    ])('the connection of a client that stalls in %s is closed', async (_, announced) => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream], { timeout_ms: 400, body_bytes: 2 ** 30 })])
      const head = `POST /ai/a/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${announced}\r\n\r\n`
      const answer = await Promise.race([
        sendRaw(world.port, `${head}${'x'.repeat(50)}`),
        delay(patienceMs, 'still connected', { ref: false }),
      ])
      // nginx closes such a connection without an answer.
      if (world.gateway.kind === 'nginx') expect(answer).toBe('')
      else expect(answer).toMatch(/^HTTP\/1.1 408 [^]*gateway.body_stalled/)
    })

    test('an instance that does not answer in time is 504', async () => {
      const upstream = await world.instance(() => undefined)
      await world.serve([route('a', [upstream], { timeout_ms: 300 })])
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code()]).toEqual([504, 'gateway.timeout'])
    })

    test('a service of which no instance listens is 502', async () => {
      const upstream = await world.instance()
      await upstream.close()
      await world.serve([route('a', [upstream])])
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code()]).toEqual([502, 'gateway.upstream_unreachable'])
    })

    test('a WebSocket to an instance carries messages both ways, without the prefix', async () => {
      const upstream = await world.instance()
      const sockets = new WebSocketServer({ server: upstream.server })
      sockets.on('connection', (socket, req) =>
        socket.on('message', (data) => socket.send(`${req.url} ${String(data)}`)),
      )
      await world.serve([route('a', [upstream])])
      const headers = { 'X-Request-Id': 'a-tunnel' }
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/live?x=1`, { headers })
      await once(client, 'open')
      client.send('hello')
      const [message] = await once(client, 'message')
      client.terminate()
      expect(String(message)).toBe('/live?x=1 hello')
      const line = await world.logged('a-tunnel')
      expect(line).toMatchObject({ status: 101, error: null, bytes_out: 2 + String(message).length })
      // A message of the client has a mask besides its length. nginx counts only bodies of requests.
      expect(line.bytes_in).toBe(world.gateway.kind === 'embedded' ? 6 + 'hello'.length : 0)
    })

    test('a WebSocket reaches the control plane', async () => {
      const upstream = await world.instance()
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hi'))
      await world.serve([], { control: { host: upstream.host, port: upstream.port } })
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/live`)
      const [message] = await once(client, 'message')
      client.terminate()
      expect(String(message)).toBe('hi')
    })

    test('a WebSocket to a service that requires sign-in is 401 without one', async () => {
      await world.serve([route('a', [await world.usual()], { auth: 'required' })])
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/`)
      const [error] = await once(client, 'error')
      expect(String(error)).toContain('401')
    })

    test('a WebSocket with the cookie from a page of another site is 403', async () => {
      await world.serve([route('a', [await world.usual()], { auth: 'required' })])
      const headers = { Cookie: `vitrine_session=${await world.token()}` }
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/`, {
        headers,
        origin: 'http://evil.example',
      })
      const [error] = await once(client, 'error')
      expect(String(error)).toContain('403')
    })

    test('a wish for something else than WebSocket is ignored, and reaches no instance', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }
      expect((await ask(world.port, '/ai/a/', { headers })).status).toBe(200)
      expect(upstream.requests.length).toBe(1)
      expect(JSON.stringify(upstream.requests.map((req) => req.headers))).not.toMatch(
        /h2c|upgrade|http2-settings/i,
      )
    })

    test('a slow client slows down the instance instead of filling memory', async () => {
      const block = Buffer.alloc(65_536)
      let sent = 0
      const upstream = await world.instance((_req, res) => {
        const write = () => {
          let takesMore = true
          while (takesMore && sent < 512 * 1024 * 1024) {
            takesMore = res.write(block)
            sent += block.length
          }
        }
        res.on('drain', write)
        write()
      })
      await world.serve([route('a', [upstream])])
      const socket = connect(world.port, '127.0.0.1')
      socket.write('GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await once(socket, 'data')
      socket.pause()
      let before = -1
      await waitFor(
        () => {
          const isStill = sent === before
          before = sent
          return isStill
        },
        { timeoutMs: 10_000, everyMs: 300 },
      )
      socket.destroy()
      expect([sent > 0, sent < 64 * 1024 * 1024]).toEqual([true, true])
    })

    test('an instance that does not read slows down the client instead of filling memory', async () => {
      const upstream = await world.instance((req) => req.pause())
      await world.serve([route('a', [upstream], { body_bytes: 2 ** 30, timeout_ms: 60_000 })])
      const { req } = open('/ai/a/', 'POST')
      req.on('error', () => undefined)
      const block = Buffer.alloc(65_536)
      let sent = 0
      const write = () => {
        while (sent < 512 * 1024 * 1024 && !req.writableNeedDrain) {
          req.write(block)
          sent += block.length
        }
      }
      req.on('drain', write)
      write()
      await expect.poll(() => upstream.requests.length).toBe(1)
      let before = -1
      await waitFor(
        () => {
          const isStill = sent === before
          before = sent
          return isStill
        },
        { timeoutMs: 20_000, everyMs: 300 },
      )
      req.destroy()
      expect([upstream.requests.length, sent < 64 * 1024 * 1024]).toEqual([1, true])
    })
  })
}
