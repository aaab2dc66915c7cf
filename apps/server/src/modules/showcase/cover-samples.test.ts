import { expect, test, vi } from 'vitest'
import { createReadingMemory } from '../quotas/reading-memory.ts'
import { createCoverCache } from './cover-cache.ts'
import { coverSamples } from './cover-samples.ts'

const result = JSON.stringify({
  status: 'succeeded',
  predictions: [{ index: 0, status: 'succeeded', outputs: [{ name: 'text', kind: 'text', data: 'cat' }] }],
})
const mebibyte = 1024 ** 2
const bounds = { free: 0, patienceMs: 60_000, waitMs: 10 }
const covers = vi.fn(async (ids: readonly string[]) => ids.map((id) => ({ id, input: '"in"', result })))
const wanted = (bytes: number[]) =>
  bytes.map((size, at) => ({ key: `service-${at}`, run: { id: String(at), bytes: size }, words: undefined }))

test('covers are read in parts, each of which finds room before it is read and gives it back', async () => {
  const sizes = [3, 3, 1, 9, 1, 1].map((size) => size * mebibyte)
  const reading = createReadingMemory({ ...bounds, bytes: 40 * mebibyte, perPerson: 40 * mebibyte })
  const samples = await coverSamples(
    { runSamples: { covers }, reading, covers: createCoverCache() },
    { id: 'reader' },
    wanted(sizes),
  )
  expect(covers.mock.calls.map(([ids]) => ids)).toEqual([['0'], ['1', '2'], ['3'], ['4', '5']])
  expect([...samples.keys()]).toHaveLength(6)
  expect(samples.get('service-3')).toMatchObject({ kind: 'text', data: 'cat', input: 'in' })
})

test('without room, nothing is read', async () => {
  covers.mockClear()
  const reading = createReadingMemory({ ...bounds, bytes: 10, perPerson: 10 })
  for (const person of ['one', 'other']) await reading.open(person).take(person === 'one' ? 20 : 10)
  const read = coverSamples(
    { runSamples: { covers }, reading, covers: createCoverCache() },
    { id: 'reader' },
    wanted([100]),
  )
  await expect(read).rejects.toMatchObject({ code: 'quota.reading', status: 503 })
  expect(covers).not.toHaveBeenCalled()
})

test('a run whose values would take much memory has no cover, and the others have theirs', async () => {
  const heavy = `[${'[],'.repeat(mebibyte)}[]]`
  const ofHeavy = vi.fn(async () => [
    { id: '0', input: '"in"', result: `{"predictions":${heavy}}` },
    { id: '1', input: heavy, result },
  ])
  const reading = createReadingMemory({ ...bounds, bytes: 64 * mebibyte, perPerson: 64 * mebibyte })
  const read = { runSamples: { covers: ofHeavy }, reading, covers: createCoverCache() }
  const samples = await coverSamples(read, { id: 'reader' }, wanted([1, 1]))
  expect([...samples.values()]).toEqual([null, expect.objectContaining({ data: 'cat', input: null })])
})

test('a cover is made of a run once, and has the words of whoever reads it', async () => {
  covers.mockClear()
  const reading = createReadingMemory({ ...bounds, bytes: 64 * mebibyte, perPerson: 64 * mebibyte })
  const deps = { runSamples: { covers }, reading, covers: createCoverCache() }
  const [first] = wanted([1])
  if (!first) throw new Error('nothing is wanted')
  const read = async (words: Record<string, string>) =>
    (await coverSamples(deps, { id: 'reader' }, [{ ...first, words }])).get(first.key)
  expect(await read({ cat: '猫' })).toMatchObject({ data: 'cat', words: { cat: '猫' } })
  expect(await read({ cat: 'Katze' })).toMatchObject({ data: 'cat', words: { cat: 'Katze' } })
  expect(covers).toHaveBeenCalledTimes(1)
})
