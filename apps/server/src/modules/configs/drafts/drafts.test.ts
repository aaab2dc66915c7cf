import { afterAll, beforeAll, expect, test } from 'vitest'
import { configDraftEndpoints } from '@vitrine/contract'
import { textSealer } from '../../../lib/sealed-text.ts'
import { createSecretsRepository } from '../../secrets/secrets.repository.ts'
import { openConfigsWorld } from '../configs.test-world.ts'

const drafted = configDraftEndpoints['GET /config/draft'].response
const published = configDraftEndpoints['POST /config/draft/publish'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const read = async (id: string, role = 'user') =>
  drafted.parse((await world.send(role, 'GET', `/draft?service_id=${id}`)).json())
const draft = (id: string, changes: object[], role = 'user') =>
  world.send(role, 'POST', '/draft', { service_id: id, changes })
const publish = (id: string, more: object = {}, role = 'user') =>
  world.send(role, 'POST', '/draft/publish', { service_id: id, ...more })

test('changes of several keys wait in a draft next to the current values, and take effect together when it is published', async () => {
  await world.set('one', 'env.MODE', { value: 'exact' })
  await world.set('one', 'env.OLD', { value: 'x' })
  await draft('one', [{ key: 'env.MODE', value: 'fast' }])
  await draft('one', [
    { key: 'env.OLD', unset: true },
    { key: 'env.TOKEN', value: 'planted-secret-91', secret: true },
  ])
  expect(await world.valuesOf('one')).toEqual({ 'env.MODE': 'exact', 'env.OLD': 'x' })
  const answer = await world.send('user', 'GET', '/draft?service_id=one')
  expect(answer.payload).not.toContain('planted-secret-91')
  const { changes } = drafted.parse(answer.json())
  expect(changes).toMatchObject([
    { key: 'env.MODE', before: 'exact', after: 'fast', unset: false, is_new: false },
    { key: 'env.OLD', before: 'x', after: null, unset: true },
    { key: 'env.TOKEN', secret: true, before: null, after: null, is_new: true },
  ])
  const ids = changes.map(({ id }) => id)
  const { revision } = published.parse((await publish('one', { ids, reason: 'faster' })).json())
  expect(await world.valuesOf('one')).toEqual({ 'env.MODE': 'fast', 'env.TOKEN': 'planted-secret-91' })
  expect(world.replaced).toEqual(['one'])
  const history = await world.send('user', 'GET', '/revisions?service_id=one')
  expect(history.json().items[0]).toMatchObject({ number: revision, reason: 'faster' })
  expect((await read('one')).changes).toEqual([])
  const again = await publish('one')
  expect([again.statusCode, again.json().error.code]).toEqual([409, 'config.draft_empty'])
})

test('a draft that is published twice at once is published once', async () => {
  await draft('one', [{ key: 'custom.once', value: 1 }])
  const answers = await Promise.all([publish('one', { apply: false }), publish('one', { apply: false })])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409])
  expect(await world.valuesOf('one')).toMatchObject({ 'custom.once': 1 })
})

test('a change that is as the current value leaves the draft when it is published, also if it is to be tried on one instance first', async () => {
  await world.set('one', 'env.SAME', { value: 'same' })
  for (const canary of [false, true]) {
    await draft('one', [{ key: 'env.SAME', value: 'same' }])
    const answer = await publish('one', { canary })
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { revision: null }])
    expect((await read('one')).changes).toEqual([])
  }
})

