import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { authorizationCases } from '../../../../../tests/support/authorization-cases.ts'
import { ask } from './gateway.test-client.ts'
import { freePort } from './gateway.test-upstream.ts'
import { apiKey, createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { testKeyRates } from './key-rates.test-suite.ts'

/** Tests who may call a service, how often, and how much they may send. */
export function testAccess(createGateway: CreateGateway): void {
  describe('access', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    const closed = async (slug = 'a') =>
      world.serve([route(slug, [await world.usual()], { auth: 'required' })])
    const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

    test('without credentials a service that requires them is 401', async () => {
      await closed()
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code(), answer.headers['www-authenticate']]).toEqual([
        401,
        'auth.required',
        'Bearer',
      ])
    })

    test('a front port asks for the same credentials', async () => {
      const front = { host: '127.0.0.1', port: await freePort() }
      await world.serve([route('a', [await world.usual()], { auth: 'required', front })])
      expect((await ask(front.port, '/')).status).toBe(401)
    })

    test('a login token lets its user in and names the caller, and does not reach the instance', async () => {
      await closed()
      const answer = await ask(world.port, '/ai/a/', { headers: bearer(await world.token({ sub: 'u1' })) })
      const { headers } = answer.asked()
      expect([headers['x-vitrine-caller'], headers.authorization]).toEqual(['user:u1', undefined])
      expect((await world.logged(String(answer.headers['x-request-id']))).caller).toBe('user:u1')
    })

    test.each(authorizationCases)('Authorization with %s', async (_what, authorization, accepted) => {
      await closed()
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const answer = await ask(world.port, '/ai/a/', { headers: { Authorization: authorization(key) } })
      expect(answer.status).toBe(accepted ? 200 : 401)
      if (!accepted) expect(answer.code()).toBe('auth.invalid_credential')
    })

    test('a header Authorization of another scheme is for a proxy in front, and the session cookie counts', async () => {
      await closed()
      const headers = { Authorization: 'Basic eDp5' }
      expect((await ask(world.port, '/ai/a/', { headers })).code()).toBe('auth.required')
      const Cookie = `vitrine_session=${await world.token({ sub: 'u3' })}`
      const { headers: asked } = (
        await ask(world.port, '/ai/a/', { headers: { ...headers, Cookie } })
      ).asked()
      expect([asked['x-vitrine-caller'], asked.authorization]).toEqual(['user:u3', undefined])
    })

    test('a token signed by another key is 401', async () => {
      await closed()
      const { privateKey } = await generateKeyPair('ES256')
      const answer = await ask(world.port, '/ai/a/', {
        headers: bearer(await world.token({ by: privateKey })),
      })
      expect([answer.status, answer.code()]).toEqual([401, 'auth.invalid_credential'])
    })

    test('a token of another issuer is 401', async () => {
      await closed()
      const token = await world.token({ issuer: 'elsewhere' })
      expect((await ask(world.port, '/ai/a/', { headers: bearer(token) })).status).toBe(401)
    })

    test('a token that was let in is refused once it has expired', async () => {
      await closed()
      // Long enough for the first request on a busy machine.
      const exp = Math.floor(Date.now() / 1000) + 6
      const headers = bearer(await world.token({ exp }))
      expect((await ask(world.port, '/ai/a/', { headers })).status).toBe(200)
      await expect
        .poll(async () => (await ask(world.port, '/ai/a/', { headers })).status, { timeout: patienceMs })
        .toBe(401)
    })

    test('a token without a signature (alg none) is 401', async () => {
      await closed()
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { iss: 'vitrine-test', sub: 'x', role: 'admin', exp: 4_000_000_000 }
      const token = `${part({ alg: 'none' })}.${part(claims)}.`
      expect((await ask(world.port, '/ai/a/', { headers: bearer(token) })).status).toBe(401)
    })

    test('somebody signed in whose role may not run anything is 403, as often as they ask', async () => {
      await closed()
      const headers = bearer(await world.token({ role: 'none' }))
      const answers = [
        await ask(world.port, '/ai/a/', { headers }),
        await ask(world.port, '/ai/a/', { headers }),
      ]
      expect(answers.map((answer) => [answer.status, answer.code()])).toEqual([
        [403, 'auth.not_permitted'],
        [403, 'auth.not_permitted'],
      ])
    })

    test('the session cookie lets its user in, and only the other cookies reach the instance', async () => {
      await closed()
      const Cookie = `a=1; vitrine_session=${await world.token({ sub: 'u2' })}; vitrine_refresh=zzz; b=2`
      const { headers } = (await ask(world.port, '/ai/a/', { headers: { Cookie } })).asked()
      expect([headers['x-vitrine-caller'], headers.cookie]).toEqual(['user:u2', 'a=1; b=2'])
    })

    test('a session cookie that comes twice counts as absent', async () => {
      await closed()
      const [one, two] = [await world.token(), await world.token({ sub: 'u2' })]
      const Cookie = `vitrine_session=${one}; vitrine_session=${two}`
      expect((await ask(world.port, '/ai/a/', { headers: { Cookie } })).status).toBe(401)
    })

    test('with the cookie, an unsafe method from another site is 403', async () => {
      await closed()
      const Cookie = `vitrine_session=${await world.token()}`
      const post = (headers: Record<string, string>) =>
        ask(world.port, '/ai/a/', { method: 'POST', headers: { Cookie, ...headers } })
      const statuses = await Promise.all([
        post({}),
        post({ 'Sec-Fetch-Site': 'same-site' }),
        post({ 'Sec-Fetch-Site': 'cross-site', Origin: `http://127.0.0.1:${world.port}` }),
        post({ Origin: 'http://evil.example' }),
      ])
      expect(statuses.map((answer) => answer.status)).toEqual([403, 403, 403, 403])
    })

    test('with the cookie, an unsafe method from a page of the same origin passes', async () => {
      await closed()
      const Cookie = `vitrine_session=${await world.token()}`
      const post = (headers: Record<string, string>) =>
        ask(world.port, '/ai/a/', { method: 'POST', headers: { Cookie, ...headers } })
      const answers = [
        await post({ 'Sec-Fetch-Site': 'same-origin' }),
        await post({ Origin: `http://127.0.0.1:${world.port}`, Host: `127.0.0.1:${world.port}` }),
      ]
      expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    })

    test('an API key with the scope run is accepted, and the key is the caller', async () => {
      await closed()
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const { headers } = (await ask(world.port, '/ai/a/', { headers: bearer(key) })).asked()
      expect(headers['x-vitrine-caller']).toBe(`key:${entry.id}`)
    })

    test('an API key with only the scope read is 403', async () => {
      await closed()
      const { key, entry } = apiKey({ scopes: ['read', 'metrics'] })
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const answer = await ask(world.port, '/ai/a/', { headers: bearer(key) })
      expect([answer.status, answer.code()]).toEqual([403, 'auth.scope_missing'])
    })

    test('an API key limited to other services is 403', async () => {
      await closed()
      const { key, entry } = apiKey({ service_ids: ['b'] })
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const answer = await ask(world.port, '/ai/a/', { headers: bearer(key) })
      expect([answer.status, answer.code()]).toEqual([403, 'auth.service_not_allowed'])
    })

    test('an API key that has expired is 401', async () => {
      await closed()
      const { key, entry } = apiKey({ expires_at: '2020-01-01T00:00:00Z' })
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      expect((await ask(world.port, '/ai/a/', { headers: bearer(key) })).status).toBe(401)
    })

    test('a revoked API key is 401 as soon as the new list is applied', async () => {
      await closed()
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      expect((await ask(world.port, '/ai/a/', { headers: bearer(key) })).status).toBe(200)
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [] })
      expect((await ask(world.port, '/ai/a/', { headers: bearer(key) })).status).toBe(401)
    })

    test('a public service needs no credentials, and credentials do not reach it', async () => {
      await world.serve([route('a', [await world.usual()])])
      const { headers } = (await ask(world.port, '/ai/a/', { headers: bearer('anything') })).asked()
      expect(headers.authorization).toBeUndefined()
    })

    test('beyond the rate limit a caller is 429 with Retry-After, another is not', async () => {
      const limited = route('limited', [await world.instance()], {
        auth: 'required',
        rate_limit: { requests: 2, window_s: 60 },
      })
      await world.serve([limited])
      const as = async (sub: string) =>
        ask(world.port, '/ai/limited/', { headers: bearer(await world.token({ sub })) })
      const statuses = [(await as('one')).status, (await as('one')).status]
      const third = await as('one')
      expect([...statuses, third.status, third.code()]).toEqual([200, 200, 429, 'gateway.too_many_requests'])
      expect(Number(third.headers['retry-after'])).toBeGreaterThan(0)
      expect((await as('two')).status).toBe(200)
    })

    test('a rate limit keeps its count when another route changes', async () => {
      const upstream = await world.instance()
      const limited = route('counted', [upstream], { rate_limit: { requests: 1, window_s: 60 } })
      await world.serve([limited])
      expect((await ask(world.port, '/ai/counted/')).status).toBe(200)
      await world.serve([limited, route('b', [upstream])])
      expect((await ask(world.port, '/ai/counted/')).status).toBe(429)
    })

    testKeyRates(() => world)

    test('a body over the limit is 413 by its announced length, and the instance never sees it', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream], { body_bytes: 10 })])
      const answer = await ask(world.port, '/ai/a/', { method: 'POST', body: 'x'.repeat(11) })
      expect([answer.status, answer.code(), upstream.requests.length]).toEqual([
        413,
        'gateway.body_too_large',
        0,
      ])
    })

    test('a streamed body that exceeds the limit is 413', async () => {
      await world.serve([route('a', [await world.usual()], { body_bytes: 100_000 })])
      const headers = { 'Transfer-Encoding': 'chunked' }
      const answer = await ask(world.port, '/ai/a/', { method: 'POST', headers, body: 'x'.repeat(300_000) })
      expect([answer.status, answer.code()]).toEqual([413, 'gateway.body_too_large'])
    })

    test('a body of exactly the limit passes', async () => {
      await world.serve([route('a', [await world.usual()], { body_bytes: 100_000 })])
      const answer = await ask(world.port, '/ai/a/', { method: 'POST', body: 'x'.repeat(100_000) })
      expect(answer.asked().body.length).toBe(100_000)
    })
  })
}
