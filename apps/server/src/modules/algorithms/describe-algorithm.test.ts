import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, smallest } from './algorithms.test-world.ts'
import { describeByCommit } from './describe-algorithm.ts'

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Uploads an algorithm with a name, and resolves with the commit. */
const upload = async (id: string, name: string, note = name): Promise<string> => {
  const yaml = `name: ${name}\ndescription: ${name} does it\ntranslations: {en: {${name}: English ${name}}}\n`
  const files = { 'ai_algorithm.py': smallest, 'algorithm.yaml': yaml, 'note.txt': note }
  const answer = await world.send('', { files, fields: { algorithm_id: id } })
  expect(answer.statusCode).toBe(201)
  return answer.json().version.commit
}
const shown = async (id: string) => {
  const { name, description } = (await world.get(`/${id}`)).json()
  return { name, description }
}
const wordsOf = (name: string) => ({ name, description: `${name} does it` })

test('an algorithm that no service runs is described by its newest version', async () => {
  await upload('unused', 'first')
  await upload('unused', 'second')
  expect(await shown('unused')).toEqual(wordsOf('second'))
})

test('while a service runs an algorithm, an upload does not describe it before it serves', async () => {
  await upload('served', 'old')
  world.inUse.set('served', 'served')
  const commit = await upload('served', 'new')
  expect(await shown('served')).toEqual(wordsOf('old'))
  await describeByCommit(world.deps.algorithms, 'served', commit)
  expect(await shown('served')).toEqual(wordsOf('new'))
})

test('a translation of the old name is shown as long as the old name', async () => {
  await upload('translated', 'old')
  world.inUse.set('translated', 'translated')
  await upload('translated', 'new')
  const english = { 'x-test-role': 'user', 'accept-language': 'en' }
  const answer = await world.app.inject({ url: '/api/v1/algorithms/translated', headers: english })
  expect(answer.json().name).toBe('English old')
})

test('a title that was changed by hand stays until a version that serves states a different one', async () => {
  await upload('by-hand', 'old')
  world.inUse.set('by-hand', 'by-hand')
  await world.change('PATCH', '/by-hand', 'user', { name: 'mine' })
  await describeByCommit(world.deps.algorithms, 'by-hand', await upload('by-hand', 'old', 'another note'))
  expect((await shown('by-hand')).name).toBe('mine')
  await describeByCommit(world.deps.algorithms, 'by-hand', await upload('by-hand', 'new'))
  expect((await shown('by-hand')).name).toBe('new')
})

test('the name that was given with a second upload of the same files counts once they serve', async () => {
  const files = { 'ai_algorithm.py': smallest }
  await world.send('', { files, fields: { algorithm_id: 'same', name: 'first' } })
  world.inUse.set('same', 'same')
  const again = await world.send('', { files, fields: { algorithm_id: 'same', name: 'second' } })
  expect((await shown('same')).name).toBe('first')
  await describeByCommit(world.deps.algorithms, 'same', again.json().version.commit)
  expect((await shown('same')).name).toBe('second')
})
