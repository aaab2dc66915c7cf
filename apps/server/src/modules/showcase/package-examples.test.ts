import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asset, pageOf } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openWorld, type World } from '../assets/assets.test-world.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { createPackageExamples } from './package-examples.ts'

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

  /** What the package of an algorithm of the person `user` shows. */
  const examplesOf = () => createPackageExamples({ ...world.deps, ownerOf: async () => testActor('user').id })
  const take = (cover: string) => {
    const examples = [{ name: 'demo', input_data: ['demo.gif'], parameters: {} }]
    const manifest = { ...completeManifest(), input: { 'x-kind': 'image' }, examples, cover }
    return examplesOf().keep({ algorithmId: 'demo', manifest, packageFolder })
  }
  const naming = (asset_id: string) => {
    // At any depth, because an element may be an object of several inputs.
    const examples = [{ name: 'demo', input_data: [{ image: { asset_id } }], parameters: {} }]
    const manifest = { ...completeManifest(), input: { 'x-kind': 'json' }, examples }
    return { algorithmId: 'demo', manifest, packageFolder }
  }
  const takeNamed = (asset_id: string) => examplesOf().keep(naming(asset_id))
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

  test('it can show media of the platform only if they are its owner’s or came with a package', async () => {
    const upload = async (role: string) =>
      asset.parse((await world.upload('mine.txt', `words of ${role}`, role)).json()).id
    const own = await upload('user')
    const shown = await takeNamed(own)
    expect(shown.examples[0]?.input_data).toEqual([{ image: { asset_id: own } }])
    const brought = (await take('cover.gif')).examples[0]?.preview_asset_id ?? ''
    await expect(takeNamed(brought)).resolves.toBeDefined()
    const unknown = '33333333-3333-4333-8333-333333333333'
    for (const id of [await upload('neighbour'), unknown]) {
      const refusal = { code: 'deploy.example_media', details: { asset_id: id } }
      await expect(takeNamed(id)).rejects.toMatchObject(refusal)
      await expect(examplesOf().check(naming(id))).rejects.toMatchObject(refusal)
    }
  })

  test('a demo input that is also the cover stays demo data', async () => {
    await take('demo.gif')
    expect((await library('neighbour')).names).toEqual(['demo.gif'])
  })
})
