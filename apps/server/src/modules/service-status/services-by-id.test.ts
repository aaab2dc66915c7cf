import { errorBody, pageOf, presentation, service } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharesWorld } from '../shares/shares.test-world.ts'
import { addServiceStatusRoutes } from './service-status.routes.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>

beforeAll(async () => {
  world = await openSharesWorld()
  addServiceStatusRoutes(world.app, world.deps.showcase.services)
  for (const id of ['one', 'two', 'three']) await world.addService(id, { starts: false })
})
afterAll(() => world.close())

const read = (query: string) =>
  world.app.inject({ url: `/api/v1/services?${query}`, headers: { 'x-test-role': 'viewer' } })

test('only those services are read that are asked for by their ids, and the rest is not counted', async () => {
  const answer = await read('ids=three,one,gone')
  const { items, total } = pageOf(service).parse(answer.json())
  expect([items.map(({ id }) => id).toSorted(), total]).toEqual([['one', 'three'], 2])
})

test('ids that cannot be, and more than a reading can name, are refused', async () => {
  for (const ids of ['One', '', Array.from({ length: 101 }, (_, place) => `s${place}`).join(',')]) {
    const answer = await read(`ids=${ids}`)
    expect([answer.statusCode, errorBody.parse(answer.json()).error.code]).toEqual([422, 'request.invalid'])
  }
})

test('a service also says the titles that its presentation was published with, in both languages, and no draft', async () => {
  const draft = (zh: string, en?: string) => presentation.parse({ title: { zh, ...(en && { en }) } })
  const change = { serviceId: 'two', basedOn: 0, by: 'somebody', at: new Date() }
  const namesOf = async () => {
    const { items } = pageOf(service).parse((await read('ids=one,two')).json())
    return Object.fromEntries(items.map(({ id, other_names: names }) => [id, names]))
  }
  await world.presentations.setDraft(change, draft('大喊大叫', 'Say it loud'))
  expect(await namesOf()).toEqual({ one: [], two: [] })
  await world.presentations.publish({ ...change, basedOn: 1 })
  await world.presentations.setDraft({ ...change, basedOn: 2 }, draft('草稿'))
  expect(await namesOf()).toEqual({ one: [], two: ['大喊大叫', 'Say it loud'] })
})

test.each([
  ['the title that it was published with', '大喊', ['two']],
  ['the title in the other language, in any case, with spaces around it', ' say IT ', ['two']],
  ['the title of a draft', '草稿', []],
  ['its ID', 'thr', ['three']],
  ['the first digits of its port', '812', ['one']],
  ['digits within its port', '123', []],
  ['what LIKE would read as anything', '%', []],
  ['only spaces', '  ', ['one', 'three', 'two']],
])('a search by %s finds what the pages find', async (_what, q, found) => {
  await world.deps.showcase.services.services.update('one', { frontPort: 8_123 })
  const { items, total } = pageOf(service).parse((await read(`q=${encodeURIComponent(q)}`)).json())
  expect([items.map(({ id }) => id).toSorted(), total]).toEqual([found, found.length])
})
