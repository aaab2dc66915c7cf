import { and, eq, inArray } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rowId, type EndpointResponse, type Manifest } from '@vitrine/contract'
import { platformActor } from '../../lib/actor.ts'
import { assets } from '../assets/assets.tables.ts'
import { releases } from '../releases/releases.tables.ts'
import { someFacts } from '../runs/facts/run-facts.test-setup.ts'
import { manifest } from '../runs/runs.test-manifest.ts'
import { runs } from '../runs/runs.tables.ts'
import { mapping } from '../service-apis/service-apis.test-world.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { openSharesWorld } from '../shares/shares.test-world.ts'
import { addShowcaseRoutes } from './showcase.routes.ts'

const ids = ['first', 'second', 'third', 'fourth', 'fifth']
const long = 'n'.repeat(600_000)
const large: Manifest = {
  ...manifest,
  name: '回声',
  description: '重复',
  form: 'node-server',
  parameters: { properties: { notes: { default: long } } },
  examples: [{ name: 'long', input_data: [long] }],
  translations: { en: { 回声: 'Echo', 长: 'x'.repeat(2000) }, zh: { 重复: '再说一遍' } },
  result_translations: { en: { 猫: 'cat' }, zh: { dog: '狗' } },
}

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  addShowcaseRoutes(world.app, world.deps.showcase)
  for (const id of ids) await world.addService(id, { starts: false })
  await world.db
    .update(releases)
    .set({ manifest: large, appFacts: { page: { framed: true }, predicts: false, openapi: null } })
    .where(inArray(releases.serviceId, ids))
  await world.db.insert(runs).values(
    ids.map((serviceId) => ({
      serviceId,
      status: 'succeeded' as const,
      inputData: ['in'],
      inputBytes: 6,
      parameters: {},
      result: {
        status: 'succeeded' as const,
        metrics: {},
        logs: '',
        predictions: [
          { index: 0, status: 'succeeded' as const, outputs: [{ name: 'is', kind: 'text', data: '猫' }] },
        ],
      },
      createdById: platformActor.id,
      createdBy: platformActor.name,
      facts: someFacts,
    })),
  )
})
afterAll(() => world.close())

/** The showcase, and how many bytes of rows the database answered for it. */
async function read(query: string, language = 'en') {
  const asked = vi.spyOn(pg.Pool.prototype, 'query')
  const answer = await world.app.inject({
    url: `/api/v1/showcase${query}`,
    headers: { 'x-test-role': 'viewer', 'accept-language': language },
  })
  const bytes = JSON.stringify(asked.mock.settledResults).length
  asked.mockRestore()
  return { bytes, ...answer.json<EndpointResponse<'GET /showcase'>>() }
}

test('a showcase of services with long manifests reads only what its cards show', async () => {
  const { bytes, items, total } = await read('')
  expect(total).toBe(ids.length)
  const sample = { data: '猫', words: { 猫: 'cat' } }
  for (const item of items)
    expect(item).toMatchObject({ description: '重复', task: 'other', way: 'run', sample })
  expect(bytes).toBeGreaterThan(1000)
  expect(bytes).toBeLessThan(100_000)
  const inChinese = await read('?page_size=1', 'zh')
  expect(inChinese.items).toMatchObject([{ description: '再说一遍', sample: { words: { dog: '狗' } } }])
})

test('it has all algorithms, however many there are', async () => {
  const { db } = world
  const [service] = await db.select().from(algorithmServices).where(eq(algorithmServices.id, 'first'))
  const [release] = await db
    .select()
    .from(releases)
    .where(and(eq(releases.serviceId, 'first'), eq(releases.status, 'active')))
  if (!service || !release) throw new Error('there is nothing to copy')
  const { id: _id, ...small } = { ...release, manifest: { ...manifest, name: 'Many' } }
  const many = Array.from({ length: 600 }, (_, number) => `many-${number}`)
  const copies = many.map((id) => ({ ...service, id, name: id, frontPort: null }))
  await db.insert(algorithmServices).values(copies)
  await db.insert(releases).values(many.map((serviceId) => ({ ...small, serviceId })))
  const { items, total } = await read('?page_size=500&page=2')
  expect([total, items.length]).toEqual([ids.length + many.length, ids.length + many.length - 500])
  expect((await read('?q=many-599')).items.map(({ service_id: id }) => id)).toEqual(['many-599'])
  await db.delete(algorithmServices).where(inArray(algorithmServices.id, many))
})

