import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
})

type Listed = { path: string }
const inspect = async (files: Record<string, string>) =>
  (
    await world.send(
      '/inspect',
      { files, fields: { algorithm_id: 'neat' } },
      { 'x-test-role': 'user', 'accept-language': 'en' },
    )
  ).json()

test('files that .gitignore names are left out, and the answer says how many and which', async () => {
  const { files, warnings } = await inspect({
    'pkg/ai_algorithm.py': smallest,
    'pkg/.gitignore': '*.log\n/out/\n!keep.log\n',
    'pkg/a.log': 'x',
    'pkg/keep.log': 'x',
    'pkg/out/1.txt': 'x',
    'pkg/out/2.txt': 'x',
    'pkg/sub/.gitignore': 'data.csv\n',
    'pkg/sub/data.csv': 'x',
    'pkg/data.csv': 'x',
  })
  expect(files.map(({ path }: Listed) => path)).toEqual([
    ...['.gitignore', 'ai_algorithm.py', 'data.csv', 'keep.log', 'sub/.gitignore'],
  ])
  expect(warnings).toMatchObject([
    {
      code: 'package.ignored',
      message: '4 files were left out, because .gitignore names them: pkg/a.log, pkg/out/, pkg/sub/data.csv',
    },
  ])
})

test('without .gitignore nothing is left out, and one that names nothing here says nothing', async () => {
  expect((await inspect({ 'ai_algorithm.py': smallest, 'a.log': 'x' })).files).toHaveLength(2)
  const { files, warnings } = await inspect({ 'ai_algorithm.py': smallest, '.gitignore': '*.tmp\n' })
  expect([files.length, warnings]).toEqual([2, []])
})

test('a package all of which is ignored is recognised as nothing', async () => {
  const { recognised } = await inspect({ 'ai_algorithm.py': smallest, '.gitignore': '*.py\n' })
  expect(recognised).toBeNull()
})
