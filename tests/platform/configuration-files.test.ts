import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { ask, changedConfig, setConfig } from './ask-config.ts'
import { told } from './packages.ts'

const longTest = 180_000
const effective = configEndpoints['GET /config/effective'].response
const found = configEndpoints['GET /config/{key}'].response
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const effectiveOf = async (query = '') =>
  new Map((await admin.get(`/config/effective${query}`, effective)).items.map((item) => [item.key, item]))
/** The lines of the log that say that a key has changed. */
const changesOf = async (key: string) =>
  (await platform.log())
    .split('\n')
    .filter((line) => line.includes('the configuration has changed') && line.includes(key))
const configFile = (text: string) => writeFile(join(platform.dataFolder, 'config.yaml'), text)
const withDefaults = {
  ...told,
  'config/defaults.yaml': 'env:\n  GREETING: from the package\n  REGION: from the package\n',
}
const valuesOf = async () =>
  JSON.stringify(await (await admin.predict('told', ['GREETING', 'MODEL_TOKEN', 'REGION'])).json())

test(
  'values of a package reach its service where nobody has set any, and a broken file of them stops the deploy with its line',
  async () => {
    const broken = { ...withDefaults, 'config/defaults.yaml': 'env:\n  GREETING: [1]\n' }
    const refused = await admin.upload(broken, { algorithm_id: 'told' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'algorithm.invalid' })
    expect(JSON.stringify(refused)).toMatch(/config\/defaults\.yaml 第 2 行，env\.GREETING/)
    await admin.upload(withDefaults, { algorithm_id: 'told' })
    // Only what neither the package nor a person gives is asked for.
    expect(await ask(admin, 'POST', '/services/deploy', { algorithm_id: 'told' })).toMatchObject({
      body: { error: { code: 'config.values_missing', details: { names: ['MODEL_TOKEN'] } } },
    })
    const env = { MODEL_TOKEN: 'abc', REGION: 'from the deploy' }
    expect((await admin.deploy('told', { service_config: { env } })).state).toBe('succeeded')
    const values = await valuesOf()
    expect(values).toContain('from the package')
    expect(values).toContain('from the deploy')
    const items = await effectiveOf('?service_id=told')
    expect(items.get('env.GREETING')).toMatchObject({ source: 'file', value: 'from the package' })
    expect(items.get('env.REGION')).toMatchObject({
      source: 'database',
      overridden: [{ source: 'file', value: 'from the package' }],
    })
  },
  longTest,
)

test(
  'values of config.yaml count after those of the database and the environment, and each answer says which layer it is',
  async () => {
    await configFile(
      'runs:\n  keep_days: 40\n  keep_per_service: 50\nlogging.level: warn\nenv.REGION: hidden\n',
    )
    await platform.end('SIGTERM')
    await platform.start({
      RUNS_KEEP_PER_SERVICE: '60',
      GITEA_SERVER_URL: 'http://127.0.0.1:9',
      GITEA_ACCESS_TOKEN: 'planted-token-77',
    })
    expect((await effectiveOf()).get('runs.keep_days')).toMatchObject({ source: 'file', value: 40 })
    await setConfig(admin, 'runs.keep_days', { value: 45 })
    const items = await effectiveOf()
    expect(items.get('runs.keep_days')).toMatchObject({
      source: 'database',
      value: 45,
      overridden: [
        { source: 'file', value: 40 },
        { source: 'default', value: 90 },
      ],
    })
    expect(items.get('runs.keep_per_service')).toMatchObject({
      source: 'environment',
      value: 60,
      overridden: [{ source: 'file' }, { source: 'default' }],
    })
    expect(items.get('logging.level')).toMatchObject({ source: 'file', value: 'warn' })
    // Variables of services may be secrets.
    expect(items.get('env.REGION')).toMatchObject({ source: 'file', value: null, secret: true })
    expect(items.get('gitea.server_url')).toMatchObject({
      source: 'environment',
      value: 'http://127.0.0.1:9',
    })
    expect(items.get('gitea.access_token')).toMatchObject({
      source: 'environment',
      value: null,
      secret: true,
    })
    expect(items.get('deployment.mode')).toMatchObject({ source: 'environment', effect: 'restart' })
  },
  longTest,
)

