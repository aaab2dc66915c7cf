import { sql } from 'drizzle-orm'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asset, pageOf } from '@vitrine/contract'
import {
  makeTestDatabase,
  migrationsBefore,
  migrationsFolder,
} from '../../../../../tests/support/test-database.ts'
import { createAssetsRepository } from '../assets/assets.repository.ts'
import { openWorld, type World } from '../assets/assets.test-world.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { createExampleImporter } from './showcase.usecases.ts'

/** The smallest picture there is, one for each number. */
const picture = (number: number) => `GIF89a\u0001\0\u0001\0\0\0\0;${number}`

describe('what a package shows', () => {
  let world: World
  let packageFolder = ''

  beforeEach(async () => {
    world = await openWorld({ tools: null })
    packageFolder = join(world.folder, 'package')
    await mkdir(packageFolder)
    await writeFile(join(packageFolder, 'demo.gif'), picture(1), 'latin1')
    await writeFile(join(packageFolder, 'cover.gif'), picture(2), 'latin1')
  })
  afterEach(() => world.close())

  const take = (cover: string) => {
    const examples = [{ name: 'demo', input_data: ['demo.gif'], parameters: {} }]
    const manifest = { ...completeManifest(), input: { 'x-kind': 'image' }, examples, cover }
    return createExampleImporter(world.deps)({ manifest, packageFolder })
  }
  const library = async (role: string) => {
    const { items, total } = pageOf(asset).parse((await world.get('', role)).json())
    return { names: items.map(({ name }) => name), total }
  }

  test('its demo inputs are demo data for everybody, its cover is seen and no demo data', async () => {
    const taken = await take('cover.gif')
    for (const role of ['neighbour', 'admin'])
      expect(await library(role)).toEqual({ names: ['demo.gif'], total: 1 })
    const seen = await world.get(`/${taken.coverAssetId}/content`, 'neighbour')
    expect([seen.statusCode, seen.headers['content-type']]).toEqual([200, 'image/gif'])
    expect((await take('cover.gif')).coverAssetId).toBe(taken.coverAssetId)
  })

  test('a demo input that is the cover as well stays demo data', async () => {
    await take('demo.gif')
    expect((await library('neighbour')).names).toEqual(['demo.gif'])
  })
})

test('covers that an earlier version kept as demo data are none any more, but for those that are demo inputs', async () => {
  const database = await makeTestDatabase()
  const folder = await migrationsBefore('0008_covers_are_no_demo_data')
  const before = await database.open(folder)
  const owner = '11111111-1111-4111-8111-111111111111'
  const ids: Record<string, string> = {}
  for (const name of ['demo', 'cover', 'both', 'uploaded']) {
    const { rows } = await before.db.execute(sql`
      insert into assets (sha256, name, kind, mime, size, status, origin, owner_id)
      values (${name}, ${name}, 'image', 'image/gif', 1, 'ready', ${name === 'uploaded' ? 'upload' : 'example'}, ${owner})
      returning id`)
    ids[name] = String(rows[0]?.id)
  }
  await before.db.execute(sql`insert into algorithms (id, name, task, description, owner_id, owner_name)
    values ('echo', 'Echo', 'other', '', ${owner}, 'someone')`)
  await before.db.execute(sql`insert into algorithm_services
    (id, name, algorithm_id, desired, mode, options, owner_id, owner_name)
    values ('echo', 'Echo', 'echo', 'stopped', 'local', '{}', ${owner}, 'someone')`)
  for (const [number, cover] of [ids.cover, ids.both].entries()) {
    const inputs = [{ asset_id: ids.demo }, { asset_id: ids.both }]
    const examples = [{ name: 'demo', input_data: inputs, parameters: {}, preview_asset_id: null }]
    await before.db.execute(sql`insert into releases
      (service_id, number, commit, manifest, status, created_by, examples, cover_asset_id)
      values ('echo', ${number + 1}, 'c', ${JSON.stringify(completeManifest())}, 'retired', 'someone',
        ${JSON.stringify(examples)}, ${cover})`)
  }
  await before.close()

  const { db, close } = await database.open(migrationsFolder)
  const everything = { ownerId: null, q: '', kinds: null, tag: undefined }
  const { items } = await createAssetsRepository({ db }).list(everything, { limit: 10, offset: 0 })
  expect(items.map(({ name }) => name).toSorted()).toEqual(['both', 'demo', 'uploaded'])
  await close()
  await database.drop()
  await rm(folder, { recursive: true })
})
