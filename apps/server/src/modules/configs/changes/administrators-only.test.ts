import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConfigsWorld } from '../configs.test-world.ts'
import { systemScope } from '../scopes/config-scope.ts'

let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const set = async (role: string, key: string, value: unknown) => {
  const { statusCode, json } = await world.send(role, 'POST', `/${key}`, { value })
  return [statusCode, json().error?.code]
}

test('what guards every sign-in, where all builds take code from, what everybody’s instances may fetch, how long everybody’s data is kept, and when everybody’s processes are ended, only administrators change, not everybody who may configure', async () => {
  const guarded: [string, unknown][] = [
    ['sign_in.tries_name', 9],
    ['sign_in.block_first', '5s'],
    ['shares.tries_link', 9],
    ['shares.requests_per_minute', 9],
    ['invites.tries', 9],
    ['pip.index_url', 'https://packages.example/simple'],
    ['npm.registry', 'https://packages.example'],
    ['containers.base_images', ['python=registry.example/python']],
    ['containers.dockerfile_images', ['python']],
    ['containers.registry', 'registry.example/team'],
    ['containers.build_network', 'bridge'],
    ['containers.registry_user', 'robot'],
    ['containers.registry_password', 'a password of a robot'],
    ['media.allow_urls', true],
    ['runs.keep_days', 30],
    ['runs.keep_per_service', 30],
    ['calls.keep_days', 30],
    ['logs.max_mb', 1],
    ['logs.backups', 1],
    ['shares.visitor_days', 1],
    ['shares.upload_max_mb', 20_000],
    ['shares.uploads_per_link', 100_000],
    ['service.health.interval', 30],
    ['service.health.timeout', 0.5],
    ['service.drain.timeout', 0],
    ['service.stop.timeout', 1],
  ]
  for (const [key, value] of guarded) {
    expect([key, ...(await set('configurer', key, value))]).toEqual([key, 403, 'config.administrators_only'])
    expect([key, ...(await set('admin', key, value))]).toEqual([key, 200, undefined])
    const removed = await world.send('configurer', 'DELETE', `/${key}`)
    expect([key, removed.statusCode]).toEqual([key, 403])
  }
})

test('whoever may configure sets what neither deletes, nor ends, nor opens anything of others', async () => {
  const others: [string, unknown][] = [
    ['app.name', 'Ours'],
    ['logging.level', 'warn'],
    ['uploads.media_max_mb', 100],
    ['service.timeout', 30],
    ['custom.note', 'a note'],
  ]
  for (const [key, value] of others)
    expect([key, ...(await set('configurer', key, value))]).toEqual([key, 200, undefined])
})

test('the sentence of a refusal says whom to ask, in both languages', async () => {
  const said = async (language: string) =>
    (await world.send('configurer', 'POST', '/sign_in.tries_name', { value: 9 }, language)).json().error
      .message
  expect([await said('zh'), await said('en')]).toEqual([
    expect.stringMatching(/sign_in\.tries_name.*管理员/),
    expect.stringMatching(/sign_in\.tries_name.*[Aa]sk an administrator/),
  ])
})

test('who may configure returns to an earlier revision, as long as what only administrators set is as it was then', async () => {
  const revisionOf = async (role: string, key: string, value: unknown): Promise<unknown> =>
    (await world.send(role, 'POST', `/${key}`, { value })).json().revision
  await set('admin', 'sign_in.tries_name', 7)
  const revision = await revisionOf('configurer', 'uploads.media_max_mb', 20)
  expect(revision).toEqual(expect.any(Number))
  await set('configurer', 'uploads.media_max_mb', 10)
  const back = () => world.send('configurer', 'POST', '/rollback', { revision })
  const returned = await back()
  expect(returned.statusCode, returned.body).toBe(200)
  const rows = await world.deps.configs.values([systemScope])
  expect(rows.find(({ configKey }) => configKey === 'uploads.media_max_mb')?.configValue).toBe(20)
  await set('admin', 'sign_in.tries_name', 8)
  const refused = await back()
  expect([refused.statusCode, refused.json().error]).toMatchObject([
    403,
    { code: 'config.administrators_only', details: { key: 'sign_in.tries_name' } },
  ])
})
