import { auditEndpoints } from '@vitrine/contract'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, testPassword, type TestPlatform } from '../support/platform.ts'
import { runnerBeside } from '../support/runners.ts'
import { textAnswer, type TextAnswer } from '../support/text-answer.ts'

const audit = auditEndpoints['GET /audit'].response
const publicUrl = 'https://vitrine.example'
/** A proxy on this machine that ends TLS, and another program of this machine. */
const [proxy, stranger] = ['127.0.0.1', '127.0.0.2']

type Asked = { from: string; method?: string; headers?: Record<string, string>; body?: object }

describeGateways('behind a proxy that ends TLS', (gateway) => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await startPlatform({
      runner: runnerBeside(gateway),
      environment: {
        VITRINE_GATEWAY: gateway,
        VITRINE_TRUSTED_PROXIES: proxy,
        VITRINE_PUBLIC_URL: publicUrl,
      },
    })
  })
  afterAll(() => platform?.dispose())

  const ask = (path: string, { from, method = 'GET', headers = {}, body }: Asked): Promise<TextAnswer> =>
    textAnswer(
      (onAnswer) =>
        request(
          {
            host: '127.0.0.1',
            port: platform.publicPort,
            localAddress: from,
            path,
            method,
            agent: false,
            headers: { host: 'vitrine.example', 'content-type': 'application/json', ...headers },
          },
          onAnswer,
        ),
      body,
    )
  const signIn = (from: string, client: string, username: string, password: string) =>
    ask('/api/v1/auth/login', {
      from,
      method: 'POST',
      headers: { 'x-forwarded-for': client, 'x-forwarded-proto': 'https' },
      body: { username, password },
    })
  const signInsFrom = async () => {
    const admin = await platform.admin()
    const { items } = await admin.get('/audit', audit)
    return items
      .filter(({ action }) => action === 'POST /auth/login')
      .map(({ details }) => details.remote_address)
  }

  test('somebody’s wrong passwords do not lock out people at other addresses', async () => {
    const statuses: number[] = []
    for (let each = 0; each < 21; each += 1)
      statuses.push((await signIn(proxy, '203.0.113.9', `nobody${each}`, 'wrong password')).status)
    expect(new Set(statuses.slice(0, 20))).toEqual(new Set([401]))
    expect(statuses.at(-1)).toBe(429)
    expect((await signIn(proxy, '203.0.113.10', 'admin', testPassword)).status).toBe(200)
  })

  test('who is no proxy cannot write another address into the audit log, nor escape the limit of wrong passwords', async () => {
    expect((await signIn(stranger, '198.51.100.99', 'admin', testPassword)).status).toBe(200)
    const addresses = await signInsFrom()
    expect(addresses).toContain(stranger)
    expect(addresses).toContain('203.0.113.10')
    expect(addresses).not.toContain('198.51.100.99')
    const statuses: number[] = []
    for (let each = 0; each < 21; each += 1)
      statuses.push((await signIn(stranger, `198.51.100.${each}`, `no-one${each}`, 'wrong password')).status)
    expect(statuses.at(-1)).toBe(429)
  })

  test('its cookies never travel without TLS, and browsers are told to stay with it', async () => {
    const { headers } = await signIn(proxy, '203.0.113.11', 'admin', testPassword)
    const cookies = headers['set-cookie'] ?? []
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      '__Secure-vitrine_device',
      '__Host-vitrine_session',
      '__Secure-vitrine_refresh',
    ])
    expect(cookies.every((cookie) => /; Secure(;|$)/.test(cookie))).toBe(true)
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
  })

  test.each(['/', '/api/v1/setup', '/ai/anything/', '/s/anything', '/metrics'])(
    'a page that gives its own name this address reads nothing (%s)',
    async (path) => {
      const { status, body } = await ask(path, { from: stranger, headers: { host: 'evil.example:8000' } })
      expect([status, body.includes('gateway.host_refused')]).toEqual([421, true])
    },
  )

  test('links begin with the address that people use', async () => {
    const { body } = await ask('/api/v1/openapi.json', { from: stranger, headers: { host: 'localhost' } })
    expect(JSON.parse(body).servers).toEqual([{ url: publicUrl }])
  })
})
