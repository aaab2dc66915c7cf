import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { checkContents } from './assets.contents.ts'
import { openWorld, type World } from './assets.test-world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ tools: null })
})
afterAll(() => world.close())

const away = new Error('away')

test('bytes whose row could not be stored are removed by the hourly work', async () => {
  const refused = vi.spyOn(world.deps.assets, 'insert').mockRejectedValueOnce(away)
  expect((await world.upload('a.txt', 'without a row')).statusCode).toBeGreaterThanOrEqual(400)
  refused.mockRestore()
  expect(await world.objects()).toHaveLength(1)
  await checkContents(world.deps)
  expect(await world.objects()).toEqual([])
})

test('bytes that could not be deleted with their last asset are deleted by the hourly work', async () => {
  const { id } = (await world.upload('a.txt', 'to be deleted')).json()
  const refused = vi.spyOn(world.deps.objects, 'delete').mockRejectedValueOnce(away)
  expect((await world.change('DELETE', `/${id}`)).statusCode).toBe(500)
  refused.mockRestore()
  expect((await world.get(`/${id}`)).statusCode).toBe(404)
  expect(await world.objects()).toHaveLength(1)
  await checkContents(world.deps)
  expect(await world.objects()).toEqual([])
})

test('bytes that an asset has stay, also if another one with the same content was deleted, and are looked at once', async () => {
  const [first, second] = [await world.upload('a.txt', 'shared'), await world.upload('b.txt', 'shared')]
  expect((await world.change('DELETE', `/${first.json().id}`)).statusCode).toBe(204)
  await checkContents(world.deps)
  expect(await checkContents(world.deps)).toBe(0)
  expect((await world.get(`/${second.json().id}/content`)).body).toBe('shared')
  expect((await world.change('DELETE', `/${second.json().id}`)).statusCode).toBe(204)
  expect([await world.objects(), await checkContents(world.deps)]).toEqual([[], 0])
})
