import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from './gateway.test-client.ts'
import { echo, freePort, type TestUpstream } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

/** Tests where requests go, and with which headers. */
export function testRouting(createGateway: CreateGateway): void {
  describe('routing', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    test('a request below a service’s path reaches its instance without the prefix', async () => {
      await world.serve([route('a', [await world.usual()])])
      const { url } = (await ask(world.port, '/ai/a/predict?x=1%2F2')).asked()
      expect(url).toBe('/predict?x=1%2F2')
    })

    test('a request on a service’s front port reaches its instance with its path as it is', async () => {
      const port = await freePort()
      await world.serve([route('a', [await world.usual()], { front: { host: '127.0.0.1', port } })])
      const { url, headers } = (await ask(port, '/predict?x=1')).asked()
      expect([url, headers['x-forwarded-prefix']]).toEqual(['/predict?x=1', undefined])
    })

    test('a service’s path without its slash is redirected to the one with it, with the query, the method and the body', async () => {
      await world.serve([route('a', [await world.usual()])])
      for (const wanted of [{}, { method: 'POST', body: '12345' }]) {
        const answer = await ask(world.port, '/ai/a?x=1', wanted)
        expect([answer.status, answer.headers.location]).toEqual([308, '/ai/a/?x=1'])
      }
      const repeated = await fetch(`http://127.0.0.1:${world.port}/ai/a`, { method: 'POST', body: '12345' })
      expect([repeated.redirected, await repeated.json()]).toMatchObject([
        true,
        { method: 'POST', body: '12345' },
      ])
    })

    describe('a path with dot segments is 400 and reaches nobody', () => {
      let everybody: TestUpstream[]
      beforeAll(async () => {
        const [a, b, control] = [await world.instance(), await world.instance(), await world.instance()]
        await world.serve([route('a', [a]), route('b', [b])], { control })
        everybody = [a, b, control]
      })

      test.each([
        '/ai/a/../b/',
        '/ai/a/..',
        '/ai/a/./x',
        '/ai/a/%2e%2E/b/',
        '/ai/a/..%2fb/',
        '/ai/nobody/../a/',
        '/ai/nobody/../a',
        '/ai/a/../../api/v1/health',
        '/x/../ai/a/',
        '/../ai/a/',
      ])('%s', async (path) => {
        const answer = await ask(world.port, path)
        expect([answer.status, answer.code()]).toEqual([400, 'gateway.bad_request'])
        expect(everybody.map(({ requests }) => requests.length)).toEqual([0, 0, 0])
      })
    })

    test('dots that are no segment, or are in the query, stay', async () => {
      const port = await freePort()
      await world.serve([route('a', [await world.usual()], { front: { host: '127.0.0.1', port } })])
      for (const path of ['/..a/b..c/...', '/.well-known/x', '/x?y=/../z'])
        expect((await ask(world.port, `/ai/a${path}`)).asked().url).toBe(path)
      expect((await ask(port, '/a/../b')).status).toBe(400)
    })

    test('an unknown service is 404 in the error form', async () => {
      await world.serve([])
      const answer = await ask(world.port, '/ai/nobody/predict')
      expect([answer.status, answer.code()]).toEqual([404, 'service.not_found'])
    })

    test.each([
      ['stopped', 'service.stopped', '服务已停止'],
      ['failed', 'service.failed', '须由服务的所有者重新启动'],
      ['undeployed', 'service.not_deployed', '还没有可用的版本'],
    ] as const)('a service that is %s is 503 %s, and callers are not told to wait', async (...row) => {
      const [state, code, words] = row
      await world.serve([route('a', [], { state, release: state === 'undeployed' ? null : 1 })])
      const answer = await ask(world.port, '/ai/a/predict')
      expect([answer.status, answer.code(), answer.headers['retry-after']]).toEqual([503, code, undefined])
      expect(answer.body).toContain(words)
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect([line.service_id, line.status, line.error]).toEqual(['a', 503, code])
    })

    test('a starting service is 503 service.starting with Retry-After', async () => {
      await world.serve([route('a', [], { state: 'starting' })])
      const answer = await ask(world.port, '/ai/a/predict')
      expect([answer.status, answer.code(), Number(answer.headers['retry-after'])]).toEqual([
        503,
        'service.starting',
        expect.any(Number),
      ])
    })

    test('everything else goes to the control plane with its credentials', async () => {
      const { host, port } = await world.instance(echo('control'))
      await world.serve([], { control: { host, port } })
      const headers = { Authorization: 'Bearer x', Cookie: 'vitrine_session=y' }
      const asked = (await ask(world.port, '/api/v1/services?page=2', { headers })).asked()
      expect(asked).toMatchObject({
        name: 'control',
        url: '/api/v1/services?page=2',
        headers: { authorization: 'Bearer x', cookie: 'vitrine_session=y' },
      })
    })

    test('while the control plane is unreachable, programs get 503 with Retry-After in the error form', async () => {
      await world.serve([], { control: { host: '127.0.0.1', port: await freePort() } })
      const answer = await ask(world.port, '/api/v1/services')
      expect([answer.status, answer.code(), answer.headers['retry-after']]).toEqual([
        503,
        'gateway.control_away',
        '2',
      ])
    })

    test('while the control plane is unreachable, a browser gets a page in both languages that reloads itself', async () => {
      await world.serve([], { control: { host: '127.0.0.1', port: await freePort() } })
      const { status, body, headers } = await ask(world.port, '/', { headers: { Accept: 'text/html,*/*' } })
      expect([status, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
      expect(body).toMatch(/http-equiv="refresh"[^]*平台正在[^]*The platform is/)
    })

    test('an error is in English where Accept-Language prefers it, and in Chinese otherwise', async () => {
      await world.serve([])
      const english = await ask(world.port, '/ai/nobody/', {
        headers: { 'Accept-Language': 'en-US,zh;q=0.5' },
      })
      const chinese = await ask(world.port, '/ai/nobody/')
      expect([english.body, chinese.body]).toEqual([
        expect.stringContaining('no such service'),
        expect.stringContaining('没有这个服务'),
      ])
    })

    test('an instance is told the host, the client’s address, the scheme and the prefix', async () => {
      await world.serve([route('a', [await world.usual()])])
      const { headers } = (await ask(world.port, '/ai/a/', { headers: { Host: 'localhost:8000' } })).asked()
      expect(headers).toMatchObject({
        host: 'localhost:8000',
        'x-real-ip': '127.0.0.1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-prefix': '/ai/a',
      })
    })

    test('a client cannot forge headers that only the gateway sets', async () => {
      await world.serve([route('a', [await world.usual()])])
      const forged = {
        'X-Vitrine-Caller': 'user:admin',
        X_Vitrine_Caller: 'user:admin',
        'X-Real-IP': '9.9.9.9',
        'X-Forwarded-For': '9.9.9.9',
        X_Forwarded_For: '9.9.9.9',
        'X-Forwarded-Prefix': '/other',
        'X-Forwarded-Host': 'other.example',
        'Vitrine-Config-Key': 'forged-key',
      }
      // A header that Connection names has another way through nginx.
      for (const headers of [forged, { ...forged, Connection: 'keep-alive, X-Local', 'X-Local': '1' }]) {
        const asked = (await ask(world.port, '/ai/a/', { headers })).asked()
        expect(JSON.stringify(asked.headers)).not.toMatch(/9\.9\.9\.9|user:admin|other|forged-key/)
      }
    })

    test('a header name with other characters than letters, digits and hyphens is not passed on, because servers read it differently', async () => {
      await world.serve([route('a', [await world.usual()])])
      const headers = { X_Odd: 'odd', 'X.Odd': 'odd', 'X!Odd': 'odd', X_Real_IP: 'odd', 'X-Even-1': 'even' }
      const asked = JSON.stringify((await ask(world.port, '/ai/a/', { headers })).asked().headers)
      expect([asked.includes('odd'), asked.includes('even')]).toEqual([false, true])
    })

    test('hop-by-hop headers and those that Connection names are not passed on', async () => {
      await world.serve([route('a', [await world.usual()])])
      const headers = {
        Connection: 'keep-alive, X-Local',
        'X-Local': '1',
        TE: 'trailers',
        'Proxy-Authorization': 'x',
      }
      const asked = (await ask(world.port, '/ai/a/', { headers })).asked()
      expect(Object.keys(asked.headers)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(x-local|te|proxy.*)$/)]),
      )
    })

    test('a well-formed request id is passed on and returned', async () => {
      await world.serve([route('a', [await world.usual()])])
      const answer = await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': 'abc-1' } })
      expect([answer.asked().headers['x-request-id'], answer.headers['x-request-id']]).toEqual([
        'abc-1',
        'abc-1',
      ])
    })

    test('an ill-formed request id is replaced', async () => {
      await world.serve([route('a', [await world.usual()])])
      const answer = await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': 'a b"c' } })
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    })

    test('an answer of the algorithm is passed on unchanged, even an error', async () => {
      const upstream = await world.instance((_req, res) => {
        res
          .writeHead(422, 'Odd Words', { 'X-Own': 'ä', 'Set-Cookie': ['a=1', 'b=2'] })
          .end('{"detail":"own form"}')
      })
      const port = await freePort()
      await world.serve([route('a', [upstream], { front: { host: '127.0.0.1', port } })])
      const below = await ask(world.port, '/ai/a/')
      const front = await ask(port, '/')
      for (const { status, headers, body } of [below, front])
        expect([status, headers['x-own'], body]).toEqual([422, 'ä', '{"detail":"own form"}'])
      // Below the public address no cookie is kept.
      expect(front.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    })

    test('an instance cannot redirect a request inside the gateway', async () => {
      const upstream = await world.instance((_req, res) =>
        res.setHeader('X-Accel-Redirect', '/ai/b/secret').end('own'),
      )
      const other = await world.instance()
      await world.serve([route('a', [upstream]), route('b', [other])])
      expect((await ask(world.port, '/ai/a/')).body).toBe('own')
      expect(other.requests).toEqual([])
    })

    test('binary bytes arrive as they were sent', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
      const upstream = await world.instance((_req, res) => res.end(bytes))
      await world.serve([route('a', [upstream])])
      const answer = await fetch(`http://127.0.0.1:${world.port}/ai/a/`)
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
    })

    test('each request leaves a line in the access log', async () => {
      await world.serve([route('a', [await world.instance()], { release: 7 })])
      const answer = await ask(world.port, '/ai/a/predict?secret=1', { method: 'POST', body: '12345' })
      const line = await world.logged(String(answer.headers['x-request-id']))
      expect(line).toMatchObject({
        service_id: 'a',
        release: 7,
        instance_id: 'one',
        caller: null,
        method: 'POST',
        path: '/ai/a/predict',
        status: 200,
        bytes_in: 5,
        bytes_out: Buffer.byteLength(answer.body),
        remote_address: '127.0.0.1',
        error: null,
      })
    })
  })
}