test('it finds algorithms by their names and descriptions, as written and in both languages', async () => {
  const totals = []
  for (const words of ['回声', 'echo', '重复', '再说', 'notes', 'dog'])
    totals.push((await read(`?q=${encodeURIComponent(words)}`)).total)
  expect(totals).toEqual([ids.length, ids.length, ids.length, ids.length, 0, 0])
})

test('the preview of a branch is in no showcase', async () => {
  const own = eq(algorithmServices.id, 'second')
  const setPreview = (preview: { previewOf: string | null; previewBranch: string | null }) =>
    world.db.update(algorithmServices).set(preview).where(own)
  await setPreview({ previewOf: 'first', previewBranch: 'trial' })
  expect((await read('')).items.map(({ service_id: id }) => id)).not.toContain('second')
  await setPreview({ previewOf: null, previewBranch: null })
})

/** What the card of a service says that its stage offers, after a change of its release. */
async function wayAfter(change: Partial<typeof releases.$inferInsert>) {
  await world.db
    .update(releases)
    .set(change)
    .where(inArray(releases.serviceId, ['first']))
  return (await read('?q=first')).items.map(({ way }) => way)
}

test.for<[string, Partial<Manifest>, 'run' | 'page']>([
  ['with examples', { input: {} }, 'run'],
  ['with a schema of the input', { examples: [], input: { type: 'string' } }, 'run'],
  ['with neither', { examples: [], input: {} }, 'page'],
  ['that the platform runs', { examples: [], input: {}, form: 'node-package' }, 'run'],
])('the card of a package %s says what its stage offers', async ([, change, way]) => {
  expect(await wayAfter({ manifest: { ...large, ...change } })).toEqual([way])
})

test('the card of a package with a page says that its stage runs when an operation stands for predict', async () => {
  const undescribed = { ...large, examples: [], input: {} }
  expect(await wayAfter({ manifest: undescribed, api: { ...mapping, examples: [] } })).toEqual(['run'])
  expect(await wayAfter({ manifest: undescribed, api: null })).toEqual(['page'])
  expect(await wayAfter({ manifest: { ...undescribed, operation: mapping.operation } })).toEqual(['run'])
})

test('a card draws nothing of a media file whose forms for pages are still being made', async () => {
  const file = {
    sha256: 'a'.repeat(64),
    name: 'clip.mp4',
    kind: 'video' as const,
    mime: 'video/mp4',
    size: 9,
  }
  const [asset] = await world.db
    .insert(assets)
    .values({ ...file, status: 'processing', origin: 'example', ownerId: rowId.parse(platformActor.id) })
    .returning()
  if (!asset) throw new Error('nothing was stored')
  const [made] = await world.db.select().from(runs).where(eq(runs.serviceId, 'first'))
  if (!made) throw new Error('nothing was run')
  const { id: _id, createdAt: _at, ...again } = made
  await world.db.insert(runs).values({ ...again, inputData: [{ asset_id: asset.id }] })
  await world.db.update(releases).set({ coverAssetId: asset.id }).where(eq(releases.serviceId, 'second'))
  const cards = async () => {
    const { items } = await read('')
    const cardOf = (id: string) => items.find((item) => item.service_id === id)
    return [cardOf('first')?.sample, cardOf('second')?.cover_asset_id, cardOf('second')?.sample?.data]
  }
  expect(await cards()).toEqual([null, null, '猫'])
  await world.db.update(assets).set({ status: 'ready' }).where(eq(assets.id, asset.id))
  expect(await cards()).toMatchObject([{ input: { asset_id: asset.id } }, asset.id, '猫'])
})
