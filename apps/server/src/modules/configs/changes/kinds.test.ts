import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import { parseSettings, SettingsError } from '../../../config.ts'
import { systemScope } from '../scopes/config-scope.ts'
import { openConfigsWorld } from '../configs.test-world.ts'

const effective = configEndpoints['GET /config/effective'].response
const found = configEndpoints['GET /config/{key}'].response
const imported = configEndpoints['POST /config/import'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld({ env: { SERVICE_HEALTH_TIMEOUT: '45s', UPLOADS_MAX_MB: '1GB' } })
})
afterAll(() => world?.close())

const set = (key: string, value: unknown, language = 'en') =>
  world.send('admin', 'POST', `/${key}`, { value }, language)
const valueOf = async (key: string) => found.parse((await world.send('admin', 'GET', `/${key}`)).json()).value
const stored = async (key: string) => (await world.deps.configs.value(systemScope, key))?.configValue
const itemOf = async (key: string) =>
  effective
    .parse((await world.send('admin', 'GET', '/effective')).json())
    .items.find((one) => one.key === key)
const issuesOf = async (key: string, value: unknown, language?: string) => {
  const answer = await set(key, value, language)
  return [answer.statusCode, answer.json().error?.details.issues]
}

test('a duration and a size can be given with a unit, and are stored as numbers of the unit of their key', async () => {
  for (const [key, given, kept] of [
    ['service.timeout', '5m', 300],
    ['service.timeout', 90, 90],
    ['runs.keep_days', '48h', 2],
    ['logs.max_mb', '2GB', 2_048],
  ] as const) {
    expect((await set(key, given)).statusCode).toBe(200)
    expect([await valueOf(key), await stored(key)]).toEqual([kept, kept])
  }
  expect(await itemOf('service.timeout')).toMatchObject({ kind: 'duration', unit: 's', value: 90 })
  expect(await itemOf('logs.max_mb')).toMatchObject({ kind: 'size', unit: 'MB', value: 2_048 })
})

test('the environment accepts durations and sizes in the same forms', async () => {
  expect(await itemOf('service.health.timeout')).toMatchObject({
    source: 'environment',
    value: 45,
    unit: 's',
  })
  expect(await itemOf('uploads.max_mb')).toMatchObject({ source: 'environment', value: 1_024 })
})

test('each problem is reported with its path, in both languages', async () => {
  expect(await issuesOf('service.timeout', 'soon')).toEqual([
    422,
    [{ path: 'value', message: 'expected a duration such as 30s, 5m, 12h or 7d' }],
  ])
  expect(await issuesOf('service.timeout', '2d', 'zh')).toEqual([
    422,
    [{ path: 'value', message: '应在 1s 到 24h 之间' }],
  ])
  expect(await issuesOf('logs.max_mb', '1500KB')).toEqual([
    422,
    [{ path: 'value', message: 'must be a multiple of 1MB' }],
  ])
  expect(await issuesOf('containers.base_images', ['python=a:1', 'node'])).toMatchObject([
    422,
    [{ path: 'value[1]' }],
  ])
  expect(await issuesOf('service.rate_limit', { requests: 0, window_s: 'x', more: 1 })).toMatchObject([
    422,
    [{ path: 'value.requests' }, { path: 'value.window_s' }, { path: 'value.more' }],
  ])
})

test('an export has units, and an imported value is the same with its unit or as a bare number', async () => {
  await set('service.timeout', 300)
  await set('containers.base_images', 'python=a:1, node=b:2')
  const { yaml } = (await world.send('admin', 'GET', '/export')).json()
  expect(yaml).toContain('service.timeout: 5m')
  expect(yaml).toContain('containers.base_images:\n    - python=a:1\n    - node=b:2')
  const dry = async (text: string) =>
    imported.parse((await world.send('admin', 'POST', '/import', { yaml: text, dry_run: true })).json())
      .changes
  expect(await dry(yaml)).toEqual([])
  expect(await dry(yaml.replace('service.timeout: 5m', 'service.timeout: 300'))).toEqual([])
  expect(await dry(yaml.replace('service.timeout: 5m', 'service.timeout: 10m'))).toMatchObject([
    { key: 'service.timeout', before: 300, after: 600 },
  ])
})

test('a key with a schema tells its schema', async () => {
  await set('service.rate_limit', { requests: 5, window_s: 60 })
  expect(await itemOf('service.rate_limit')).toMatchObject({
    kind: 'schema',
    value: { requests: 5, window_s: 60 },
    json_schema: { type: 'object', required: ['requests', 'window_s'], additionalProperties: false },
  })
})

test('a folder within the data folder cannot be set separately, neither here nor in the environment', async () => {
  expect((await set('service.root.dir', '/srv')).json().error.code).toBe('config.not_here')
  let problem: unknown
  try {
    parseSettings({ SERVICE_ROOT_DIR: '/srv', SUPERVISOR_CONFIG_DIR: '/etc' })
  } catch (error) {
    problem = error
  }
  expect(problem).toBeInstanceOf(SettingsError)
  expect(String(problem)).toMatch(/SERVICE_ROOT_DIR: .*VITRINE_DATA_DIR[^]*SUPERVISOR_CONFIG_DIR: /)
})
