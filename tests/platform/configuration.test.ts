import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { echo, told } from './packages.ts'

const longTest = 120_000
const changed = configEndpoints['POST /config/{key}'].response
const effective = configEndpoints['GET /config/effective'].response
const revisions = configEndpoints['GET /config/revisions'].response
const imported = configEndpoints['POST /config/import'].response
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform({ environment: { TOLD__ENV_REGION: 'from the environment' } })
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const names = ['GREETING', 'MODEL_TOKEN', 'REGION', 'EVERYWHERE']
const shownText = z.union([z.string(), z.object({ text: z.string() }).transform((data) => data.text)])
const predicted = z.object({
  predictions: z.array(z.object({ outputs: z.tuple([z.object({ data: shownText })]) })),
})
const predict = async (id: string, input: readonly string[]) =>
  predicted
    .parse(await (await admin.predict(id, [...input])).json())
    .predictions.map(({ outputs: [{ data }] }) => data)
const valuesOf = (id: string) => predict(id, names)
/** The status and the body of an answer. */
const ask = async (person: ApiClient, method: string, path: string, json?: object) => {
  const response = await person.request(method, path, { ...(json && { json }) })
  const text = await response.text()
  const body: unknown = text === '' ? null : JSON.parse(text)
  return { status: response.status, body }
}
/** Sets a value and waits until the running instances have it. */
const set = async (key: string, body: object) => {
  const answer = await admin.post(`/config/${key}`, changed, body)
  if (answer.task_id !== null) expect((await admin.taskEnd(answer.task_id)).state).toBe('succeeded')
  return answer
}
const effectiveOf = async (id: string) =>
  new Map(
    (await admin.get(`/config/effective?service_id=${id}`, effective)).items.map((item) => [item.key, item]),
  )

describe('variables of a service', () => {
  test(
    'that its package declares stop a deploy by name until they have values, and reach the service',
    async () => {
      await admin.upload(told, { algorithm_id: 'told' })
      const refused = await ask(admin, 'POST', '/services/deploy', {
        algorithm_id: 'told',
        service_config: { env: { GREETING: 'hello' } },
      })
      expect(refused).toMatchObject({
        status: 422,
        body: { error: { code: 'config.values_missing', details: { names: ['MODEL_TOKEN'] } } },
      })
      expect((await ask(admin, 'GET', '/services/told')).status).toBe(404)

      const task = await admin.deploy('told', {
        service_config: { env: { GREETING: 'hello', MODEL_TOKEN: 'abc' } },
      })
      expect(task.state).toBe('succeeded')
      expect(await valuesOf('told')).toEqual(['hello', 'abc', 'from the environment', 'none'])
    },
    longTest,
  )

  test(
    'reach the running instances without a lost request, return to what they were, and are the system’s where the service has none',
    async () => {
      const loop = requestLoop(
        () => admin.predict('told', names),
        (body) => body.includes('abc'),
      )
      const { revision } = await set('env.GREETING', {
        service_id: 'told',
        value: 'good day',
        reason: 'more polite',
      })
      expect((await valuesOf('told'))[0]).toBe('good day')
      await set('env.EVERYWHERE', { value: 7 })
      // Values of the system reach a service with its next instances.
      expect((await valuesOf('told'))[3]).toBe('none')
      expect((await effectiveOf('told')).get('env.EVERYWHERE')).toMatchObject({
        type: 'system',
        value: 7,
        stale_instances: [expect.any(String)],
      })
      const { task_id: applied } = await admin.post('/config/apply', changed, { service_id: 'told' })
      expect(applied && (await admin.taskEnd(applied)).state).toBe('succeeded')
      expect(await valuesOf('told')).toEqual(['good day', 'abc', 'from the environment', '7'])

      const back = await admin.post('/config/env.GREETING/rollback', changed, {
        service_id: 'told',
        revision: Number(revision) - 1,
      })
      expect(back.task_id && (await admin.taskEnd(back.task_id)).state).toBe('succeeded')
      expect((await valuesOf('told'))[0]).toBe('hello')
      expect((await loop.stop()).failures).toEqual([])
    },
    longTest,
  )

  test(
    'with which the service does not become ready are not used: it goes on with the former ones',
    async () => {
      const picky: PackageFiles = {
        'ai_algorithm.py': [
          'import os',
          'if os.environ.get("MODE") == "broken": raise RuntimeError("this mode does not exist")',
          'class Algorithm:',
          '    def predict(self, input_data, **parameters):',
          '        return [os.environ.get("MODE", "none") for _ in input_data]',
          '',
        ].join('\n'),
      }
      await admin.publish('picky', picky)
      const { task_id: task } = await admin.post('/config/env.MODE', changed, {
        service_id: 'picky',
        value: 'broken',
      })
      expect(task && (await admin.taskEnd(task)).state).toBe('failed')
      expect(await predict('picky', ['x'])).toEqual(['none'])
      expect((await effectiveOf('picky')).get('env.MODE')).toMatchObject({
        value: 'broken',
        stale_instances: [expect.any(String)],
      })
    },
    longTest,
  )

  test('that decide what runs before the sandbox, or that the platform sets, are refused', async () => {
    for (const name of ['LD_PRELOAD', 'PATH', 'VITRINE_TOKEN', 'BASH_ENV', 'NODE_OPTIONS', 'A B', '1A'])
      expect(
        (
          await ask(admin, 'POST', `/config/env.${encodeURIComponent(name)}`, {
            service_id: 'told',
            value: 'x',
          })
        ).status,
      ).toBe(422)
    const deploy = { algorithm_id: 'told', service_config: { env: { LD_PRELOAD: '/tmp/x.so' } } }
    expect(await ask(admin, 'POST', '/services/deploy', deploy)).toMatchObject({ status: 422 })
  })
})

