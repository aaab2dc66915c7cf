import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MappedApi, StageExample, WrittenField } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { createShownRepository } from '../shares/shares.shown.repository.ts'
import { addOwnServer, openDeployWorld, ownServer } from './deployments.test-world.ts'
import { MappingChanged, switchRelease } from './switch-release.ts'

const id = 'mapped'
const packageAsset = randomUUID()
const mappedAsset = randomUUID()
const exampleOf = (name: string, asset: string): StageExample => ({
  name,
  input_data: [{ asset_id: asset }],
  parameters: {},
  preview_asset_id: asset,
})
const ofPackage = exampleOf('of the package', packageAsset)
const ofMapping = exampleOf('of the mapping', mappedAsset)

const mappingOf = (path: string): MappedApi => ({
  operation: {
    method: 'POST',
    path,
    body: 'json',
    fields: [{ name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } }],
    answer: { kind: 'text', path: [] },
  },
  input: { type: 'string' },
  parameters: { type: 'object', properties: {} },
  output: { 'x-kind': 'text' },
})
const item = {
  post: {
    requestBody: {
      content: { 'application/json': { schema: { properties: { text: { type: 'string' } } } } },
    },
  },
}
const document = JSON.stringify({ openapi: '3.0.0', paths: { '/one': item, '/two': item } })

let folder: string
let database: OpenDatabase
let world: ReturnType<typeof openDeployWorld>
/** What happens between the last step of a deploy and its switch. */
let atTheEnd = async () => {}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-mapped-'))
  database = await createTestDatabase()
  await addOwnServer(database.db)
  const keep = async () => {
    await atTheEnd()
    return { examples: [ofPackage], coverAssetId: null }
  }
  const files = { serve: '#!/bin/sh\n', 'openapi.json': document }
  world = openDeployWorld({
    db: database.db,
    folder,
    becomesReady: true,
    version: { manifest: ownServer, files, examples: { check: async () => {}, keep } },
  })
  await world.boot()
  await deployed()
})
afterEach(async () => {
  atTheEnd = async () => {}
  await world.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

async function deployed() {
  await world.deploy(id, {})
  await world.settled()
  return world.records.services.get(id)
}
const map = (number: number, path: string | null, more: Pick<MappedApi, 'written'> = {}) =>
  world.records.releases.mapServing(
    id,
    number,
    path === null ? null : { ...mappingOf(path), ...more, examples: [ofMapping] },
  )
const release = (number: number) => world.records.releases.get(id, number)

test('demo inputs of a mapping take the place of the package’s, which are back without it', async () => {
  const { releases } = world.records
  const repository = createShownRepository({ db: database.db })
  const stage = { kind: 'stage', targetId: id } as const
  const shown = () =>
    Promise.all([mappedAsset, packageAsset].map((asset) => repository.showsAsset(stage, asset)))
  expect((await release(1))?.examples).toEqual([ofPackage])
  expect(await map(1, '/one')).toBe(true)
  expect(await release(1)).toMatchObject({
    examples: [ofMapping],
    manifest: { operation: { path: '/one' }, examples: ownServer.examples },
  })
  expect(await shown()).toEqual([true, false])
  // The files of both stay: the package's are shown again later.
  expect((await releases.demoDataOf([id])).sort()).toEqual([packageAsset, mappedAsset].sort())
  for (const asset of [packageAsset, mappedAsset]) expect(await releases.demoOf(asset)).toEqual([id])
  await map(1, null)
  expect((await release(1))?.examples).toEqual([ofPackage])
  expect(await shown()).toEqual([false, true])
  expect(await releases.demoOf(mappedAsset)).toEqual([])
})

test('the next release goes on with a mapping and its demo inputs, and has its package’s besides', async () => {
  await map(1, '/one')
  expect((await deployed())?.currentRelease).toBe(2)
  expect(await release(2)).toMatchObject({
    api: { operation: { path: '/one' } },
    examples: [ofMapping],
  })
  await map(2, null)
  expect((await release(2))?.examples).toEqual([ofPackage])
})

test('a mapping that is stored at the end of a deploy is the one that the new release goes on with', async () => {
  await map(1, '/one')
  atTheEnd = async () => void (await map(1, '/two'))
  expect((await deployed())?.currentRelease).toBe(2)
  expect((await release(2))?.api?.operation.path).toBe('/two')
})

test('fields that are written anew at the end of a deploy are those that the new release has, also for the same operation', async () => {
  const field = (name: string): WrittenField => ({ name, place: 'body', type: 'text', required: false })
  await map(1, '/three', { written: [field('text')] })
  const written = [{ ...field('text'), required: true }, field('more')]
  atTheEnd = async () => void (await map(1, '/three', { written }))
  expect((await deployed())?.currentRelease).toBe(2)
  expect((await release(2))?.api).toMatchObject({ operation: { path: '/three' }, written })
})

test('a mapping that is removed at the end of a deploy does not come back', async () => {
  await map(1, '/one')
  atTheEnd = async () => void (await map(1, null))
  expect((await deployed())?.currentRelease).toBe(2)
  expect(await release(2)).toMatchObject({ api: null, examples: [ofPackage] })
})

test('nothing is switched if the mapping has changed since the new release took it over', async () => {
  await map(1, '/one')
  const before = (await release(1))?.api ?? null
  atTheEnd = () => Promise.reject(new Error('the deploy ends here'))
  await deployed()
  await map(1, '/two')
  await expect(switchRelease(world, id, 2, before)).rejects.toBeInstanceOf(MappingChanged)
  expect([(await release(1))?.status, (await world.records.services.get(id))?.currentRelease]).toEqual([
    'active',
    1,
  ])
})

test('a mapping of a release that serves no more is not stored', async () => {
  await deployed()
  expect(await map(1, '/one')).toBe(false)
  expect((await release(1))?.api).toBeNull()
})
