import { beforeAll, expect, test } from 'vitest'
import { configCopyEndpoints, configDraftEndpoints, configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { ask, changedConfig as changed, setConfig } from './ask-config.ts'
import { canaryFacts } from './canary-facts.ts'
import { moody } from './canary-package.ts'
import { echo } from './packages.ts'

const longTest = 180_000
const effective = configEndpoints['GET /config/effective'].response
const imported = configEndpoints['POST /config/import'].response
const previewed = configCopyEndpoints['GET /config/copy'].response
const copied = configCopyEndpoints['POST /config/copy'].response
const published = configDraftEndpoints['POST /config/draft/publish'].response
const service_id = 'tried'
const secret = 'planted-secret-96'

/** Every way to change values can be tried on one instance first. */
export function canaryWayCases(world: InWorld): void {
  let admin: ApiClient
  let facts: ReturnType<typeof canaryFacts>

  beforeAll(async () => {
    ;({ admin } = world())
    await admin.publish(service_id, moody)
    facts = canaryFacts(admin, service_id)
    await facts.haveTwo()
  }, 180_000)

  test(
    'a draft, an import and a return to an earlier revision can be tried first too',
    async () => {
      await ask(admin, 'POST', '/config/draft', {
        service_id,
        changes: [{ key: 'env.MODE', value: 'drafted' }],
      })
      const drafted = await admin.post('/config/draft/publish', published, { service_id, canary: true })
      // It is a draft until it has passed.
      const draft = async () => (await ask(admin, 'GET', `/config/draft?service_id=${service_id}`)).body
      expect(drafted).toMatchObject({ revision: null, golden_examples: 1 })
      expect((await facts.ended(drafted.task_id)).state).toBe('succeeded')
      expect(await draft()).toMatchObject({ changes: [] })
      expect(await facts.mode()).toMatchObject({ value: 'drafted' })
      const before = (await facts.newest())?.number ?? 0
      const yaml = 'vitrine_config: 1\nvalues:\n  env.MODE: imported\n'
      const brought = await admin.post('/config/import', imported, { service_id, yaml, canary: true })
      expect((await facts.ended(brought.task_id)).state).toBe('succeeded')
      expect(await facts.mode()).toMatchObject({ value: 'imported' })
      const back = await admin.post('/config/rollback', changed, {
        service_id,
        revision: before,
        canary: true,
      })
      expect((await facts.ended(back.task_id)).state).toBe('succeeded')
      expect(await facts.mode()).toMatchObject({ value: 'drafted', stale_instances: [] })
    },
    longTest,
  )

  test(
    'removing a value, and copying values of another service, can be tried first too',
    async () => {
      await setConfig(admin, 'env.MODE', { service_id, value: 'fast' })
      // What is left without the service's own value breaks its golden example.
      await setConfig(admin, 'env.MODE', { value: 'broken' })
      const remove = (query = '') =>
        admin.request('DELETE', `/config/env.MODE?service_id=${service_id}&canary=true${query}`)
      const removed = async () => facts.ended(changed.parse(await (await remove()).json()).task_id)
      const before = { instances: await facts.instances(), revision: await facts.newest() }
      expect(await removed()).toMatchObject({ state: 'failed', error: { code: 'deploy.golden_failed' } })
      expect({ instances: await facts.instances(), revision: await facts.newest() }).toEqual(before)
      expect((await remove('&apply=false')).status).toBe(422)
      expect((await admin.request('DELETE', '/config/env.MODE')).status).toBe(200)
      expect((await removed()).state).toBe('succeeded')
      expect([(await facts.mode())?.is_set ?? false, (await facts.newest())?.changes]).toMatchObject([
        false,
        [{ key: 'env.MODE', before: 'fast', after: null }],
      ])

      await admin.publish('source', echo())
      const copy = async (value: string) => {
        const from = { service_id: 'source', apply: false }
        await setConfig(admin, 'env.MODE', { ...from, value })
        await setConfig(admin, 'env.MODEL_TOKEN', { ...from, value: secret, secret: true })
        const { as_of } = await admin.get(`/config/copy?from=source&to=${service_id}`, previewed)
        const answer = await admin.post('/config/copy', copied, {
          from: 'source',
          to: [service_id],
          keys: ['env.MODE', 'env.MODEL_TOKEN'],
          as_of,
          canary: true,
        })
        expect(answer).toMatchObject({ revision: null, golden_examples: 1, tasks: [{ service_id }] })
        return facts.ended(answer.tasks[0]?.task_id ?? null)
      }
      const untouched = { instances: await facts.instances(), revision: await facts.newest() }
      expect(await copy('broken')).toMatchObject({ state: 'failed', error: { code: 'deploy.golden_failed' } })
      expect({ instances: await facts.instances(), revision: await facts.newest() }).toEqual(untouched)
      expect((await copy('copied')).state).toBe('succeeded')
      expect(await facts.mode()).toMatchObject({ value: 'copied', stale_instances: [] })
      expect((await facts.items()).find(({ key }) => key === 'env.MODEL_TOKEN')).toMatchObject({
        secret: true,
        is_set: true,
        value: null,
      })
    },
    longTest,
  )

  test(
    'only variables of one running service can be tried; without golden examples being ready alone counts, and this is said',
    async () => {
      await admin.publish('plain', echo())
      const answer = await admin.post('/config/env.A', changed, {
        service_id: 'plain',
        value: '1',
        canary: true,
      })
      expect(answer).toMatchObject({
        golden_examples: 0,
        message: expect.stringContaining('没有黄金示例'),
      })
      const task = await facts.ended(answer.task_id)
      expect(task.state).toBe('succeeded')
      expect(task.steps.find(({ name }) => name === 'verify')?.message).toContain('没有黄金示例')
      expect((await facts.items('plain')).find(({ key }) => key === 'env.A')).toMatchObject({ value: 1 })
      const same = await admin.post('/config', changed, {
        changes: [{ service_id: 'plain', key: 'env.A', value: 1 }],
        canary: true,
      })
      expect(same).toMatchObject({ revision: null, task_id: null })

      const two = [service_id, 'plain'].map((id) => ({ service_id: id, key: 'env.B', value: '1' }))
      const answers = [
        await facts.refused({ value: 1 }, 'custom.a'),
        await ask(admin, 'POST', '/config', { changes: two, canary: true }),
        await ask(admin, 'POST', '/config/env.B', { value: '1', canary: true }),
        await facts.refused({ value: 9 }, 'service.timeout'),
        await facts.refused({ value: 'x', apply: false }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422])

      await admin.operate('stop', 'plain')
      const stopped = { service_id: 'plain', value: '2', canary: true }
      expect(await ask(admin, 'POST', '/config/env.A', stopped)).toMatchObject({
        status: 409,
        body: { error: { code: 'config.canary_not_running' } },
      })
      expect((await admin.get('/config/effective?service_id=plain', effective)).canary).toEqual({
        possible: false,
        golden_examples: 0,
      })
    },
    longTest,
  )
}
