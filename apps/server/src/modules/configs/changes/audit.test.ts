import { afterAll, beforeAll, expect, test } from 'vitest'
import { configDraftEndpoints, configEndpoints } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'

const drafted = configDraftEndpoints['GET /config/draft'].response
const imported = configEndpoints['POST /config/import'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const secret = 'planted-secret-95'

test('a copy is recorded with where it came from, where it went, its keys, its reason and its revision, without values', async () => {
  await world.set('one', 'env.MODE', { value: 'fast-value-95' })
  await world.set('one', 'env.TOKEN', { value: secret, secret: true })
  const asked = { from: 'one', to: ['two', 'three'], keys: ['env.MODE', 'env.TOKEN'], reason: 'equal' }
  const answer = await world.send('user', 'POST', '/copy', asked)
  const { entry } = await world.newestEntry()
  expect(entry).toMatchObject({
    actor: 'user-tester',
    action: 'POST /config/copy',
    details: { status: 200, fields: ['from', 'to', 'keys', 'reason', 'apply', 'canary', 'new_revision'] },
  })
  expect(entry?.details.values).toEqual({ ...asked, canary: false, new_revision: answer.json().revision })
  expect(JSON.stringify(entry)).not.toMatch(/planted-secret-95|fast-value-95/)
})

test('a preview of a copy makes no entry, and a copy that changes nothing has no revision', async () => {
  const { total } = await world.newestEntry()
  await world.send('user', 'GET', '/copy?from=one&to=two')
  expect((await world.newestEntry()).total).toBe(total)
  await world.send('user', 'POST', '/copy', { from: 'one', to: ['two'], keys: ['env.MODE'] })
  const { entry } = await world.newestEntry()
  expect(entry).toMatchObject({ action: 'POST /config/copy', details: { values: { from: 'one' } } })
  expect(entry?.details.values).not.toHaveProperty('new_revision')
})

test('a published draft is recorded with its service, reason and revision, and so are drafting and discarding, without values', async () => {
  const changes = [
    { key: 'env.MODE', value: 'exact-value-95' },
    { key: 'env.TOKEN', value: secret, secret: true },
  ]
  const newest = async () => (await world.newestEntry()).entry
  await world.send('user', 'POST', '/draft', { service_id: 'two', changes })
  const of = { actor: 'user-tester', details: { values: { service_id: 'two' } } }
  expect(await newest()).toMatchObject({ ...of, action: 'POST /config/draft' })
  expect(JSON.stringify(await newest())).not.toMatch(/planted-secret-95|exact-value-95/)
  const read = drafted.parse((await world.send('user', 'GET', '/draft?service_id=two')).json())
  const ids = read.changes.map(({ id }) => id)
  const body = { service_id: 'two', ids, reason: 'more exact' }
  const published = await world.send('user', 'POST', '/draft/publish', body)
  const entry = await newest()
  expect(entry).toMatchObject({
    ...of,
    action: 'POST /config/draft/publish',
    details: {
      values: { service_id: 'two', reason: 'more exact', new_revision: published.json().revision },
    },
  })
  expect(JSON.stringify(entry)).not.toMatch(/planted-secret-95|exact-value-95/)
  await world.send('user', 'POST', '/draft', { service_id: 'two', changes: [{ key: 'custom.x', value: 1 }] })
  await world.send('user', 'DELETE', '/draft?service_id=two')
  expect(await newest()).toMatchObject({ actor: 'user-tester', action: 'DELETE /config/draft' })
  const { total } = await world.newestEntry()
  expect((await world.send('user', 'POST', '/draft/publish', body)).statusCode).toBe(409)
  expect((await world.newestEntry()).total, 'nothing was published').toBe(total)
})

test('an import is recorded with its revision, and a dry run is not recorded', async () => {
  const yaml = (await world.send('user', 'GET', '/export?service_id=one')).json().yaml
  const body = { service_id: 'three', yaml, reason: 'as one' }
  await world.set('three', 'env.MODE', { value: 'other' })
  const { total } = await world.newestEntry()
  const dry = imported.parse((await world.send('user', 'POST', '/import', { ...body, dry_run: true })).json())
  expect(dry.changes.map(({ key }) => key)).toContain('env.MODE')
  expect((await world.newestEntry()).total).toBe(total)
  const answer = await world.send('user', 'POST', '/import', body)
  expect((await world.newestEntry()).entry).toMatchObject({
    action: 'POST /config/import',
    details: { values: { service_id: 'three', reason: 'as one', new_revision: answer.json().revision } },
  })
  expect(JSON.stringify((await world.newestEntry()).entry)).not.toContain('fast-value-95')
})

test('a removal is recorded with its service, its reason and its revision', async () => {
  const answer = await world.send('user', 'DELETE', '/env.MODE?service_id=one&reason=not+needed')
  expect((await world.newestEntry()).entry).toMatchObject({
    action: 'DELETE /config/{key}',
    target: 'env.MODE',
    details: {
      values: {
        service_id: 'one',
        reason: 'not needed',
        canary: false,
        new_revision: answer.json().revision,
      },
    },
  })
})

test('a refused copy is recorded as refused', async () => {
  await world.send('user', 'POST', '/copy', { from: 'one', to: ['foreign'], keys: ['env.MODE'] })
  expect((await world.newestEntry()).entry).toMatchObject({
    actor: 'user-tester',
    action: 'refused POST /config/copy',
  })
})
