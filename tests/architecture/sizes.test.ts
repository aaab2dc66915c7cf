import { expect, test } from 'vitest'
import { filesBelow } from './source-files.ts'

const longest = 300
const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
const endings = ['.ts', '.vue', '.mjs', '.js', '.py', '.css']

test(`no source file is longer than ${longest} lines`, () => {
  const files = folders.flatMap((folder) => filesBelow(folder, endings))
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
  expect(files.length).toBeGreaterThan(100)
  expect(long.filter(({ lines }) => lines > longest)).toEqual([])
})
