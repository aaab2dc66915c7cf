import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld, smallest } from './algorithms.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const long = 'n'.repeat(600_000)
const written = (n: number) => `
name: 回声
version: '${n}'
quality: [准, 快]
parameters: { properties: { notes: { type: string, default: ${long} } } }
translations: { en: { 回声: Echo, 准: Accurate } }
`

test('a list of versions is short however long the manifests are, and is in the language of who asks', async () => {
  for (const n of [1, 2])
    await world.send('', {
      files: { 'ai_algorithm.py': smallest, 'algorithm.yaml': written(n) },
      fields: { algorithm_id: 'long' },
    })
  const list = async (language: string) => {
    const answer = await world.app.inject({
      url: '/api/v1/algorithms/long/versions?page_size=500',
      headers: { 'x-test-role': 'user', 'accept-language': language },
    })
    expect(answer.body.length).toBeLessThan(10_000)
    return answer.json()
  }
  expect(await list('en')).toMatchObject({
    total: 2,
    items: [2, 1].map((n) => ({ number: n, message: `Echo ${n}`, quality: ['Accurate', '快'] })),
  })
  expect(await list('zh')).toMatchObject({
    items: [2, 1].map((n) => ({ number: n, message: `回声 ${n}`, quality: ['准', '快'] })),
  })
})

test('one version has its whole manifest; one that does not exist is a sentence', async () => {
  const version = (await world.get('/long/versions/1')).json()
  expect(version).toMatchObject({ number: 1, manifest: { version: '1' } })
  expect(version.manifest.parameters.properties.notes.default).toBe(long)
  const missing = await world.get('/long/versions/2147483647')
  expect([missing.statusCode, missing.json().error.code]).toEqual([404, 'algorithm.version_not_found'])
  expect((await world.get('/long/versions/2147483648')).statusCode).toBe(422)
})
