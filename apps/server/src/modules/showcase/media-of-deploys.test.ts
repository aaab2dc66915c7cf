import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asset, pageOf } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { openWorld, type World } from '../assets/assets.test-world.ts'
import { addOwnServer, openDeployWorld, ownServer } from '../deployments/deployments.test-world.ts'
import { createPackageExamples } from './package-examples.ts'

let folder: string
let database: OpenDatabase
let media: World

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-media-'))
  database = await createTestDatabase()
  media = await openWorld({ tools: null })
  await addOwnServer(database.db)
})
afterEach(async () => {
  await media.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Deploys a package with a picture as demo input and another as cover. Its instance becomes ready or not. */
async function deploy(becomesReady: boolean) {
  const examples = [{ name: 'demo', input_data: ['demo.gif'], parameters: {} }]
  const version = {
    manifest: { ...ownServer, input: { 'x-kind': 'image' }, examples, cover: 'cover.gif' },
    files: {
      serve: '#!/bin/sh\n',
      'demo.gif': 'GIF89a\u0001\0\u0001\0',
      'cover.gif': 'GIF89a\u0001\0\u0001\0;',
    },
    examples: createPackageExamples({ ...media.deps, ownerOf: async () => testActor('user').id }),
  }
  const world = openDeployWorld({ db: database.db, folder, becomesReady, version })
  await world.boot()
  const { id } = await world.deploy('pictures', undefined)
  await world.settled()
  const release = await world.records.releases.get('pictures', 1)
  const state = (await world.tasks.get(id))?.task.state
  await world.close()
  return { state, release }
}
const library = async () => pageOf(asset).parse((await media.get('', 'neighbour')).json())

test('nobody sees the media of a deploy that fails, and none are kept', async () => {
  expect((await deploy(false)).state).toBe('failed')
  expect([(await library()).total, await media.objects()]).toEqual([0, []])
})

test('the media of a release are shown from the moment that it serves', async () => {
  const { state, release } = await deploy(true)
  const [demo] = (await library()).items
  expect([state, release?.status, demo?.name]).toEqual(['succeeded', 'active', 'demo.gif'])
  expect(release?.examples[0]?.preview_asset_id).toBe(demo?.id)
  expect((await media.get(`/${release?.coverAssetId}/content`, 'neighbour')).statusCode).toBe(200)
})
