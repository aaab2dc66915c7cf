import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { publicAddressAdditions, siteWideHeaders } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { ask } from './gateway.test-client.ts'
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
const flat = (pairs: readonly (readonly [string, string])[]) => pairs.flat()

/** Answers with everything that an algorithm may not say, beside what it may. */
function hostile(req: IncomingMessage, res: ServerResponse): void {
  const status = req.url === '/missing' ? 404 : 200
  res.writeHead(status, [
    ...flat(siteWide),
    ...flat(ourCookies.map((value) => ['Set-Cookie', value])),
    ...['Set-Cookie', 'theirs=1; Path=/', 'set-cookie', 'others=2'],
    ...['content-security-policy', "default-src 'self'", 'X-Content-Type-Options', 'no', 'X-Own', 'own'],
    ...['Content-Type', 'text/html', 'Content-Length', '2'],
  ])
  res.end('ok')
}

/** What is left of the headers that act on more than the algorithm's own address. */
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

/** Tests what becomes of the headers that an instance answers with. */
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
