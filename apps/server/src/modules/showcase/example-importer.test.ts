import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asset, pageOf } from '@vitrine/contract'
import { openWorld, type World } from '../assets/assets.test-world.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { createExampleImporter } from './showcase.usecases.ts'

/** The smallest GIF, different for each number. */
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

  test('its demo inputs are demo data for everybody, and its cover is visible but not demo data', async () => {
    const taken = await take('cover.gif')
    for (const role of ['neighbour', 'admin'])
      expect(await library(role)).toEqual({ names: ['demo.gif'], total: 1 })
    const seen = await world.get(`/${taken.coverAssetId}/content`, 'neighbour')
    expect([seen.statusCode, seen.headers['content-type']]).toEqual([200, 'image/gif'])
    expect((await take('cover.gif')).coverAssetId).toBe(taken.coverAssetId)
  })

  test('a demo input that is also the cover stays demo data', async () => {
    await take('demo.gif')
    expect((await library('neighbour')).names).toEqual(['demo.gif'])
  })
})