describe('secrets', () => {
  test(
    'reach the service and are never shown again, nor stored in clear',
    async () => {
      await set('env.MODEL_TOKEN', { service_id: 'told', value: 'planted-secret-71', secret: true })
      expect((await valuesOf('told'))[1]).toBe('planted-secret-71')
      const texts = await Promise.all(
        [
          '/config/env.MODEL_TOKEN?service_id=told',
          '/config?service_id=told',
          '/config/effective?service_id=told',
          '/config/service/told',
          '/config/revisions?service_id=told',
          '/config/env.MODEL_TOKEN/history?service_id=told',
          '/config/export?service_id=told',
          '/audit?page_size=100',
          '/tasks',
          '/services/told',
        ].map(async (path) => JSON.stringify((await ask(admin, 'GET', path)).body)),
      )
      expect(texts.filter((text) => text.includes('planted-secret-71'))).toEqual([])
      expect(texts[2]).toContain('env.MODEL_TOKEN')
    },
    longTest,
  )

  test(
    'hide what the history had of them in clear, stay secrets at a deploy, and can be described without their value',
    async () => {
      const key = 'env.MODEL_TOKEN'
      const inHistory = async () =>
        JSON.stringify((await ask(admin, 'GET', `/config/${key}/history?service_id=told`)).body)
      // It was given by a deploy, before it became a secret.
      expect(await inHistory()).not.toContain('abc')
      const env = { MODEL_TOKEN: 'planted-secret-72' }
      expect((await admin.deploy('told', { service_config: { env } })).state).toBe('succeeded')
      expect((await valuesOf('told'))[1]).toBe('planted-secret-72')
      expect(await inHistory()).not.toContain('planted-secret-72')
      await set(key, { service_id: 'told', description: 'for the model hub' })
      expect((await effectiveOf('told')).get(key)).toMatchObject({
        secret: true,
        is_set: true,
        description: 'for the model hub',
        stale_instances: [],
      })
      expect((await valuesOf('told'))[1]).toBe('planted-secret-72')
    },
    longTest,
  )

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
      body: { error: { details: { issues: [{ path: 'changes[0].value' }, { path: 'changes[1].value' }] } } },
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
    'take effect at once: the time-out of a new service is the one that is set',
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

  test('are exported and imported: a dry run says what would change, and a rollback returns all', async () => {
    await set('custom.a', { value: { list: [1, 2] } })
    const { revision: before } = await set('custom.b', { value: 'b' })
    const { yaml } = await admin.get('/config/export', z.object({ yaml: z.string() }))
    const other = yaml.replace('custom.b: b', 'custom.b: other')
    const dry = await admin.post('/config/import', imported, { yaml: other, dry_run: true })
    expect(dry).toMatchObject({ revision: null, changes: [{ key: 'custom.b', before: 'b', after: 'other' }] })
    await admin.post('/config/import', imported, { yaml: other, reason: 'from the other platform' })
    expect((await ask(admin, 'GET', '/config/custom.b')).body).toMatchObject({ value: 'other' })
    await admin.post('/config/rollback', changed, { revision: before })
    expect((await ask(admin, 'GET', '/config/custom.b')).body).toMatchObject({ value: 'b' })
    const { items } = await admin.get('/config/revisions', revisions)
    expect(items[1]).toMatchObject({ reason: 'from the other platform', author: 'admin' })
    for (const wrong of ['a: [', 'other: 1', 'vitrine_config: 1\nvalues: {custom.x: 1, custom.x: 2}'])
      expect((await ask(admin, 'POST', '/config/import', { yaml: wrong })).status).toBe(422)
  })
})

test(
  'values belong to whoever may change them: the system’s to administrators, a service’s to its owner',
  async () => {
    const owner = await platform.person('owner', 'user')
    const other = await platform.person('other', 'user')
    const viewer = await platform.person('viewer', 'viewer')
    await owner.publish('owned', echo())
    expect((await ask(owner, 'POST', '/config/env.A', { service_id: 'owned', value: '1' })).status).toBe(200)
    for (const person of [other, viewer]) {
      expect((await ask(person, 'GET', '/config/effective?service_id=owned')).status).toBe(403)
      expect((await ask(person, 'POST', '/config/env.A', { service_id: 'owned', value: '2' })).status).toBe(
        403,
      )
      expect((await ask(person, 'GET', '/config/effective')).status).toBe(403)
      expect((await ask(person, 'POST', '/config/custom.a', { value: 1 })).status).toBe(403)
      expect((await ask(person, 'POST', '/config/custom.mine', { type: 'user', value: 1 })).status).toBe(200)
    }
    expect((await ask(other, 'GET', '/config/custom.mine?type=user')).body).toEqual({
      key: 'custom.mine',
      value: 1,
    })
  },
  longTest,
)
