import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { configEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { ask, changedConfig as changed, setConfig } from './ask-config.ts'
import { told } from './packages.ts'

const longTest = 120_000
const effective = configEndpoints['GET /config/effective'].response
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
const valuesIn = async (response: Response) =>
  predicted.parse(await response.json()).predictions.map(({ outputs: [{ data }] }) => data)
const predict = async (id: string, input: readonly string[]) => valuesIn(await admin.predict(id, [...input]))
const valuesOf = (id: string) => predict(id, names)
const set = (key: string, body: object) => setConfig(admin, key, body)
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

  /** Each says which process it is, what its variable is and what it was told; or ends the process. */
  const live: Record<string, PackageFiles> = {
    live: {
      'ai_algorithm.py': [
        'import json, os, uuid',
        'process = str(uuid.uuid4())',
        'class Algorithm:',
        '    def setup(self):',
        '        self.told = []',
        '    def on_config(self, values):',
        '        if values.get("MODE") == "broken": raise RuntimeError("this mode does not exist")',
        '        self.told.append(values)',
        '    def predict(self, input_data, **parameters):',
        '        if input_data == ["end"]: os._exit(1)',
        '        return [json.dumps([process, os.environ.get("MODE", "none"), self.told])]',
        '',
      ].join('\n'),
    },
    'live-node': {
      'package.json': '{ "name": "live-node", "version": "1.0.0", "type": "module", "main": "index.js" }\n',
      'index.js': [
        "import { randomUUID } from 'node:crypto'",
        'const id = randomUUID()',
        'const told = []',
        'export async function onConfig(values) {',
        "  if (values.MODE === 'broken') throw new Error('this mode does not exist')",
        '  told.push(values)',
        '}',
        'export function predict([input]) {',
        "  if (input === 'end') process.exit(1)",
        "  return [JSON.stringify([id, process.env.MODE ?? 'none', told])]",
        '}',
        '',
      ].join('\n'),
    },
  }
  describe.each([
    ['on_config of Python', 'live'],
    ['onConfig of Node', 'live-node'],
  ])('of a package with %s', (_name, service) => {
    const state = z.tuple([z.string(), z.string(), z.array(z.record(z.string(), z.string().nullable()))])
    const readState = ([text = '']: readonly string[]) => state.parse(JSON.parse(text))
    const stateOf = async () => readState(await predict(service, ['x']))
    const setMode = (value: string) => set('env.MODE', { service_id: service, value })

    test(
      'reach the process that runs, which is told what changed, and only by the platform',
      async () => {
        await admin.publish(service, live[service] ?? {})
        const [process] = await stateOf()
        await setMode('fast')
        expect(await stateOf()).toEqual([process, 'fast', [{ MODE: 'fast' }]])
        expect((await effectiveOf(service)).get('env.MODE')).toMatchObject({ stale_instances: [] })
        const removed = await ask(admin, 'DELETE', `/config/env.MODE?service_id=${service}`)
        const { task_id: task } = changed.parse(removed.body)
        expect(task && (await admin.taskEnd(task)).state).toBe('succeeded')
        expect(await stateOf()).toEqual([process, 'none', [{ MODE: 'fast' }, { MODE: null }]])
        const forged = await ask(admin, 'POST', `//ai/${service}/vitrine/config`, {
          since: 0,
          revision: 99,
          changes: { MODE: 'forged' },
        })
        expect(forged.status).toBe(404)
        expect((await stateOf())[1]).toBe('none')
      },
      longTest,
    )

    test(
      'are those of a process that its runner starts again',
      async () => {
        await setMode('exact')
        const [process] = await stateOf()
        await admin.predict(service, ['end'])
        // A request that was waiting at its socket may be answered before it is told.
        const isTold = await waitFor(
          async () => {
            // One request: between two of them, the gateway may learn that the process has ended.
            const response = await admin.predict(service, ['x'])
            return response.ok && readState(await valuesIn(response))[1] === 'exact'
          },
          { timeoutMs: patienceMs },
        )
        expect([isTold, (await stateOf())[0] === process]).toEqual([true, false])
      },
      longTest,
    )

    test(
      'are those of another process where it raises',
      async () => {
        const [process] = await stateOf()
        await setMode('broken')
        expect(await stateOf()).toEqual([expect.not.stringContaining(process), 'broken', []])
      },
      longTest,
    )
  })

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
          '/config/compare?service_id=told&from=1',
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
})
