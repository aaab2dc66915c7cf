import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { originWideHeaders, publicAddressAdditions, siteWideHeaders } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { ask, sendRaw } from './gateway.test-client.ts'
import { freePort } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const policy = publicAddressAdditions['Content-Security-Policy']
/** Each could set a session cookie, in browsers that are more or less lenient. */
const ourCookies = [
  'vitrine_session=x; Path=/',
  'vitrine_refresh=x; Path=/api',
  'vitrine_visitor=x',
  ' \tvitrine_session=x; HttpOnly',
  '=vitrine_session=x; Path=/',
  ' = vitrine_session=x',
]
const siteWide = siteWideHeaders.map((name): [string, string] => [name, 'x'])
const originWide = originWideHeaders.map((name): [string, string] => [name, 'x'])
const flat = (pairs: readonly (readonly [string, string])[]) => pairs.flat()

/** Answers with all headers that an algorithm may not send, and with some that it may. */
function hostile(req: IncomingMessage, res: ServerResponse): void {
  const status = req.url === '/missing' ? 404 : 200
  res.writeHead(status, [
    ...flat(siteWide),
    ...flat(originWide),
    ...flat(ourCookies.map((value) => ['Set-Cookie', value])),
    ...['Set-Cookie', 'theirs=1; Path=/', 'set-cookie', 'others=2'],
    ...['content-security-policy', "default-src 'self'", 'X-Content-Type-Options', 'no', 'X-Own', 'own'],
    ...['Content-Type', 'text/html', 'Content-Length', '2'],
  ])
  res.end('ok')
}

const page = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nevil'
/** Bytes that are not an answer, or more than one. They could be followed by a page in our name. */
const notOneAnswer: [name: string, bytes: string][] = [
  ['an empty line before the status line', `\n${page}`],
  ['no status line', `<script>1</script>${page}`],
  ['a status below 100', `HTTP/1.1 99 X\r\n\r\n${page}`],
  ['a status that begins with zero', `HTTP/1.1 020 X\r\n\r\n${page}`],
  ['100 as the first of two', `HTTP/1.1 100 Continue\r\n\r\n${page}`],
  ['102 as the first of two', `HTTP/1.1 102 X\r\n\r\n${page}`],
  ['103 as the first of two', `HTTP/1.1 103 X\r\nContent-Length: 9\r\n\r\n${page}`],
  ['an upgrade that nobody asked for', `HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n${page}`],
  ['a carriage return in the reason', `HTTP/1.1 200 OK\rX: y\r\nContent-Length: 4\r\n\r\nevil`],
  ['a zero byte in a header', `HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 4\r\n\r\nevil`],
]

/** Which of the headers that affect more than the algorithm's own address are left. */
const leftIn = (headers: IncomingHttpHeaders) => siteWideHeaders.filter((name) => name in headers)

