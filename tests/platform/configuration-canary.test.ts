import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { mainProcesses } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { ask, changedConfig as changed, setConfig } from './ask-config.ts'
import { canaryFacts } from './canary-facts.ts'
import { moody } from './canary-package.ts'

const longTest = 180_000
const service_id = 'tried'
const secret = 'planted-secret-93'
let platform: TestPlatform
let admin: ApiClient
let facts: ReturnType<typeof canaryFacts>

beforeAll(async () => {
  platform = await startPlatform({ database: 'own' })
  admin = await platform.admin()
  await admin.publish(service_id, moody)
  facts = canaryFacts(admin, service_id)
  await facts.haveTwo()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const tried = (mode: string, body: object = {}) =>
  admin.post('/config/env.MODE', changed, { service_id, value: mode, canary: true, ...body })
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
    const before = await facts.instances()
    const loop = inMode(['none', 'fast'])
    const answer = await tried('fast', { reason: 'tried first' })
    expect(answer).toMatchObject({ revision: null, golden_examples: 1, task_id: expect.any(String) })
    const task = await facts.ended(answer.task_id)
    expect(task).toMatchObject({ state: 'succeeded', kind: 'service.canary' })
    expect(JSON.stringify((await ask(admin, 'GET', '/audit?page_size=5')).body)).toContain('"canary":true')
    expect(task.steps.find(({ name }) => name === 'verify')?.message).toContain('1 个示例结果正确')
    const revision = await facts.newest()
    expect(revision).toMatchObject({ author: 'admin', reason: 'tried first' })
    expect(task.result).toEqual({ service_id, revision: revision?.number })
    expect(await facts.mode()).toMatchObject({ value: 'fast', stale_instances: [] })
    const now = await facts.instances()
    expect([now.length, now.filter((id) => before.includes(id))]).toEqual([2, []])
    expect((await loop.stop()).failures).toEqual([])
    expect(await (await admin.predict(service_id, ['x'])).text()).toContain('"fast"')
  },
  longTest,
)

test(
  'a change that breaks a golden example changes nothing: the task names the example, and the old instances go on',
  async () => {
    const before = { instances: await facts.instances(), revision: await facts.newest() }
    const loop = inMode(['fast'])
    const changes = [
      { service_id, key: 'env.MODE', value: 'broken' },
      { service_id, key: 'env.MODEL_TOKEN', value: secret, secret: true },
    ]
    const answer = await admin.post('/config', changed, { changes, canary: true })
    const task = await facts.ended(answer.task_id)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.golden_failed' } })
    expect(task.error?.message).toContain('金标准')
    expect(task.error?.message).toContain('wrong ••••')
    await loop.answered(10)
    expect((await loop.stop()).failures).toEqual([])
    expect({ instances: await facts.instances(), revision: await facts.newest() }).toEqual(before)
    expect((await facts.items()).find(({ key }) => key === 'env.MODEL_TOKEN')?.is_set ?? false).toBe(false)
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
    expect(await facts.refused({ value: 'other' })).toMatchObject({
      status: 409,
      body: { error: { code: 'config.canary_runs', details: { task_id: task } } },
    })
    expect(await facts.refused({ value: 'other', base_revision: 0 })).toMatchObject({
      status: 409,
      body: { error: { code: 'config.changed' } },
    })
    await admin.post('/config/env.MODE', changed, { service_id, value: 'theirs', apply: false })
    await letGo()
    expect(await facts.ended(task)).toMatchObject({ state: 'failed', error: { code: 'config.changed' } })
    expect(await facts.mode()).toMatchObject({ value: 'theirs' })
    // Nor is a change stored with another variable that it was not tried with.
    const second = await holdCanary()
    await setConfig(admin, 'env.OTHER', { service_id, value: 'x', apply: false })
    await letGo()
    expect(await facts.ended(second)).toMatchObject({
      state: 'failed',
      error: { code: 'config.changed', details: { keys: ['env.OTHER'] } },
    })
    expect(await facts.mode()).toMatchObject({ value: 'theirs' })
  },
  longTest,
)

test(
  'a change that others make elsewhere meanwhile is no reason to give up',
  async () => {
    const task = await holdCanary()
    const { revision } = await setConfig(admin, 'custom.elsewhere', { value: 1 })
    await letGo()
    expect((await facts.ended(task)).state).toBe('succeeded')
    expect((await facts.newest())?.number).toBeGreaterThan(revision ?? Number.POSITIVE_INFINITY)
    expect(await facts.mode()).toMatchObject({ value: 'hold', stale_instances: [] })
    // The instances were started before their values had this number, and are told.
    await expect
      .poll(async () => (await ask(admin, 'GET', `//ai/${service_id}/health`)).body, { timeout: patienceMs })
      .toMatchObject({ config_revision: (await facts.newest())?.number })
  },
  longTest,
)

test(
  'a control plane that is killed while it tries a change has stored nothing, and the next one tries it anew',
  async () => {
    await setConfig(admin, 'env.MODE', { service_id, value: 'fast' })
    const before = await facts.newest()
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
    expect([await facts.newest(), (await facts.mode())?.value]).toEqual([before, 'fast'])
    const loop = inMode(['fast', 'hold'])
    await letGo()
    expect((await facts.ended(task)).state).toBe('succeeded')
    expect((await facts.newest())?.reason).toBe('tried twice')
    await loop.answered(10)
    expect((await loop.stop()).failures).toEqual([])
    const now = await facts.instances()
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
    const before = { instances: await facts.instances(), revision: await facts.newest() }
    const task = await holdCanary()
    await admin.request('POST', `/tasks/${task}/cancel`)
    // Its process ends with what it is answering.
    await letGo()
    expect((await facts.ended(task)).state).toBe('cancelled')
    expect({ instances: await facts.instances(), revision: await facts.newest() }).toEqual(before)
  },
  longTest,
)
