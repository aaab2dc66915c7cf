import { afterAll, beforeAll, expect, test } from 'vitest'
import { platformActor } from '../../lib/actor.ts'
import { removeUnshownMedia } from './assets.unshown.ts'
import { openWorld, type World } from './assets.test-world.ts'
import type { AssetUses } from './assets.usecases.ts'
import { importPackageFile } from './keep-asset.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ tools: null })
})
afterAll(() => world.close())

const dayMs = 24 * 3_600_000
/** Brings a file of a package, as a deploy does. */
async function bring(name: string, content: string, origin: 'example' | 'cover' = 'example') {
  await world.write(name, content)
  return importPackageFile(world.deps, { actor: platformActor, path: world.file(name), origin })
}
/** What the hourly work does after so many days. */
const tidy = ({
  days = 0,
  now = new Date(Date.now() + days * dayMs),
  shown = [],
  used = [],
  most,
}: {
  days?: number
  now?: Date
  shown?: readonly string[]
  used?: AssetUses['items']
  most?: number
}) =>
  removeUnshownMedia(
    {
      ...world.deps,
      shownMedia: async () => new Set(shown),
      usesOf: async (assetId) => {
        const items = used.filter(({ id }) => id === assetId)
        return { items, total: items.length }
      },
    },
    { now, ...(most !== undefined && { most }) },
  )
const exists = async ({ id }: { id: string }) => (await world.deps.assets.get(id)) !== null

test('media of packages that nothing shows any more are deleted with their bytes, those of people never', async () => {
  const [demo, cover] = [await bring('a.txt', 'a demo input'), await bring('b.txt', 'a cover', 'cover')]
  const own = (await world.upload('own.txt', 'of a person')).json()
  expect(await tidy({ days: 2, shown: [demo.id] })).toBe(1)
  expect([await exists(demo), await exists(cover), await exists(own)]).toEqual([true, false, true])
  expect(await tidy({ days: 2 })).toBe(1)
  expect([await exists(demo), await exists(own)]).toEqual([false, true])
  expect(await world.objects()).toHaveLength(1)
  await world.change('DELETE', `/${own.id}`)
})

test('a deploy has a day to show what it brought, also if an earlier one had brought it, and what is shown stays as it is', async () => {
  const first = await bring('a.txt', 'brought twice')
  expect(await tidy({ days: 0.9 })).toBe(0)
  expect((await bring('a.txt', 'brought twice')).id).toBe(first.id)
  expect(await tidy({ now: new Date(first.createdAt.getTime() + dayMs + 1) })).toBe(0)
  const again = await world.deps.assets.get(first.id)
  world.uses.push({ kind: 'example', id: first.id, name: 'one' })
  expect((await bring('a.txt', 'brought twice')).createdAt).toEqual(again?.createdAt)
  world.uses.length = 0
  expect(await tidy({ days: 1.1 })).toBe(1)
})

test('what a presentation shows stays, and what only results name stays while there is room, the newest first', async () => {
  const presented = await bring('p.txt', 'presented')
  const older = await bring('o.txt', '0123456789')
  const newer = await bring('n.txt', '9876543210')
  const used: AssetUses['items'] = [
    { kind: 'presentation', id: presented.id, name: 'one' },
    { kind: 'run', id: older.id, name: 'one' },
    { kind: 'comparison', id: newer.id, name: 'one' },
  ]
  expect(await tidy({ days: 2, used, most: 20 })).toBe(0)
  expect(await tidy({ days: 2, used, most: 19 })).toBe(1)
  expect([await exists(presented), await exists(older), await exists(newer)]).toEqual([true, false, true])
})
