import { afterAll, beforeAll, expect, test } from 'vitest'
import { configCopyEndpoints, configEndpoints } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'

const previewed = configCopyEndpoints['GET /config/copy'].response
const copied = configCopyEndpoints['POST /config/copy'].response
const revisions = configEndpoints['GET /config/revisions'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const preview = async (to: string) =>
  previewed.parse((await world.send('user', 'GET', `/copy?from=one&to=${to}`)).json())
const copy = (body: object, role = 'user') => world.send(role, 'POST', '/copy', { from: 'one', ...body })

test('a preview tells what a copy would change, without the values of secrets, and then all is copied as one revision', async () => {
  await world.set('one', 'env.MODE', { value: 'fast', description: 'how it runs' })
  await world.set('one', 'env.TOKEN', { value: 'planted-secret-81', secret: true })
  await world.set('one', 'custom.same', { value: [1, 2] })
  await world.set('two', 'custom.same', { value: [1, 2] })
  await world.set('two', 'env.MODE', { value: 'exact' })
  const seen = await world.send('user', 'GET', '/copy?from=one&to=two,three')
  expect(seen.payload).not.toContain('planted-secret-81')
  const { keys, changes, as_of } = previewed.parse(seen.json())
  expect(keys.map(({ key }) => key)).toEqual(['custom.same', 'env.MODE', 'env.TOKEN'])
  const of = (service_id: string) => ({ service_id, type: 'service' })
  const secret = { key: 'env.TOKEN', secret: true, before: null, after: null, is_new: true }
  expect(changes).toEqual([
    { ...of('two'), key: 'env.MODE', secret: false, before: 'exact', after: 'fast', is_new: false },
    { ...of('two'), ...secret },
    { ...of('three'), key: 'custom.same', secret: false, before: null, after: [1, 2], is_new: true },
    { ...of('three'), key: 'env.MODE', secret: false, before: null, after: 'fast', is_new: true },
    { ...of('three'), ...secret },
  ])

  const answer = await copy({ to: ['two', 'three'], keys: ['env.MODE', 'env.TOKEN'], as_of, reason: 'equal' })
  expect(answer.payload).not.toContain('planted-secret-81')
  const { revision, tasks } = copied.parse(answer.json())
  expect(tasks.map(({ service_id }) => service_id)).toEqual(['two', 'three'])
  expect(world.replaced).toEqual(['two', 'three'])
  const both = { 'env.MODE': 'fast', 'env.TOKEN': 'planted-secret-81' }
  expect(await world.valuesOf('two')).toEqual({ ...both, 'custom.same': [1, 2] })
  expect(await world.valuesOf('three')).toEqual(both)
  for (const id of ['two', 'three']) {
    const history = await world.send('user', 'GET', `/revisions?service_id=${id}`)
    expect(history.payload).not.toContain('planted-secret-81')
    expect(revisions.parse(history.json()).items[0]).toMatchObject({ number: revision, reason: 'equal' })
  }
})

test('a copy can be undone in the history of each service', async () => {
  const before = await world.set('two', 'custom.mine', { value: 'as it was' })
  await world.set('one', 'custom.mine', { value: 'copied' })
  await copy({ to: ['two', 'three'], keys: ['custom.mine'] })
  const body = { service_id: 'two', revision: before, apply: false }
  expect((await world.send('user', 'POST', '/custom.mine/rollback', body)).statusCode).toBe(200)
  expect(await world.valuesOf('two')).toMatchObject({ 'custom.mine': 'as it was' })
  expect(await world.valuesOf('three')).toMatchObject({ 'custom.mine': 'copied' })
})

test('a value that a service already has is no change, and a copied secret stays a secret', async () => {
  await world.set('one', 'custom.kept', { value: 'open' })
  await world.set('two', 'custom.kept', { value: 'closed', secret: true })
  await world.set('three', 'custom.kept', { value: 'open' })
  const { changes } = await preview('two,three')
  expect(changes.filter(({ key }) => key === 'custom.kept')).toMatchObject([
    { service_id: 'two', secret: true, before: null, after: null, is_new: false },
  ])
  await copy({ to: ['two'], keys: ['custom.kept'] })
  const read = await world.send('user', 'GET', '/custom.kept?service_id=two')
  expect(read.json()).toEqual({ key: 'custom.kept', value: null })
  const again = await copy({ to: ['three'], keys: ['custom.kept'] })
  expect(copied.parse(again.json())).toMatchObject({ revision: null, tasks: [] })
})

test.each([
  ['where it is copied to', 'two'],
  ['where it comes from', 'one'],
])(
  'a value that somebody has changed since the difference was looked at, %s, is not written over',
  async (_, id) => {
    await world.set('one', 'custom.raced', { value: `from ${id}` })
    const { as_of } = await preview('two')
    await world.set(id, 'custom.raced', { value: `meanwhile ${id}` })
    const before = await world.valuesOf('two')
    const keys = ['custom.raced', 'env.MODE']
    const refused = await copy({ to: ['three', 'two'], keys, as_of })
    expect(refused.json()).toMatchObject({
      error: { code: 'config.changed', details: { key: 'custom.raced', theirs: `meanwhile ${id}` } },
    })
    expect(refused.statusCode).toBe(409)
    expect(await world.valuesOf('two')).toEqual(before)
    expect(await world.valuesOf('three')).not.toHaveProperty('custom.raced')
  },
)

test('a copy to one service can be tried first; a copy to several cannot, and then nothing is copied', async () => {
  await world.set('one', 'env.TRIED', { value: 'x' })
  const asked = { keys: ['env.TRIED'], canary: true }
  const answers = [
    await copy({ ...asked, to: ['two', 'three'] }),
    await copy({ ...asked, to: ['two'], apply: false }),
    // Nothing runs here, so the copy cannot be tried on an instance.
    await copy({ ...asked, to: ['two'] }),
  ]
  expect(answers.map((one) => [one.statusCode, one.json().error.code])).toEqual([
    [422, 'config.canary_nothing'],
    [422, 'request.invalid'],
    [409, 'config.canary_not_running'],
  ])
  expect(await world.valuesOf('two')).not.toHaveProperty('env.TRIED')
})

test('keys that belong to one service alone are neither offered nor copied, and a key without a value is reported', async () => {
  const { keys } = await preview('two')
  expect(keys.filter(({ key }) => key.startsWith('service.'))).toEqual([])
  const port = await copy({ to: ['two'], keys: ['env.MODE', 'service.port'] })
  expect([port.statusCode, port.json().error.details.issues]).toEqual([
    422,
    [{ path: 'keys[1]', message: expect.stringContaining('option of one service') }],
  ])
  const none = await copy({ to: ['two'], keys: ['env.NOBODY_SET_IT'] })
  expect([none.statusCode, none.json().error.code]).toEqual([404, 'config.not_found'])
  const same = await copy({ to: ['one', 'two', 'two'], keys: ['env.MODE'] })
  expect(same.json().error.details.issues).toMatchObject([{ path: 'to[0]' }, { path: 'to[2]' }])
})

test('a person can copy only between services that they may operate', async () => {
  await world.set('foreign', 'env.TOKEN', { value: 'planted-secret-82', secret: true })
  const theirs = [
    await world.send('user', 'GET', '/copy?from=foreign'),
    await world.send('user', 'GET', '/copy?from=one&to=foreign'),
    await copy({ from: 'foreign', to: ['two'], keys: ['env.TOKEN'] }),
    await copy({ to: ['two', 'foreign'], keys: ['env.MODE'] }),
    await copy({ to: ['two'], keys: ['env.MODE'] }, 'colleague'),
    await copy({ to: ['two'], keys: ['env.MODE'] }, 'viewer'),
  ]
  expect(theirs.map(({ statusCode }) => statusCode)).toEqual(theirs.map(() => 403))
  expect(await world.valuesOf('foreign')).toEqual({ 'env.TOKEN': 'planted-secret-82' })
})
