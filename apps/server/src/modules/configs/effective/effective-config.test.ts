import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'
import { effectiveConfigs } from './effective-config.ts'

const effective = configEndpoints['GET /config/effective'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const read = async (role: string, query = '') =>
  new Map(
    effective
      .parse((await world.send(role, 'GET', `/effective${query}`)).json())
      .items.map((item) => [item.key, item]),
  )

test('of the values of the platform, the owner of a service sees only those that the service can have', async () => {
  const changes = [
    { key: 'env.REGION', value: 'eu' },
    { key: 'env.BOTH', value: 'of the platform' },
    { key: 'custom.private', value: 'planted-value-33' },
    { key: 'service.timeout', value: 77 },
  ]
  await world.send('admin', 'POST', '', { changes })
  await world.set('one', 'env.BOTH', { value: 'of the service' })
  await world.set('two', 'env.OTHER', { value: 'x' })
  const of = await read('user', '?service_id=one')
  expect(of.get('env.REGION')).toMatchObject({ value: 'eu', type: 'system', source: 'database' })
  expect(of.get('env.BOTH')).toMatchObject({
    value: 'of the service',
    overridden: [{ type: 'system', value: 'of the platform' }],
  })
  expect(of.get('service.timeout')?.overridden).toContainEqual(
    expect.objectContaining({ type: 'system', value: 77 }),
  )
  expect([...of.keys()].filter((key) => key === 'env.OTHER' || key.startsWith('custom.'))).toEqual([])
  const all = await read('admin')
  expect(all.get('custom.private')).toMatchObject({ value: 'planted-value-33', revision: 1 })
  expect(all.has('env.OTHER')).toBe(false)
})

test('the values of the platform are those of the newest revision at every reading, in the language of the reader', async () => {
  const title = async (language: string) =>
    effective
      .parse((await world.send('admin', 'GET', '/effective', undefined, language)).json())
      .items.find(({ key }) => key === 'service.timeout')?.title
  const [zh, en] = [await title('zh'), await title('en')]
  expect(zh).not.toBe(en)
  for (const value of ['first', 'second', null]) {
    const change = value === null ? { unset: true } : { value }
    const changes = [{ key: 'custom.turns', ...change }]
    expect((await world.send('admin', 'POST', '', { changes })).statusCode).toBe(200)
    expect((await read('admin')).get('custom.turns')?.value ?? null).toBe(value)
    expect([await title('zh'), await title('en')]).toEqual([zh, en])
  }
})

test('a value that becomes a secret is no longer shown', async () => {
  const change = (secret: boolean) => ({
    changes: [{ key: 'custom.pin', value: 'planted-value-77', secret }],
  })
  await world.send('admin', 'POST', '', change(false))
  expect((await read('admin')).get('custom.pin')).toMatchObject({ value: 'planted-value-77', secret: false })
  await world.send('admin', 'POST', '', change(true))
  expect((await read('admin')).get('custom.pin')).toMatchObject({ value: null, secret: true })
})

test('who may not read the values of the platform gets none of them, after others have and with their tag', async () => {
  const answer = await world.send('configurer', 'GET', '/effective')
  expect(answer.statusCode).toBe(200)
  for (const role of ['user', 'colleague', 'viewer'])
    expect((await world.send(role, 'GET', '/effective')).statusCode).toBe(403)
  const refused = await world.askAgain('user', String(answer.headers.etag))
  expect([refused.statusCode, refused.headers.etag]).toEqual([403, undefined])
  const known = await world.askAgain('admin', String(answer.headers.etag))
  expect(known.statusCode).toBe(304)
})

test('what another page saves shows at the next reading', async () => {
  world.saved.set('gitea.server_url', 'https://git.example')
  expect((await read('admin')).get('gitea.server_url')).toMatchObject({ value: 'https://git.example' })
  world.saved.delete('gitea.server_url')
  expect((await read('admin')).get('gitea.server_url')).toMatchObject({ is_set: false })
})

test.each([
  ['https://reader:planted@pip.example/simple', 'https://••••@pip.example/simple'],
  // Programs take the last @, and a slash before it too.
  ['https://reader:plan@ted@pip.example/simple', 'https://••••@pip.example/simple'],
  ['https://reader:plan/ted@pip.example/simple', 'https://••••@pip.example/simple'],
  ['https://pip.example:8443/simple/@scope', 'https://pip.example:8443/simple/@scope'],
])('of the address %s in the environment, %s is shown', (given, shown) => {
  const empty = new Map()
  const items = effectiveConfigs(
    {
      env: { PIP_INDEX_URL: given },
      file: empty,
      madeAtStart: empty,
      elsewhere: empty,
      rows: [],
      service: null,
      owner: 'system',
      declared: [],
      defaults: {},
      variables: empty,
      instances: [],
    },
    'en',
  )
  expect(items.find(({ key }) => key === 'pip.index_url')?.value).toBe(shown)
})
