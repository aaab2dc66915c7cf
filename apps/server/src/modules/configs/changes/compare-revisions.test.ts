import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'

const compared = configEndpoints['GET /config/compare'].response
let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const ask = (query: string, role = 'user') => world.send(role, 'GET', `/compare?service_id=one&${query}`)
const changesOf = async (query: string) => compared.parse((await ask(query)).json()).changes
const sides = async (query: string) =>
  (await changesOf(query)).map(({ key, before, after }) => [key, before, after])

test('any two revisions are compared, in either direction, and a key that is the same in both is left out', async () => {
  const first = await world.set('one', 'custom.a', { value: 1 })
  await world.set('two', 'custom.a', { value: 'of another service' })
  await world.set('one', 'custom.b', { value: 'x' })
  await world.set('one', 'custom.a', { value: 2 })
  const back = await world.set('one', 'custom.a', { value: 1 })
  const last = await world.set('one', 'custom.c', { value: [1] })
  expect(await sides(`from=${first}&to=${back}`)).toEqual([['custom.b', null, 'x']])
  expect(await sides(`from=${last}&to=${first}`)).toEqual([
    ['custom.b', 'x', null],
    ['custom.c', [1], null],
  ])
  expect(await sides(`from=${last}&to=${last}`)).toEqual([])
  const newest = await ask(`from=${back}`)
  expect(compared.parse(newest.json())).toMatchObject({
    from: back,
    to: last,
    changes: [{ key: 'custom.c' }],
  })
})

test('a secret is listed only if it was changed in between, and without its values', async () => {
  const planted = 'planted-secret-45'
  const before = await world.set('one', 'custom.open', { value: planted })
  const sealed = await world.set('one', 'custom.open', { value: planted, secret: true })
  const other = await world.set('one', 'custom.beside', { value: 1 })
  const answer = await ask(`from=${before}&to=${sealed}`)
  expect(answer.payload).not.toContain(planted)
  expect(compared.parse(answer.json()).changes).toMatchObject([
    { key: 'custom.open', secret: true, before: null, after: null },
  ])
  expect(await sides(`from=${sealed}&to=${other}`)).toEqual([['custom.beside', null, 1]])
})

test('a revision that there is not, and values of somebody else, are refused', async () => {
  const codeOf = async (query: string, role?: string) => {
    const { statusCode, json } = await ask(query, role)
    return [statusCode, json().error.code]
  }
  expect(await codeOf('from=9999')).toEqual([404, 'config.revision_not_found'])
  expect(await codeOf('from=1&to=9999')).toEqual([404, 'config.revision_not_found'])
  expect((await codeOf('from=0'))[0]).toBe(422)
  expect(await codeOf('from=1', 'colleague')).toEqual([403, 'service.not_yours'])
})
