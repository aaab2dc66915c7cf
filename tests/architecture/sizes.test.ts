import { expect, test } from 'vitest'
import { functionsOf } from './functions.ts'
import { filesBelow, isForTests } from './source-files.ts'

const longest = 300
const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
const endings = ['.ts', '.vue', '.mjs', '.js', '.py', '.css']

test(`no source file is longer than ${longest} lines`, () => {
  const files = folders.flatMap((folder) => filesBelow(folder, endings))
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
  expect(files.length).toBeGreaterThan(100)
  expect(long.filter(({ lines }) => lines > longest)).toEqual([])
})

const longestFunction = 50

/** The functions of a file that are too long, as sentences. */
const longFunctions = ({ path, text }: { path: string; text: string }) =>
  functionsOf(path, text)
    .filter(({ lines }) => lines > longestFunction)
    .map(({ name, line, lines }) => `${path}:${line} ${name} has ${lines} lines`)

test(`no function has more than ${longestFunction} lines itself, without those of the functions in it`, () => {
  const code = folders
    .flatMap((folder) => filesBelow(folder, ['.ts', '.mjs']))
    .filter((file) => !isForTests(file))
  const product = code.filter(({ path }) => !path.startsWith('tests/'))
  expect(product.flatMap((file) => functionsOf(file.path, file.text)).length).toBeGreaterThan(2_000)
  expect(product.flatMap(longFunctions)).toEqual([])
})

test('a function is measured without blank lines, comments and the bodies of the functions in it', () => {
  const text = `/** It has five. */
export function outer() {
  // A comment.

  const inner = () => {
    one()
    two()
  }
  return {
    get three() { return inner }, four: 1 }
}`
  expect(functionsOf('outer.ts', text)).toEqual([
    { name: 'outer', line: 2, lines: 5 },
    { name: 'inner', line: 5, lines: 4 },
    { name: 'three', line: 10, lines: 1 },
  ])
})
