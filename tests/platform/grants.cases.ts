import { request, type IncomingMessage } from 'node:http'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import {
  batchResult,
  pageOf,
  service,
  serviceGrantEndpoints,
  serviceGroup,
  taskAccepted,
  type Grantee,
  type GrantLevel,
} from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { testPassword, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

type World = { platform: TestPlatform; admin: ApiClient; owner: ApiClient }
const longTest = 120_000
const made = z.object({ id: z.string() })
const grant = serviceGrantEndpoints['PUT /service-groups/{id}/grants'].response
const access = serviceGrantEndpoints['GET /services/{id}/access'].response

/** What groups grant people beyond their role, on a platform where `owner` has the service `owned`. */
export function grantCases(world: () => World): void {
  let admin: ApiClient
  let owner: ApiClient
  let looker: ApiClient
  let colleague: ApiClient
  /** Somebody whose role permits nothing with services. */
  let outsider: ApiClient
  let group: string

  beforeAll(async () => {
    const { platform, ...people } = world()
    ;({ admin, owner } = people)
    looker = await platform.person('looker', 'viewer')
    colleague = await platform.person('colleague', 'user')
    const role = await admin.post('/roles', made, { name: 'outside', permissions: ['host.read'] })
    const json = { username: 'outsider', password: testPassword, role: 'viewer', custom_role_id: role.id }
    await admin.post('/users', made, json)
    outsider = await platform.anonymous().signIn('outsider', testPassword)
    await Promise.all(['granted', 'beside'].map((id) => owner.publish(id, echo())))
  }, 180_000)

  beforeEach(async () => {
    group = (await admin.post('/service-groups', serviceGroup, { name: crypto.randomUUID(), colour: 'red' }))
      .id
    await owner.change('granted', { group_id: group })
  })

  const give = (level: GrantLevel, to: Grantee) =>
    admin.call('PUT', `/service-groups/${group}/grants`, grant, { json: { to, level } })
  const take = (id: string) => statusOf(admin, 'DELETE', `/service-groups/${group}/grants/${id}`)
  const statusOf = async (who: ApiClient, method: string, path: string, json?: unknown) =>
    (await who.request(method, path, { json })).status
  const idsFor = async (who: ApiClient) =>
    (await who.get('/services', z.object({ items: z.array(made) }))).items.map(({ id }) => id)

  /** How the git host answers the first request of a push. */
  const pushed = async ({ token }: ApiClient) => {
    const authorization = `Basic ${Buffer.from(`git:${token}`).toString('base64')}`
    const url = `${world().platform.origin}/git/granted.git/info/refs?service=git-receive-pack`
    return (await fetch(url, { headers: { authorization } })).status
  }

  test('who may see and run the services of a group sees no other service', async () => {
    expect(await statusOf(outsider, 'GET', '/services')).toBe(403)
    const { id } = await give('run', { username: 'outsider' })
    expect(await idsFor(outsider)).toEqual(['granted'])
    expect(await statusOf(outsider, 'GET', '/showcase/granted')).toBe(200)
    const run = (service_id: string) => statusOf(outsider, 'POST', '/runs', { service_id, input_data: ['x'] })
    expect([await run('granted'), await run('beside')]).toEqual([202, 403])
    expect(await statusOf(outsider, 'GET', '/services/beside')).toBe(403)
    expect(await statusOf(outsider, 'POST', '/services/stop/granted')).toBe(403)
    expect(await take(id)).toBe(204)
    expect(await statusOf(outsider, 'GET', '/services')).toBe(403)
    expect(await run('granted')).toBe(403)
  })

  test(
    'who may operate the services of a group restarts them and reads their logs, and changes nothing',
    async () => {
      const { id } = await give('operate', { role: 'viewer' })
      expect(await looker.service('granted')).toMatchObject({ may_operate: true, may_own: false })
      expect(await looker.service('beside')).toMatchObject({ may_operate: false, may_own: false })
      expect((await looker.operate('restart', 'granted')).state).toBe('succeeded')
      const both = { action: 'restart', service_ids: ['granted'] }
      const batch = await looker.taskEnd((await looker.post('/services/batch', taskAccepted, both)).task_id)
      expect(batchResult.parse(batch.result)).toMatchObject([{ service_id: 'granted', ok: true }])
      expect(await statusOf(looker, 'GET', '/services/logs/granted')).toBe(200)
      const refused: [string, string, unknown?][] = [
        ['GET', '/services/logs/beside'],
        ['POST', '/services/restart/beside'],
        ['PATCH', '/services/granted', { name: 'x' }],
        ['DELETE', '/services/granted'],
        ['POST', '/services/deploy', { algorithm_id: 'granted' }],
        ['POST', '/service-groups', { name: 'x', colour: 'red' }],
        ['GET', '/config/service/granted'],
        ['GET', '/services/granted/access'],
      ]
      for (const [method, path, json] of refused)
        expect([path, await statusOf(looker, method, path, json)]).toEqual([path, 403])
      expect(await take(id)).toBe(204)
      expect(await statusOf(looker, 'POST', '/services/restart/granted')).toBe(403)
    },
    longTest,
  )

  test(
    'who may own the services of a group deploys and changes them, and cannot hand them over',
    async () => {
      expect(await statusOf(colleague, 'PATCH', '/services/granted', { name: 'x' })).toBe(403)
      const { id } = await give('own', { username: 'Colleague' })
      expect(await statusOf(colleague, 'PATCH', '/services/granted', { name: 'renamed' })).toBe(200)
      // The grants of another group would hold for it, also when this one is taken away.
      const other = { name: crypto.randomUUID(), colour: 'blue' } as const
      const { id: elsewhere } = await admin.post('/service-groups', serviceGroup, other)
      for (const group_id of [elsewhere, null])
        expect(await statusOf(colleague, 'PATCH', '/services/granted', { group_id })).toBe(403)
      expect(await statusOf(colleague, 'PATCH', '/services/granted', { group_id: group })).toBe(200)
      await colleague.publish('granted', echo('of a colleague'))
      expect(await (await colleague.predict('granted', ['x'])).text()).toContain('of a colleague')
      expect(await pushed(colleague)).toBe(200)
      const token = { name: 'a token of a repository', may_write: true, expires_at: null }
      expect(await statusOf(colleague, 'POST', '/algorithms/granted/tokens', token)).toBe(403)
      expect(await statusOf(colleague, 'PUT', '/services/granted/owner', { username: 'colleague' })).toBe(403)
      const { key } = await colleague.post('/api-keys', z.object({ key: z.string() }), {
        name: 'limited',
        scopes: ['deploy'],
        service_ids: ['granted'],
      })
      expect(await statusOf(colleague.with(key), 'PATCH', '/services/granted', { name: 'by key' })).toBe(403)
      expect(await colleague.get('/services/granted/access', access)).toMatchObject({
        owner: 'owner',
        may_hand_over: false,
        items: [
          { level: 'own', because: 'owner', holder_name: 'owner' },
          { level: 'own', because: 'administrator', holder_name: 'admin' },
          { level: 'own', because: 'group', holder: 'user', holder_name: 'colleague' },
        ],
      })
      expect(await take(id)).toBe(204)
      expect(await statusOf(colleague, 'PATCH', '/services/granted', { name: 'x' })).toBe(403)
      expect(await pushed(colleague)).toBe(403)
    },
    longTest,
  )

  test('an open log ends when its grant is taken away, and when the service leaves the group', async () => {
    const openLog = async () => {
      const url = `${world().platform.origin}/api/v1/services/granted/logs/stream`
      const req = request(url, { headers: { authorization: `Bearer ${looker.token}` }, agent: false }).end()
      const res = await new Promise<IncomingMessage>((resolve) => req.once('response', resolve))
      res.on('error', () => undefined).resume()
      return { status: res.statusCode, ended: new Promise((resolve) => res.once('close', resolve)) }
    }
    const { id } = await give('operate', { username: 'looker' })
    const first = await openLog()
    expect(first.status).toBe(200)
    await take(id)
    await first.ended
    expect((await openLog()).status).toBe(403)
    await give('operate', { username: 'looker' })
    const second = await openLog()
    await owner.change('granted', { group_id: null })
    await second.ended
    expect((await openLog()).status).toBe(403)
  })

  test('only administrators grant what concerns services of others, and delete a group that grants something', async () => {
    await give('run', { username: 'outsider' })
    expect(await statusOf(colleague, 'DELETE', `/service-groups/${group}`)).toBe(403)
    expect(await statusOf(admin, 'DELETE', `/service-groups/${group}`)).toBe(204)
    expect(await statusOf(outsider, 'GET', '/services')).toBe(403)
  })

  test('an owner hands a service over to somebody who may deploy, and then owns it no more', async () => {
    const hand = (who: ApiClient, username: string) =>
      statusOf(who, 'PUT', '/services/beside/owner', { username })
    expect(await hand(colleague, 'colleague')).toBe(403)
    expect([await hand(owner, 'looker'), await hand(owner, 'nobody')]).toEqual([422, 422])
    expect(await hand(owner, 'colleague')).toBe(200)
    expect(await colleague.service('beside')).toMatchObject({ owner: 'colleague', may_own: true })
    expect(await statusOf(owner, 'PATCH', '/services/beside', { name: 'x' })).toBe(403)
    expect(await hand(admin, 'owner')).toBe(200)
    const entries = await admin.get('/audit?q=/owner', z.object({ items: z.array(z.unknown()) }))
    expect(JSON.stringify(entries.items)).toContain('colleague')
    expect((await owner.get('/services', pageOf(service))).items.length).toBeGreaterThan(1)
  })
}