/** Headers of the answer to a WebSocket's opening request. */
async function upgradedAt(port: number, path: string): Promise<IncomingHttpHeaders> {
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
  const key = { 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') }
  const req = request({ host: '127.0.0.1', port, path, agent: false, headers: { ...headers, ...key } }).end()
  const [answer, socket] = await once(req, 'upgrade')
  socket.destroy()
  return answer.headers
}

/** Tests which headers of an instance's answer are passed on. */
export function testAnswers(createGateway: CreateGateway): void {
  describe('answers of an instance', () => {
    let world: GatewayWorld
    let frontPort: number
    beforeAll(async () => {
      world = await createWorld(createGateway)
      frontPort = await freePort()
      const upstream = await world.instance(hostile)
      const sockets = new WebSocketServer({ server: upstream.server })
      sockets.on('headers', (lines) => {
        lines.push(...siteWide.map(([name, value]) => `${name}: ${value}`))
        lines.push('Set-Cookie: vitrine_session=x; Path=/', 'Set-Cookie: theirs=1')
      })
      await world.serve([route('a', [upstream], { front: { host: '127.0.0.1', port: frontPort } })])
    })
    afterAll(() => world.dispose())

    test.each(['/ai/a/', '/ai/a/missing'])(
      'below the public address (%s), every answer is sandboxed beside its own policy, and its type is not guessed',
      async (path) => {
        const { headers } = await ask(world.port, path)
        expect(String(headers['content-security-policy']).split(', ').toSorted()).toEqual([
          "default-src 'self'",
          policy,
        ])
        expect([headers['x-content-type-options'], headers['x-own']]).toEqual(['nosniff', 'own'])
        expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/)
      },
    )

    test('below the public address, no cookie and no site-wide header gets through', async () => {
      const { headers } = await ask(world.port, '/ai/a/')
      expect([headers['set-cookie'], leftIn(headers)]).toEqual([undefined, []])
    })

    test('headers that affect a whole origin do not get through below the public address, but do at a front port', async () => {
      const left = async (port: number, path: string) => {
        const { headers } = await ask(port, path)
        return originWideHeaders.filter((name) => name in headers)
      }
      expect(await left(world.port, '/ai/a/')).toEqual([])
      expect(await left(frontPort, '/')).toEqual([...originWideHeaders])
    })

    test('at a front port, no site-wide header and none of our cookies get through; the algorithm’s own do', async () => {
      const { headers } = await ask(frontPort, '/')
      expect([headers['set-cookie'], leftIn(headers)]).toEqual([['theirs=1; Path=/', 'others=2'], []])
      expect(headers['content-security-policy']).toBe("default-src 'self'")
      expect([headers['x-content-type-options'], headers['x-own']]).toEqual(['no', 'own'])
    })

    test('the same holds for requests that are decided slowly', async () => {
      const headers = { Connection: 'close, X-Drop', 'X-Drop': '1' }
      const below = (await ask(world.port, '/ai/a/', { headers })).headers
      expect(below['content-security-policy']).toContain(policy)
      expect([below['set-cookie'], leftIn(below)]).toEqual([undefined, []])
      const front = (await ask(frontPort, '/', { headers })).headers
      expect([front['set-cookie'], leftIn(front)]).toEqual([['theirs=1; Path=/', 'others=2'], []])
    })

    test('the same holds for the answer that opens a WebSocket', async () => {
      const below = await upgradedAt(world.port, '/ai/a/')
      expect([below['set-cookie'], leftIn(below)]).toEqual([undefined, []])
      const front = await upgradedAt(frontPort, '/')
      expect([front['set-cookie'], leftIn(front)]).toEqual([['theirs=1'], []])
    })

    describe('that are not one answer', () => {
      let raw: Awaited<ReturnType<GatewayWorld['rawInstance']>>
      let rawFront: number
      beforeAll(async () => {
        rawFront = await freePort()
        raw = await world.rawInstance((socket, bytes) => {
          const index = Number(/^GET [^ ]*[?]case=(\d+)/.exec(bytes.toString('latin1'))?.[1])
          // It leaves the connection open, as a server does that waits for the next request.
          socket.write(notOneAnswer[index]?.[1] ?? page, 'latin1')
        })
      })

      test.each(notOneAnswer.map(([name], index) => [name, index] as const))(
        '(%s) reach the client as nothing but an answer of ours',
        async (_name, index) => {
          await world.serve([route('a', [raw], { front: { host: '127.0.0.1', port: rawFront } })])
          for (const [port, path] of [
            [world.port, '/ai/a/'],
            [rawFront, '/'],
          ] as const) {
            const get = `GET ${path}?case=${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`
            const text = await sendRaw(port, get, { until: /\r\n\r\n/, quietMs: 10_000 })
            if (text === '') continue
            const [statusLine, ...headers] = (text.split('\r\n\r\n')[0] ?? '').split('\r\n')
            expect(statusLine).toMatch(/^HTTP\/1\.1 (200 OK|502 Bad Gateway)$/)
            expect(headers.join('\n')).toMatch(/^x-request-id: /im)
            if (port === world.port && statusLine?.includes('200'))
              expect(headers.join('\n')).toContain(policy)
          }
          expect((await ask(world.port, '/ai/a/')).body).toBe('evil')
        },
      )
    })

    test('the control plane’s own answers stay as they are', async () => {
      const control = await world.instance(hostile, 'control')
      await world.serve([], { control: { host: control.host, port: control.port } })
      const { headers } = await ask(world.port, '/api/v1/auth/login')
      expect(leftIn(headers)).toEqual([...siteWideHeaders])
      expect(headers['set-cookie']).toContain('vitrine_session=x; Path=/')
      expect(headers['content-security-policy']).toBe("default-src 'self'")
    })
  })
}
