import { expect, test } from 'vitest'
import { threadTimeMs } from '../../../lib/thread-time.test-setup.ts'
import { inspect } from './package.test-view.ts'
import { readPackage } from './package-reading.ts'

test('a package with very many files is read in part, those nearest to its top first', async () => {
  const asked: string[] = []
  const files = Array.from({ length: 10_000 }, (_none, index) => ({ path: `a/b/m${index}.py`, size: 10 }))
  const reading = readPackage({
    files: [...files, { path: 'top.py', size: 10 }],
    readText: async (path) => {
      asked.push(path)
      return 'x = 1\n'
    },
  })
  await reading.modulesWith(/nothing/)
  expect([asked.length, asked[0]]).toEqual([2_000, 'top.py'])
})

test('a file that cannot be read as text is no module, and a file is read once', async () => {
  let asked = 0
  const reading = readPackage({
    files: [
      { path: 'large.py', size: 50 * 1024 ** 2 },
      { path: 'a.py', size: 10 },
    ],
    readText: async (path) => {
      asked += 1
      return path === 'a.py' ? 'from fastapi import FastAPI\n' : null
    },
  })
  expect(await reading.module('large.py')).toBeNull()
  const [first, again] = [await reading.module('a.py'), await reading.module('a.py')]
  expect(first).toBe(again)
  expect(asked).toBe(2)
})

const webApp = 'from fastapi import FastAPI\napp = FastAPI()\n'

test.each<[string, Record<string, string>]>([
  ['brackets without an end', { 'main.py': `app = FastAPI(${'('.repeat(50_000)}` }],
  ['imports of each other', { 'a.py': 'from b import app\n', 'b.py': 'from a import app\napp = FastAPI\n' }],
  [
    'a long line of spaces',
    { 'main.py': `from${' '.repeat(200_000)}\nfrom fastapi import FastAPI\napp = FastAPI()\n` },
  ],
  [
    'a long line of dots',
    { 'main.py': `from fastapi import FastAPI\napp = FastAPI()\nfrom ${'.'.repeat(200_000)} x\n` },
  ],
  [
    'a long text before it serves',
    {
      'main.py': `from fastapi import FastAPI\napp = FastAPI()\nif __name__ == "__main__":\n    "${'x'.repeat(200_000)}"\n    app.run()\n`,
    },
  ],
  [
    'many options of node',
    {
      'package.json': `{"dependencies": {"express": "4"}, "scripts": {"start": "node ${'--a '.repeat(200)}"}}`,
    },
  ],
  [
    'many calls that listen',
    {
      'package.json': '{"dependencies": {"express": "4"}, "scripts": {"start": "node a.js"}}',
      'a.js': 'app.listen({ '.repeat(20_000),
    },
  ],
  [
    'very many imports in one line',
    { 'main.py': `import ${'a,'.repeat(200_000)}b\nfrom fastapi import FastAPI\napp = FastAPI()\n` },
  ],
  [
    'very many imports',
    { 'main.py': `from fastapi import FastAPI\n${'import a\n'.repeat(50_000)}app = FastAPI()\n` },
  ],
  [
    'very many services',
    { 'service.py': `import bentoml\n${'@bentoml.service\nclass A: pass\n'.repeat(5_000)}` },
  ],
  ['only decorators', { 'main.py': '@app.route("/")\n'.repeat(20_000) }],
  [
    'requirements that include each other',
    {
      'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
      'requirements.txt': '-r requirements.txt\n-r b.txt\n',
      'b.txt': '-r requirements.txt\n',
    },
  ],
  ['many definitions whose brackets do not fit', { 'main.py': `${webApp}${'def a[)\n'.repeat(20_000)}` }],
  ['a very long name with dots and spaces', { 'main.py': `${webApp}${'a . '.repeat(20_000)}` }],
  [
    'one long word before it serves',
    { 'main.py': `${webApp}if __name__ == "__main__":\n    ${'load'.repeat(20_000)}\n    app.run()\n` },
  ],
  [
    'exports without an end',
    { 'package.json': '{"main": "a.js"}', 'a.js': `module.exports = {${' '.repeat(200_000)}` },
  ],
  [
    'a call with very many ports',
    { 'start.sh': 'python main.py', 'main.py': `${webApp}uvicorn.run(${'port=x,'.repeat(20_000)})` },
  ],
  [
    'very many applications and commands',
    {
      'run.sh': 'uvicorn a.b:c\n'.repeat(5_000),
      'main.py': Array.from({ length: 5_000 }, (_none, at) => `a${at} = FastAPI()\n`).join(''),
    },
  ],
  ['very many classes without a body', { 'a.py': 'class A\n'.repeat(100_000) }],
  ['very many servers that do not serve', { 'main.py': 'HTTPServer()\n'.repeat(20_000) }],
  [
    'a function that returns very much',
    { 'main.py': `${webApp}def create_app():\n${' a=b()\n return c\n'.repeat(20_000)}` },
  ],
  [
    'broken files of other tools',
    {
      'package.json': '{',
      'cog.yaml': ': [',
      MLmodel: '\t{',
      Procfile: 'web:',
      'pyproject.toml': '[project\ndependencies = [',
    },
  ],
  ['a file of 1 MiB of small functions', { 'main.py': `${webApp}${'def a(): a=b()\n'.repeat(69_000)}` }],
])('odd packages are read without an error and in little time: %s', async (_name, files) => {
  const begun = threadTimeMs()
  expect(await inspect(files)).toHaveProperty('recognised')
  // The slowest takes a quarter of this, in processor time.
  expect(threadTimeMs() - begun).toBeLessThan(1_000)
})
