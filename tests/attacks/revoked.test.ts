import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { authEndpoints, type Role } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, testPassword, type TestPlatform } from '../support/platform.ts'
import { streamingPackage } from './revoked.package.ts'

const added = authEndpoints['POST /users'].response
/** What a revocation may take. */
const atMostMs = 1_000

describeGateways('somebody whose sign-in was revoked', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  let front: string
  let people = 0

  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    front = `http://127.0.0.1:${(await admin.publish('stream', streamingPackage)).front_port}`
  })
  afterAll(() => platform?.dispose())

  async function newPerson(
    role: Role = 'user',
  ): Promise<{ id: string; username: string; client: ApiClient }> {
    const username = `person-${++people}`
    const { id } = await admin.post('/users', added, { username, password: testPassword, role })
    return { id, username, client: await admin.with(null).signIn(username, testPassword) }
  }

  const statusesOf = async ({ token }: ApiClient) => {
    const headers = { authorization: `Bearer ${token}` }
    const places = [`${platform.origin}/ai/stream/`, `${front}/`, `${platform.origin}/api/v1/auth/me`]
    return Promise.all(places.map(async (place) => (await fetch(place, { headers })).status))
  }

  /** Opens an event stream. `ended` resolves when it has ended. */
  async function openStream(url: string, { token }: ApiClient): Promise<{ ended: Promise<number> }> {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    const req = request(url, { headers, agent: false }).end()
    const answered: Promise<IncomingMessage> = once(req, 'response').then(([res]) => res)
    const res = await answered
    expect(res.statusCode).toBe(200)
    res.on('error', () => undefined).resume()
    return { ended: new Promise((resolve) => res.once('close', () => resolve(Date.now()))) }
  }

  const revocations: [string, (person: Awaited<ReturnType<typeof newPerson>>) => Promise<Response>][] = [
    ['signs out', ({ client }) => client.request('POST', '/auth/logout')],
    ['is disabled', ({ id }) => admin.request('PATCH', `/users/${id}`, { json: { disabled: true } })],
    ['is removed', ({ id }) => admin.request('DELETE', `/users/${id}`)],
    [
      'gets another password',
      ({ id }) => admin.request('PATCH', `/users/${id}`, { json: { password: 'another password' } }),
    ],
    ['gets another role', ({ id }) => admin.request('PATCH', `/users/${id}`, { json: { role: 'viewer' } })],
  ]

  test.each(revocations)('gets no further with the token of before: %s', async (_name, revoke) => {
    const person = await newPerson()
    expect(await statusesOf(person.client)).toEqual([200, 200, 200])
    await aSecondLater()
    expect((await revoke(person)).ok).toBe(true)
    expect(await statusesOf(person.client)).toEqual([401, 401, 401])
  })

  test.each(revocations)('reads no open stream of the platform any more: %s', async (_name, revoke) => {
    const person = await newPerson()
    const { ended } = await openStream(`${platform.origin}/api/v1/events`, person.client)
    await aSecondLater()
    expect((await revoke(person)).ok).toBe(true)
    const revoked = Date.now()
    expect((await ended) - revoked).toBeLessThan(atMostMs)
  })

  /** A token states whole seconds, and one from the second of a change counts as issued after it. */
  const aSecondLater = async () => {
    const second = Math.floor(Date.now() / 1000)
    await waitFor(() => Math.floor(Date.now() / 1000) > second, { timeoutMs: 5_000, everyMs: 20 })
  }
})
