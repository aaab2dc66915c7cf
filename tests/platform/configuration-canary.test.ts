import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { configDraftEndpoints, configEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { mainProcesses } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { ask, changedConfig as changed, setConfig } from './ask-config.ts'
import { moody } from './canary-package.ts'
import { echo } from './packages.ts'

const longTest = 180_000
const effective = configEndpoints['GET /config/effective'].response
const revisions = configEndpoints['GET /config/revisions'].response
const imported = configEndpoints['POST /config/import'].response
const published = configDraftEndpoints['POST /config/draft/publish'].response
const service_id = 'tried'
const secret = 'planted-secret-93'
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform({ database: 'own' })
  admin = await platform.admin()
  await admin.publish(service_id, moody)
  const { body } = await ask(admin, 'PATCH', `/services/${service_id}`, { replicas: 2 })
  await ended(withTask.parse(body).task_id)
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const withTask = z.object({ task_id: z.string().nullable() })
const tried = (mode: string, body: object = {}) =>
  admin.post('/config/env.MODE', changed, { service_id, value: mode, canary: true, ...body })
const refused = (body: object, key = 'env.MODE') =>
  ask(admin, 'POST', `/config/${key}`, { service_id, canary: true, ...body })
const ended = async (task: string | null) => {
  if (task === null) throw new Error('there is no task')
  return admin.taskEnd(task)
}
const items = async (id = service_id) =>
  (await admin.get(`/config/effective?service_id=${id}`, effective)).items
const mode = async () => (await items()).find(({ key }) => key === 'env.MODE') ?? null
const instances = async () => (await admin.service(service_id)).instances.map(({ id }) => id)
const newest = async () =>
  (await admin.get(`/config/revisions?service_id=${service_id}`, revisions)).items[0] ?? null
const inMode = (allowed: readonly string[]) =>
  requestLoop(
    () => admin.predict(service_id, ['x']),
    (body) => allowed.some((one) => body.includes(`"${one}"`)),
  )
const workFile = (name: string) => join(platform.dataFolder, 'services', service_id, 'work', name)
/** Begins to try the mode that holds its golden example, and waits until a canary is asked it. */
async function holdCanary(body: object = {}) {
  for (const name of ['held', 'go-on']) await rm(workFile(name), { force: true })
  const { task_id: task } = await tried('hold', body)
  await untilHeld()
  return task
}
async function untilHeld() {
  if (!(await waitFor(() => existsSync(workFile('held')), { timeoutMs: 60_000, everyMs: 20 })))
    throw new Error('no canary was asked its golden example')
}
const letGo = () => writeFile(workFile('go-on'), '')

test(
  'a change that passes the golden examples on one instance becomes a revision, and reaches all instances without a lost request',
  async () => {
    const before = await instances()
    const loop = inMode(['none', 'fast'])
    const answer = await tried('fast', { reason: 'tried first' })
    expect(answer).toMatchObject({ revision: null, golden_examples: 1, task_id: expect.any(String) })
    const task = await ended(answer.task_id)
    expect(task).toMatchObject({ state: 'succeeded', kind: 'service.canary' })
    expect(JSON.stringify((await ask(admin, 'GET', '/audit?page_size=5')).body)).toContain('"canary":true')
    expect(task.steps.find(({ name }) => name === 'verify')?.message).toContain('1 个示例结果正确')
    const revision = await newest()
    expect(revision).toMatchObject({ author: 'admin', reason: 'tried first' })
    expect(task.result).toEqual({ service_id, revision: revision?.number })
    expect(await mode()).toMatchObject({ value: 'fast', stale_instances: [] })
    const now = await instances()
    expect([now.length, now.filter((id) => before.includes(id))]).toEqual([2, []])
    expect((await loop.stop()).failures).toEqual([])
    expect(await (await admin.predict(service_id, ['x'])).text()).toContain('"fast"')
  },
  longTest,
)

test(
  'a change that breaks a golden example changes nothing: the task names the example, and the old instances go on',
  async () => {
    const before = { instances: await instances(), revision: await newest() }
    const loop = inMode(['fast'])
    const changes = [
      { service_id, key: 'env.MODE', value: 'broken' },
      { service_id, key: 'env.MODEL_TOKEN', value: secret, secret: true },
    ]
    const answer = await admin.post('/config', changed, { changes, canary: true })
    const task = await ended(answer.task_id)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.golden_failed' } })
    expect(task.error?.message).toContain('金标准')
    expect(task.error?.message).toContain('wrong ••••')
    await loop.answered(10)
    expect((await loop.stop()).failures).toEqual([])
    expect({ instances: await instances(), revision: await newest() }).toEqual(before)
    expect((await items()).find(({ key }) => key === 'env.MODEL_TOKEN')?.is_set ?? false).toBe(false)
    // The canary printed the secret. It is hidden, although it never was a value.
    const logs = () => ask(admin, 'GET', `/services/logs/${service_id}?lines=500`)
    await expect.poll(async () => JSON.stringify((await logs()).body)).toContain('the token is ••••')
    const texts = await Promise.all(
      [
        `/tasks/${task.id}`,
        `/services/logs/${service_id}?lines=500`,
        '/audit?page_size=100',
        `/services/${service_id}`,
      ].map(async (path) => JSON.stringify((await ask(admin, 'GET', path)).body)),
    )
    expect(texts.filter((text) => text.includes(secret))).toEqual([])
  },
  longTest,
)

test(
  'while a change is tried, another one of the service is not, and a value that somebody else changes stays theirs',
  async () => {
    const task = await holdCanary()
    expect(await refused({ value: 'other' })).toMatchObject({
      status: 409,
      body: { error: { code: 'config.canary_runs', details: { task_id: task } } },
    })
    expect(await refused({ value: 'other', base_revision: 0 })).toMatchObject({
      status: 409,
      body: { error: { code: 'config.changed' } },
    })
    await admin.post('/config/env.MODE', changed, { service_id, value: 'theirs', apply: false })
    await letGo()
    expect(await ended(task)).toMatchObject({ state: 'failed', error: { code: 'config.changed' } })
    expect(await mode()).toMatchObject({ value: 'theirs' })
    // Nor is a change stored with another variable that it was not tried with.
    const second = await holdCanary()
    await setConfig(admin, 'env.OTHER', { service_id, value: 'x', apply: false })
    await letGo()
    expect(await ended(second)).toMatchObject({
      state: 'failed',
      error: { code: 'config.changed', details: { keys: ['env.OTHER'] } },
    })
    expect(await mode()).toMatchObject({ value: 'theirs' })
  },
  longTest,
)

test(
  'a change that others make elsewhere meanwhile is no reason to give up',
  async () => {
    const task = await holdCanary()
    const { revision } = await setConfig(admin, 'custom.elsewhere', { value: 1 })
    await letGo()
    expect((await ended(task)).state).toBe('succeeded')
    expect((await newest())?.number).toBeGreaterThan(revision ?? Number.POSITIVE_INFINITY)
    expect(await mode()).toMatchObject({ value: 'hold', stale_instances: [] })
    // The instances were started before their values had this number, and are told.
    await expect
      .poll(async () => (await ask(admin, 'GET', `//ai/${service_id}/health`)).body, { timeout: patienceMs })
      .toMatchObject({ config_revision: (await newest())?.number })
  },
  longTest,
)

test(
  'a control plane that is killed while it tries a change has stored nothing, and the next one tries it anew',
  async () => {
    await setConfig(admin, 'env.MODE', { service_id, value: 'fast' })
    const before = await newest()
    const former = inMode(['fast'])
    const task = await holdCanary({ reason: 'tried twice' })
    await platform.end('SIGKILL')
    await former.answered(10)
    await rm(workFile('held'))
    await platform.start()
    await untilHeld()
    await former.answered(10)
    // Nobody is answered by a canary, neither by that of the one nor of the other.
    expect((await former.stop()).failures).toEqual([])
    expect([await newest(), (await mode())?.value]).toEqual([before, 'fast'])
    const loop = inMode(['fast', 'hold'])
    await letGo()
    expect((await ended(task)).state).toBe('succeeded')
    expect((await newest())?.reason).toBe('tried twice')
    await loop.answered(10)
    expect((await loop.stop()).failures).toEqual([])
    const now = await instances()
    expect(now).toHaveLength(2)
    const made = Number(
      now
        .map((id) => id.split('-').at(-1))
        .toSorted()
        .at(-1),
    )
    const running = await Promise.all(
      Array.from({ length: made + 2 }, async (_none, at) => {
        const id = `${service_id}-r1-${at + 1}`
        return (await mainProcesses(platform.dataFolder, id)).length > 0 ? [id] : []
      }),
    )
    expect(running.flat().toSorted()).toEqual(now.toSorted())
  },
  longTest,
)

test(
  'a canary that is cancelled leaves nothing',
  async () => {
    await setConfig(admin, 'env.MODE', { service_id, value: 'fast' })
    const before = { instances: await instances(), revision: await newest() }
    const task = await holdCanary()
    await admin.request('POST', `/tasks/${task}/cancel`)
    // Its process ends with what it is answering.
    await letGo()
    expect((await ended(task)).state).toBe('cancelled')
    expect({ instances: await instances(), revision: await newest() }).toEqual(before)
  },
  longTest,
)

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
    expect((await ended(drafted.task_id)).state).toBe('succeeded')
    expect(await draft()).toMatchObject({ changes: [] })
    expect(await mode()).toMatchObject({ value: 'drafted' })
    const before = (await newest())?.number ?? 0
    const yaml = 'vitrine_config: 1\nvalues:\n  env.MODE: imported\n'
    const brought = await admin.post('/config/import', imported, { service_id, yaml, canary: true })
    expect((await ended(brought.task_id)).state).toBe('succeeded')
    expect(await mode()).toMatchObject({ value: 'imported' })
    const back = await admin.post('/config/rollback', changed, { service_id, revision: before, canary: true })
    expect((await ended(back.task_id)).state).toBe('succeeded')
    expect(await mode()).toMatchObject({ value: 'drafted', stale_instances: [] })
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
      message: expect.stringContaining('没有可以核对的示例'),
    })
    const task = await ended(answer.task_id)
    expect(task.state).toBe('succeeded')
    expect(task.steps.find(({ name }) => name === 'verify')?.message).toContain('没有可以核对的示例')
    expect((await items('plain')).find(({ key }) => key === 'env.A')).toMatchObject({ value: 1 })
    const same = await admin.post('/config', changed, {
      changes: [{ service_id: 'plain', key: 'env.A', value: 1 }],
      canary: true,
    })
    expect(same).toMatchObject({ revision: null, task_id: null })

    const two = [service_id, 'plain'].map((id) => ({ service_id: id, key: 'env.B', value: '1' }))
    const answers = [
      await refused({ value: 1 }, 'custom.a'),
      await ask(admin, 'POST', '/config', { changes: two, canary: true }),
      await ask(admin, 'POST', '/config/env.B', { value: '1', canary: true }),
      await refused({ value: 9 }, 'service.timeout'),
      await refused({ value: 'x', apply: false }),
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
