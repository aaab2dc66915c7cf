import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { ask, changedConfig as changed, setConfig } from './ask-config.ts'
import { echo } from './packages.ts'

const longTest = 120_000
const revisions = configEndpoints['GET /config/revisions'].response
const effective = configEndpoints['GET /config/effective'].response
const imported = configEndpoints['POST /config/import'].response

/** Values of the platform, and whose they are. */
export function configurationValueCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  const set = (key: string, body: object) => setConfig(admin, key, body)

  describe('values of the platform', () => {
    test('have a type and a range; what is wrong is told by field, and an unknown key with the nearest one', async () => {
      expect(await ask(admin, 'POST', '/config/runs.keep_days', { value: 'many' })).toMatchObject({
        status: 422,
        body: { error: { details: { issues: [{ path: 'value' }] } } },
      })
      expect(await ask(admin, 'POST', '/config/run.keep_day', { value: 3 })).toMatchObject({
        status: 422,
        body: { error: { code: 'config.unknown_key', details: { nearest: 'runs.keep_days' } } },
      })
      const several = [
        { key: 'runs.keep_days', value: 0 },
        { key: 'service.timeout', value: 'x' },
        { key: 'custom.fine', value: 1 },
      ]
      expect(await ask(admin, 'POST', '/config', { changes: several })).toMatchObject({
        status: 422,
        body: {
          error: { details: { issues: [{ path: 'changes[0].value' }, { path: 'changes[1].value' }] } },
        },
      })
      expect((await ask(admin, 'GET', '/config/custom.fine')).status).toBe(404)
      const twice = [
        { key: 'custom.fine', value: 1 },
        { key: 'custom.fine', value: 2 },
      ]
      expect(await ask(admin, 'POST', '/config', { changes: twice })).toMatchObject({
        status: 422,
        body: { error: { details: { issues: [{ path: 'changes[1].value' }] } } },
      })
    })

    test('can be 0, false and an empty text, and are told as the plan has it', async () => {
      for (const value of [0, false, '']) {
        const answer = await admin.post('/config/custom.empty', changed, { value })
        expect(answer.message).toBe('设置配置成功')
        expect((await ask(admin, 'GET', '/config/custom.empty')).body).toEqual({ key: 'custom.empty', value })
      }
      expect(await ask(admin, 'GET', '/config/custom.none')).toMatchObject({
        status: 404,
        body: { error: { message: expect.stringContaining('配置不存在') } },
      })
    })

    test('that somebody else has changed since they were read are not written over', async () => {
      const { revision } = await set('custom.shared', { value: 'first' })
      await set('custom.shared', { value: 'theirs', base_revision: revision })
      expect(
        await ask(admin, 'POST', '/config/custom.shared', { value: 'mine', base_revision: revision }),
      ).toMatchObject({
        status: 409,
        body: { error: { code: 'config.changed', details: { yours: 'mine', theirs: 'theirs' } } },
      })
    })

    test(
      'take effect at once: the timeout of a new service is the one that is set',
      async () => {
        await set('service.timeout', { value: 41 })
        await admin.publish('patient', echo())
        expect((await admin.service('patient')).timeout_s).toBe(41)
        // Whichever way it is changed, both say the same.
        await set('service.timeout', { service_id: 'patient', value: 42 })
        expect((await admin.service('patient')).timeout_s).toBe(42)
        await ask(admin, 'PATCH', '/services/patient', { timeout: 43 })
        expect((await ask(admin, 'GET', '/config/service.timeout?service_id=patient')).body).toEqual({
          key: 'service.timeout',
          value: 43,
        })
      },
      longTest,
    )

    test(
      'of the options of services are for new ones, and those of each service are one value, whichever way it is set or removed',
      async () => {
        const limit = { requests: 500, window_s: 60 }
        await set('service.rate_limit', { value: limit })
        await set('service.idle.timeout', { value: '2h' })
        await admin.publish('limited', echo())
        expect(await admin.service('limited')).toMatchObject({ rate_limit: limit, idle_minutes: 120 })
        const of = { service_id: 'limited' }
        await set('service.rate_limit', { ...of, value: { ...limit, requests: 400 } })
        await set('service.idle.timeout', { ...of, value: '90m' })
        expect(await admin.service('limited')).toMatchObject({
          rate_limit: { requests: 400 },
          idle_minutes: 90,
        })
        await admin.change('limited', { idle_minutes: 30 })
        const valueOf = async (key: string) =>
          (await ask(admin, 'GET', `/config/${key}?service_id=limited`)).body
        expect(await valueOf('service.idle.timeout')).toMatchObject({ value: 30 })
        for (const key of ['service.rate_limit', 'service.idle.timeout'])
          expect((await ask(admin, 'DELETE', `/config/${key}?service_id=limited`)).status).toBe(200)
        expect(await admin.service('limited')).toMatchObject({ rate_limit: null, idle_minutes: null })
        // A time-out is never without a value.
        expect((await ask(admin, 'DELETE', '/config/service.timeout?service_id=limited')).status).toBe(422)
        for (const key of ['service.rate_limit', 'service.idle.timeout'])
          expect((await ask(admin, 'DELETE', `/config/${key}`)).status).toBe(200)
      },
      longTest,
    )

    test(
      'of folders are shown with the setting that decides them',
      async () => {
        const { items } = await admin.get('/config/effective', effective)
        const root = items.find(({ key }) => key === 'service.root.dir')
        expect(root).toMatchObject({
          value: join(platform.dataFolder, 'services'),
          source: 'environment',
          variable: 'VITRINE_DATA_DIR',
        })
        expect((await ask(admin, 'POST', '/config/service.root.dir', { value: '/srv' })).status).toBe(422)
      },
      longTest,
    )

    test(
      'are stored together or not at all: a port that is taken leaves the others as they were',
      async () => {
        const { front_port: taken } = await admin.publish('holder', echo())
        const before = await admin.publish('wanting', echo())
        const changes = [
          { key: 'custom.together', value: 1 },
          { key: 'service.timeout', type: 'service', service_id: 'wanting', value: 17 },
          { key: 'service.port', type: 'service', service_id: 'wanting', value: taken },
        ]
        expect(await ask(admin, 'POST', '/config', { changes })).toMatchObject({
          status: 409,
          body: { error: { code: 'port.taken', details: { holder: { service_id: 'holder' } } } },
        })
        expect((await ask(admin, 'GET', '/config/custom.together')).status).toBe(404)
        const { timeout_s, front_port } = before
        expect(await admin.service('wanting')).toMatchObject({ timeout_s, front_port })
      },
      longTest,
    )

    test('are exported and imported: a dry run says what would change, and a rollback returns all', async () => {
      await set('custom.a', { value: { list: [1, 2] } })
      const { revision: before } = await set('custom.b', { value: 'b' })
      const { yaml } = await admin.get('/config/export', z.object({ yaml: z.string() }))
      const other = yaml.replace('custom.b: b', 'custom.b: other')
      const dry = await admin.post('/config/import', imported, { yaml: other, dry_run: true })
      expect(dry).toMatchObject({
        revision: null,
        changes: [{ key: 'custom.b', before: 'b', after: 'other' }],
      })
      await admin.post('/config/import', imported, { yaml: other, reason: 'from the other platform' })
      expect((await ask(admin, 'GET', '/config/custom.b')).body).toMatchObject({ value: 'other' })
      await admin.post('/config/rollback', changed, { revision: before })
      expect((await ask(admin, 'GET', '/config/custom.b')).body).toMatchObject({ value: 'b' })
      const { items } = await admin.get('/config/revisions', revisions)
      expect(items[1]).toMatchObject({ reason: 'from the other platform', author: 'admin' })
      for (const wrong of ['a: [', 'other: 1', 'vitrine_config: 1\nvalues: {custom.x: 1, custom.x: 2}'])
        expect((await ask(admin, 'POST', '/config/import', { yaml: wrong })).status).toBe(422)
    })

    test('that a viewer writes to take for ever are refused, and hold nobody else up', async () => {
      const viewer = await platform.person('imports-much', 'viewer')
      const values = Array.from({ length: 45_000 }, (_, at) => `  custom.k${at}: ${at}\n`).join('')
      const body = { type: 'user', yaml: `vitrine_config: 1\nvalues:\n${values}`, dry_run: true }
      const refused = ask(viewer, 'POST', '/config/import', body)
      expect((await ask(admin, 'GET', '/config')).status).toBe(200)
      expect(await refused).toMatchObject({
        status: 422,
        body: { error: { code: 'config.import_exceeded' } },
      })
    })

    test('that an export names are secrets where it is imported, and are missing there until they have a value', async () => {
      await set('custom.token', { value: 'planted-secret-73', secret: true })
      const { yaml } = await admin.get('/config/export', z.object({ yaml: z.string() }))
      expect(yaml).not.toContain('planted-secret-73')
      await admin.request('DELETE', '/config/custom.token')
      const dry = await admin.post('/config/import', imported, { yaml, dry_run: true })
      expect(dry.secrets_missing).toEqual(['custom.token'])
      const filled = yaml.replace('values:', 'values:\n  custom.token: planted-secret-74')
      const done = await admin.post('/config/import', imported, { yaml: filled })
      expect(done.changes).toMatchObject([{ key: 'custom.token', secret: true, after: null }])
      expect((await ask(admin, 'GET', '/config/custom.token')).body).toEqual({
        key: 'custom.token',
        value: null,
      })
    })
  })

  test(
    'values belong to whoever may change them: the system’s to administrators, a service’s to its owner',
    async () => {
      const owner = await platform.person('owner', 'user')
      const other = await platform.person('other', 'user')
      const viewer = await platform.person('viewer', 'viewer')
      await owner.publish('owned', echo())
      expect((await ask(owner, 'POST', '/config/env.A', { service_id: 'owned', value: '1' })).status).toBe(
        200,
      )
      for (const person of [other, viewer]) {
        expect((await ask(person, 'GET', '/config/effective?service_id=owned')).status).toBe(403)
        expect((await ask(person, 'POST', '/config/env.A', { service_id: 'owned', value: '2' })).status).toBe(
          403,
        )
        expect((await ask(person, 'GET', '/config/effective')).status).toBe(403)
        expect((await ask(person, 'POST', '/config/custom.a', { value: 1 })).status).toBe(403)
        expect((await ask(person, 'POST', '/config/custom.mine', { type: 'user', value: 1 })).status).toBe(
          200,
        )
      }
      const views = [{ name: '异常', query: 'state=attention&columns=cpu' }]
      const list = { columns: ['cpu', 'of_a_former_version'], page_size: 100, views }
      const change = (value: object) =>
        ask(viewer, 'POST', '/config/ui.list.services', { type: 'user', value })
      expect((await change(list)).status).toBe(200)
      expect((await ask(viewer, 'GET', '/config/ui.list.services?type=user')).body).toMatchObject({
        value: list,
      })
      for (const wrong of [
        { ...list, page_size: 51 },
        { ...list, columns: ['a b'] },
        { ...list, views: Array.from({ length: 21 }, (_, index) => ({ name: `v${index}`, query: '' })) },
        { ...list, views: [{ name: 'a\u202e', query: '' }] },
        { ...list, views: [{ name: 'long', query: 'q'.repeat(1_001) }] },
        { ...list, more: 1 },
      ])
        expect((await change(wrong)).status).toBe(422)
      expect((await ask(other, 'POST', '/config/ui.list.services', { value: list })).status).toBe(403)
      expect((await ask(other, 'GET', '/config/custom.mine?type=user')).body).toEqual({
        key: 'custom.mine',
        value: 1,
      })
    },
    longTest,
  )
}
