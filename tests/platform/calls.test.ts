import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiKey, endpoints, keptBodies, type Call } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { plainGet } from '../support/plain-get.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

const longTest = 120_000

describeGateways('calls', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    await Promise.all([admin.publish('one', echo()), admin.publish('two', echo())])
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const madeKey = z.object({ id: z.string(), key: z.string() })
  const makeKey = (part: { scopes: string[]; service_ids?: string[] }) =>
    admin.post('/api-keys', madeKey, { name: 'test', ...part })

  const callsOf = (query: string) => admin.get(`/calls?${query}`, endpoints['GET /calls'].response)
  /** Waits for the rows of a request. */
  const rowsOf = async (requestId: string): Promise<Call[]> => {
    const found = await waitFor(
      async () => {
        const { items } = await callsOf(`request_id=${requestId}`)
        return items.length > 0 && items
      },
      { timeoutMs: patienceMs, slowingToMs: 250 },
    )
    if (!found) throw new Error(`no call ${requestId}:\n${await platform.log()}`)
    return found
  }
  const ask = (key: string, id: string, requestId = 'any') =>
    platform.anonymous().with(key).predict(id, ['x'], { 'x-request-id': requestId })

  test('a call through the gateway is listed with its caller, release and replica', async () => {
    const { id, key } = await makeKey({ scopes: ['run'] })
    expect((await ask(key, 'one', 'call-of-a-key')).status).toBe(200)
    await admin.predict('one', ['x'], { 'x-request-id': 'call-of-a-person' })
    expect(await rowsOf('call-of-a-key')).toEqual([
      expect.objectContaining({
        service_id: 'one',
        release: 1,
        method: 'POST',
        route: '/predict',
        status: 200,
        error: null,
        caller: { kind: 'key', id, name: 'test' },
        instance_id: (await admin.service('one')).instances[0]?.id,
      }),
    ])
    expect((await rowsOf('call-of-a-person'))[0]?.caller).toMatchObject({ kind: 'user', name: 'admin' })
    const used = async () =>
      (await admin.get(`/api-keys/${id}`, z.object({ last_used_at: z.string().nullable() }))).last_used_at
    expect(await waitFor(used, { timeoutMs: patienceMs, slowingToMs: 250 })).not.toBeNull()
  })

  test('what was sent and answered is kept where the service asks for it, without secrets, and by the embedded gateway alone', async () => {
    if (gateway !== 'embedded') {
      const refused = await admin.request('PATCH', '/services/two', { json: { keep_bodies: true } })
      return expect([refused.status, await refused.text()]).toEqual([
        409,
        expect.stringContaining('service.bodies_unavailable'),
      ])
    }
    await admin.change('two', { keep_bodies: true })
    const headers = { 'x-request-id': 'call-that-is-kept' }
    const sent = { input_data: ['hello'], password: 'hunter2', long: 'x'.repeat(40_000) }
    await admin.request('POST', '//ai/two/predict', { json: sent, headers })
    const [row] = await rowsOf('call-that-is-kept')
    expect(row?.has_bodies).toBe(true)
    const answer = await admin.request('GET', `/calls/${row?.id}/bodies`)
    const { request, response } = keptBodies.parse(await answer.json())
    expect(request).toMatchObject({
      type: 'application/json',
      bytes: Buffer.byteLength(JSON.stringify(sent)),
      is_cut: true,
    })
    expect(request.text).toContain('"input_data":["hello"]')
    expect(request.text).not.toContain('hunter2')
    expect(response.text).toContain('echo:hello')
    await admin.change('two', { keep_bodies: false })
    await admin.predict('two', ['x'], { 'x-request-id': 'call-that-is-not-kept' })
    expect((await rowsOf('call-that-is-not-kept'))[0]?.has_bodies).toBe(false)
  })

  test('a refused call is listed with the reason', async () => {
    await platform.anonymous().predict('one', ['x'], { 'x-request-id': 'call-of-nobody' })
    expect(await rowsOf('call-of-nobody')).toEqual([
      expect.objectContaining({ status: 401, error: 'auth.required', caller: null, instance_id: null }),
    ])
  })

  test('a key that is limited to a service reaches only that service', async () => {
    const { key } = await makeKey({ scopes: ['run'], service_ids: ['two'] })
    expect((await ask(key, 'two')).status).toBe(200)
    const refused = await ask(key, 'one')
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: 'auth.service_not_allowed' } },
    ])
  })

  test('a key that may not run is refused', async () => {
    const { key } = await makeKey({ scopes: ['read'] })
    expect((await ask(key, 'one')).status).toBe(403)
  })

  test(
    'calls while the control plane is dead are recorded once by the next one',
    async () => {
      const { key } = await makeKey({ scopes: ['run'] })
      await ask(key, 'one', 'before-the-kill')
      await rowsOf('before-the-kill')
      await ask(key, 'one', 'at-the-kill')
      await platform.end('SIGKILL')
      for (let call = 0; call < 20; call++) expect((await ask(key, 'one', `absent-${call}`)).status).toBe(200)
      await platform.start()
      admin = await platform.admin()
      await rowsOf('absent-19')
      for (const requestId of ['before-the-kill', 'at-the-kill', 'absent-0', 'absent-10'])
        expect(await rowsOf(requestId)).toHaveLength(1)
    },
    longTest,
  )

  test('calls appear in the charts', async () => {
    await admin.predict('two', ['x'], { 'x-request-id': 'for-the-charts' })
    await rowsOf('for-the-charts')
    const { points } = await admin.get(
      '/services/two/metrics',
      endpoints['GET /services/{id}/metrics'].response,
    )
    expect(points.reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(0)
    const { items } = await admin.get('/service-metrics', endpoints['GET /service-metrics'].response)
    const two = items.find(({ service_id }) => service_id === 'two')
    expect(two?.calls.reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(0)
  })

  test(
    'the next service with the ID of a deleted one has no calls, and keys that named that do not open it',
    async () => {
      await admin.publish('short', echo())
      const { id, key } = await makeKey({ scopes: ['run'], service_ids: ['short'] })
      expect((await ask(key, 'short', 'before-the-deletion')).status).toBe(200)
      await rowsOf('before-the-deletion')
      expect((await admin.deleteService('short')).state).toBe('succeeded')
      await admin.publish('short', echo())
      expect((await callsOf('service_id=short')).total).toBe(0)
      const { points } = await admin.get(
        '/services/short/metrics',
        endpoints['GET /services/{id}/metrics'].response,
      )
      expect(points.reduce((sum, { calls }) => sum + calls, 0)).toBe(0)
      expect((await ask(key, 'short', 'after-the-deletion')).status).toBe(403)
      expect((await admin.get(`/api-keys/${id}`, apiKey)).service_ids).toEqual([])
    },
    longTest,
  )

  test('through the gateway only keys with the right scope can read the metrics', async () => {
    const metrics = await makeKey({ scopes: ['metrics'] })
    const all = await makeKey({ scopes: ['admin'] })
    const askFor = (token: string | null) => platform.anonymous().with(token).request('GET', '//metrics')
    const statuses = []
    for (const token of [null, 'vtk_wrong', all.key, metrics.key]) statuses.push((await askFor(token)).status)
    expect(statuses).toEqual([401, 401, 403, 200])
    const forged = await platform.anonymous().request('GET', '//metrics', {
      headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
    })
    expect(forged.status).toBe(401)
    const text = await (await askFor(metrics.key)).text()
    expect(text).toMatch(/^vitrine_calls_total\{service_id="one",status_class="2xx"\} [1-9]/m)
    expect(text).toMatch(/^vitrine_service_ready\{service_id="two"\} 1$/m)
  })

  test('a program that may open the control plane’s socket needs no key', async () => {
    const table = z.object({ control: z.object({ socket: z.string() }) })
    const text = await readFile(join(platform.dataFolder, 'gateway', 'routes.json'), 'utf8')
    const { socket } = table.parse(JSON.parse(text)).control
    const { status } = await plainGet('http://localhost/metrics', {
      method: 'GET',
      headers: {},
      socketPath: socket,
    })
    expect(status).toBe(200)
  })
})
