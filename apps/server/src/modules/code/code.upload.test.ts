import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { openCodeWorld, refusalOf } from './code.test-world.ts'

let world: Awaited<ReturnType<typeof openCodeWorld>>
beforeAll(async () => {
  world = await openCodeWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
})

test('added files come to those of the newest version, at their whole paths, and replace the same paths', async () => {
  await world.upload('added', { 'a.txt': 'old\n', 'keep.txt': 'keep\n' })
  const answer = await world.add({
    files: { 'docs/new.txt': 'new\n' },
    fields: { algorithm_id: 'added' },
  })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(answer.json()).toMatchObject({
    version: { number: 2, message: 'Upload docs/new.txt' },
    algorithm: { latest_version: 2 },
  })
  await world.add({ files: { 'a.txt': 'new\n' }, fields: { algorithm_id: 'added' } })
  const texts = ['a.txt', 'keep.txt', 'docs/new.txt'].map((path) => world.textOf('added', path))
  expect(await Promise.all(texts)).toEqual(['new\n', 'keep\n', 'new\n'])
})

test('files that are there already add no version', async () => {
  await world.upload('same', { 'a.txt': 'one\n' })
  const answer = await world.add({ files: { 'a.txt': 'one\n' }, fields: { algorithm_id: 'same' } })
  expect(answer.json()).toMatchObject({ version: { number: 1 } })
})

test('an unknown id is registered with the files', async () => {
  const files = { 'ai_algorithm.py': smallest }
  const answer = await world.add({ files, fields: { algorithm_id: 'brand-new' } })
  expect(answer.json()).toMatchObject({ algorithm: { id: 'brand-new', latest_version: 1 } })
})

test('caches are left out and told', async () => {
  await world.upload('caches', {})
  const files = { 'a.txt': '1', '__pycache__/a.pyc': 'x' }
  const { warnings } = (await world.add({ files, fields: { algorithm_id: 'caches' } })).json()
  expect(warnings).toMatchObject([{ code: 'package.left_out', path: '__pycache__' }])
})

test('files without an id, of another person, or that break the package are refused', async () => {
  const base = await world.upload('guarded', { 'dir/a.txt': '' })
  const files = { 'b.txt': '' }
  const fields = { algorithm_id: 'guarded' }
  expect(refusalOf(await world.add({ files }))).toEqual([422, 'request.invalid'])
  expect(refusalOf(await world.add({ files, fields }, 'neighbour'))).toEqual([403, 'algorithm.not_owner'])
  expect(refusalOf(await world.add({ files, fields }, 'limited'))).toEqual([403, 'auth.service_not_allowed'])
  expect(refusalOf(await world.add({ files: { dir: '' }, fields }))).toEqual([422, 'code.path_clash'])
  expect(refusalOf(await world.add({ files: { '../b.txt': '' }, fields }))).toEqual([
    422,
    'upload.path_escapes',
  ])
  expect((await world.history('guarded')).items.map(({ commit }) => commit)).toEqual([base])
})