test(
  'a changed log level takes effect without a restart',
  async () => {
    await setConfig(admin, 'logging.level', { value: 'error' })
    await setConfig(admin, 'runs.keep_days', { value: 46 })
    await setConfig(admin, 'logging.level', { value: 'info' })
    await setConfig(admin, 'logs.backups', { value: 7 })
    await expect.poll(() => changesOf('logs.backups')).not.toEqual([])
    // Lines are written in order, so what was quiet would stand before.
    expect(await changesOf('runs.keep_days')).toEqual([])
  },
  longTest,
)

test(
  'while the debug log is on, requests are in the log, whatever its level',
  async () => {
    const answers = async (route: string) =>
      (await platform.log()).split('\n').filter((line) => line.includes('"answered"') && line.includes(route))
    await admin.get('/config/runs.keep_days', found)
    await setConfig(admin, 'app.debug', { value: true })
    await setConfig(admin, 'logging.level', { value: 'error' })
    await admin.get('/config/effective', effective)
    await expect.poll(() => answers('/config/effective')).not.toEqual([])
    expect(await answers('GET","route":"/api/v1/config/:key"')).toEqual([])
    await setConfig(admin, 'app.debug', { value: false })
    await admin.get('/config/runs.keep_days', found)
    await setConfig(admin, 'logging.level', { value: 'info' })
    const before = (await changesOf('logs.backups')).length
    await setConfig(admin, 'logs.backups', { value: 8 })
    await expect.poll(async () => (await changesOf('logs.backups')).length).toBeGreaterThan(before)
    expect(await answers('GET","route":"/api/v1/config/:key"')).toEqual([])
  },
  longTest,
)

test(
  'the name of the platform stands in its pages from the next one on',
  async () => {
    const page = async () => (await admin.request('GET', '//')).text()
    expect(await page()).toContain('<title>智能算法展示平台 · Vitrine</title>')
    await setConfig(admin, 'app.name', { value: '视觉组' })
    expect(await page()).toContain('<title>视觉组</title>')
    expect(await page()).toContain('<meta name="application-name" content="视觉组" />')
    const refused = await ask(admin, 'POST', '/config/app.name', { value: ' ' })
    expect(refused.status).toBe(422)
  },
  longTest,
)

test(
  'limits of uploads and inputs by URL change without a restart',
  async () => {
    const large = { ...told, 'weights.txt': Array.from({ length: 60_000 }, () => randomUUID()).join('') }
    await setConfig(admin, 'uploads.max_mb', { value: 1 })
    await expect(admin.upload(large, { algorithm_id: 'large' })).rejects.toMatchObject({
      code: 'upload.too_large',
    })
    await setConfig(admin, 'uploads.max_mb', { value: 8 })
    await admin.upload(large, { algorithm_id: 'large' })

    const mayFetch = async () =>
      JSON.stringify(await (await admin.predict('told', ['VITRINE_ALLOW_URLS'])).json())
    expect(await mayFetch()).toContain('none')
    await setConfig(admin, 'media.allow_urls', { value: true })
    const { task_id: task } = await admin.post('/config/apply', changedConfig, { service_id: 'told' })
    expect(task && (await admin.taskEnd(task)).state).toBe('succeeded')
    expect(await mayFetch()).not.toContain('none')
  },
  longTest,
)

test(
  'a broken config.yaml does not let the platform start, and is told with line and reason',
  async () => {
    await platform.end('SIGTERM')
    await configFile('runs.keep_days: 40\nruns.keep_dais: 3\n')
    await expect(platform.start()).rejects.toThrow(
      /config\.yaml line 2, runs\.keep_dais: there is no such key/,
    )
    await configFile('runs.keep_days: 40\n')
    await platform.start()
    expect((await effectiveOf()).get('runs.keep_days')).toMatchObject({ value: 46 })
  },
  longTest,
)
