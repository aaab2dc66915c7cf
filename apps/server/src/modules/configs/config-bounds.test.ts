import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { isForgotten, keepWithin } from './config-bounds.ts'
import type { ConfigScope } from './scopes/config-scope.ts'
import { createConfigsRepository } from './configs.repository.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let configs: ReturnType<typeof createConfigsRepository>
beforeAll(async () => {
  database = await createTestDatabase()
  configs = createConfigsRepository(database)
})
afterAll(() => database.close())

let people = 0
const somebody = (): ConfigScope => {
  people += 1
  return {
    type: 'user',
    serviceId: null,
    userId: `00000000-0000-4000-8000-${String(people).padStart(12, '0')}`,
  }
}
/** Text of this many bytes that cannot be compressed well. */
const text = (bytes: number) => randomBytes(bytes / 2).toString('hex')
const set = (scope: ConfigScope, key: string, value: string, reason = '') =>
  configs.write({
    author: { id: '11111111-1111-4111-8111-111111111111', name: 'anna' },
    reason,
    now: new Date(),
    values: [{ scope, key, value, secret: false, description: '' }],
  })
const numbersOf = async (scope: ConfigScope) =>
  (await configs.revisions(scope, { q: '', page: 1, page_size: 100, sort: '' })).items.map(
    ({ number }) => number,
  )

test('the oldest changes beyond a bound are forgotten, but not the last change of each key', async () => {
  const scope = somebody()
  const first = (await set(scope, 'custom.still', 'as it was')) ?? 0
  const second = (await set(scope, 'custom.a', text(4_000))) ?? 0
  const more = []
  for (let n = 0; n < 6; n += 1) more.push((await set(scope, 'custom.a', text(4_000))) ?? 0)
  const bounds = { values: 1e6, changes: 20_000, mostChanges: 1e6 }
  await keepWithin(database.db, [scope], { bounds, held: 0 })
  const kept = await numbersOf(scope)
  expect(kept).toContain(first)
  expect(kept).toContain(more.at(-1))
  expect(kept).not.toContain(second)
  expect(await configs.changesUpTo(scope, more.at(-1) ?? 0)).toHaveLength(2)
  // The state of that time is not known any more, so nobody can return to it.
  expect(await isForgotten(database.db, scope, { revision: second, key: undefined })).toBe(true)
  expect(await isForgotten(database.db, scope, { revision: second, key: 'custom.still' })).toBe(false)
  expect(await isForgotten(database.db, scope, { revision: more.at(-1) ?? 0, key: undefined })).toBe(false)
})

test('a revision without changes is removed, except the newest one', async () => {
  const scope = somebody()
  const gone = (await set(scope, 'custom.a', text(4_000))) ?? 0
  const kept = (await set(scope, 'custom.a', text(4_000))) ?? 0
  await keepWithin(database.db, [scope], {
    bounds: { values: 1e6, changes: 1, mostChanges: 1e6 },
    held: kept,
  })
  await configs.removeEmptyRevisions()
  expect(await configs.hasRevision(gone)).toBe(false)
  expect(await configs.hasRevision(kept)).toBe(true)
  const newest = (await set(scope, 'custom.b', 'x')) ?? 0
  await database.db.execute('delete from config_changes')
  await configs.removeEmptyRevisions()
  expect([await configs.hasRevision(kept), await configs.newest()]).toEqual([false, newest])
})

test('changes of variables are kept as long as an instance may use them', async () => {
  const scope = somebody()
  const numbers = []
  for (let n = 0; n < 6; n += 1) numbers.push((await set(scope, 'env.A', text(4_000))) ?? 0)
  const bounds = { values: 1e6, changes: 10_000, mostChanges: 1e6 }
  await keepWithin(database.db, [scope], { bounds, held: numbers[0] ?? 0 })
  expect(await numbersOf(scope)).toHaveLength(6)
  await expect(
    keepWithin(database.db, [scope], { bounds: { ...bounds, mostChanges: 10_000 }, held: numbers[0] ?? 0 }),
  ).rejects.toMatchObject({ code: 'config.full' })
  await keepWithin(database.db, [scope], { bounds, held: numbers.at(-1) ?? 0 })
  expect((await numbersOf(scope)).length).toBeLessThan(4)
})

test('small values count with their keys, descriptions and rows, so that there cannot be very many', async () => {
  const scope = somebody()
  for (let n = 0; n < 5; n += 1) await set(scope, `custom.${'a'.repeat(150)}${n}`, 'x')
  const within = (values: number) =>
    keepWithin(database.db, [scope], { bounds: { values, changes: 1e6, mostChanges: 1e6 }, held: 0 })
  await expect(within(2_000)).rejects.toMatchObject({ code: 'config.full' })
  await within(3_000)
})

test('the reasons of changes count, and a revision goes with the last of its changes', async () => {
  const scope = somebody()
  const reason = '\u{7406}'.repeat(500)
  const numbers = []
  for (let n = 0; n < 20; n += 1) numbers.push((await set(scope, 'custom.a', `${n}`, reason)) ?? 0)
  const within = (changes: number, mostChanges: number) =>
    keepWithin(database.db, [scope], { bounds: { values: 1e6, changes, mostChanges }, held: 0 })
  await within(20 * 2_500, 1e6)
  expect(await numbersOf(scope)).toHaveLength(20)
  await within(10_000, 1e6)
  expect(await numbersOf(scope)).toHaveLength(4)
  // Nothing is left of the others, so that their reasons take no room either.
  expect(await configs.hasRevision(numbers[0] ?? 0)).toBe(false)
  expect(await configs.hasRevision(numbers.at(-1) ?? 0)).toBe(true)
  await expect(within(1, 1_000)).rejects.toMatchObject({ code: 'config.full' })
})

test('a reason counts for each scope once, however many values its revision changes', async () => {
  const scope = somebody()
  const reason = 'r'.repeat(500)
  const keys = ['custom.a', 'custom.b', 'custom.c', 'custom.d']
  const values = keys.map((key) => ({ scope, key, value: 'x', secret: false, description: '' }))
  const author = { id: '11111111-1111-4111-8111-111111111111', name: 'anna' }
  await configs.write({ author, reason, now: new Date(), values })
  const within = (mostChanges: number) =>
    keepWithin(database.db, [scope], { bounds: { values: 1e6, changes: 1, mostChanges }, held: 0 })
  await expect(within(1_800)).rejects.toMatchObject({ code: 'config.full' })
  await within(2_000)
})

test('the values of a person are bounded, and removing values frees room for new ones', async () => {
  const scope = somebody()
  for (const key of ['custom.a', 'custom.b', 'custom.c', 'custom.d']) await set(scope, key, text(1_000_000))
  await expect(set(scope, 'custom.e', text(1_000_000))).rejects.toMatchObject({ code: 'config.full' })
  expect(await configs.value(scope, 'custom.e')).toBeNull()
  await set(scope, 'custom.a', 'small')
  expect(await set(scope, 'custom.e', text(900_000))).not.toBeNull()
})
