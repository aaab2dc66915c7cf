import { expect, test } from 'vitest'
import { filesBelow } from './source-files.ts'

const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
/** A module of Node that a test file replaces, but for `dns/promises`: tests look up no names but those of this machine. */
const replacing = /\bvi\.mock\('node:(?!dns\/promises')/

test('no test replaces a module of Node: the tests after it in its process would get it as well', () => {
  const files = folders
    .flatMap((folder) => filesBelow(folder, ['.ts']))
    .filter(({ path }) => path.includes('.test'))
  expect(files.length).toBeGreaterThan(900)
  expect(files.filter(({ text }) => replacing.test(text)).map(({ path }) => path)).toEqual([])
})