test('the author of the second of two drafts with the same keys is told every changed key, and replaces only the chosen values', async () => {
  for (const key of ['custom.a', 'custom.b', 'custom.c']) await world.set('two', key, { value: 'before' })
  const keys = ['custom.a', 'custom.b']
  await draft(
    'two',
    keys.map((key) => ({ key, value: 'of the user' })),
  )
  const theirs = [...keys, 'custom.c'].map((key) => ({ key, value: 'of the admin' }))
  await draft('two', theirs, 'admin')
  // Before anything is published, a person sees which keys are in the drafts of others, but not the values.
  expect((await read('two')).others).toMatchObject([{ author: 'admin-tester', keys: [...keys, 'custom.c'] }])
  expect((await publish('two', { apply: false })).statusCode).toBe(200)

  const refused = await publish('two', { apply: false }, 'admin')
  expect(refused.statusCode).toBe(409)
  expect(refused.json()).toMatchObject({
    error: {
      code: 'config.changed',
      details: { key: 'custom.a', keys, yours: 'of the admin', theirs: 'of the user' },
    },
  })
  expect(await world.valuesOf('two')).toMatchObject({ 'custom.b': 'of the user', 'custom.c': 'before' })
  const { changes } = await read('two', 'admin')
  const conflicts = changes.filter(({ revision, base_revision: base }) => revision !== base)
  expect(conflicts.map(({ key, before }) => [key, before])).toEqual(keys.map((key) => [key, 'of the user']))

  await world.send('admin', 'DELETE', '/draft?service_id=two&key=custom.b')
  const over = { 'custom.a': conflicts[0]?.revision }
  expect((await publish('two', { over, apply: false }, 'admin')).statusCode).toBe(200)
  expect(await world.valuesOf('two')).toEqual({
    'custom.a': 'of the admin',
    'custom.b': 'of the user',
    'custom.c': 'of the admin',
  })
})

test('a change that was drafted again after its author looked at it is not published unseen', async () => {
  await draft('three', [{ key: 'custom.seen', value: 'first' }])
  const ids = (await read('three')).changes.map(({ id }) => id)
  await draft('three', [{ key: 'custom.seen', value: 'second' }])
  const refused = await publish('three', { ids })
  expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'config.draft_changed'])
  expect(await world.valuesOf('three')).toEqual({})
  expect((await world.send('user', 'DELETE', '/draft?service_id=three')).json()).toEqual({ discarded: 1 })
  expect(await read('three')).toEqual({ changes: [], others: [] })
})

test('a draft contains only what can be published: values, keys and people are checked as for a change', async () => {
  const answers = [
    await draft('three', [{ key: 'service.port', value: 8001 }]),
    await draft('three', [{ key: 'env.A', value: { no: 'text' } }]),
    await draft('three', [{ key: 'run.keep_day', value: 1 }]),
    await draft('three', [
      { key: 'env.A', value: 'x' },
      { key: 'env.A', value: 'y' },
    ]),
  ]
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([422, 422, 422, 422])
  const foreign = [
    await draft('foreign', [{ key: 'env.A', value: 'x' }]),
    await world.send('user', 'GET', '/draft?service_id=foreign'),
    await world.send('user', 'DELETE', '/draft?service_id=foreign'),
    await publish('foreign'),
    await draft('three', [{ key: 'env.A', value: 'x' }], 'viewer'),
  ]
  expect(foreign.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403])
  const stale = await draft('two', [{ key: 'custom.a', value: 'x', base_revision: 0 }])
  expect([stale.statusCode, stale.json().error.code]).toEqual([409, 'config.changed'])
  expect((await read('three')).changes).toEqual([])
})

test('a secret of a draft is stored sealed, and sealed again when the sealing key changes', async () => {
  await draft('three', [{ key: 'env.TOKEN', value: 'planted-secret-92', secret: true }])
  const stored = async () => JSON.stringify((await world.db.execute('select * from config_drafts')).rows)
  expect(await stored()).not.toContain('planted-secret-92')
  const before = await stored()
  const sealer = textSealer('a secret of the tests')
  const { sealed } = await createSecretsRepository({ db: world.db }).sealAnew(sealer)
  expect(sealed).toBeGreaterThan(0)
  expect(await stored()).not.toBe(before)
  await publish('three', { apply: false })
  expect(await world.valuesOf('three')).toEqual({ 'env.TOKEN': 'planted-secret-92' })
})
