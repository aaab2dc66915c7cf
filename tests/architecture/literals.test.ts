import { expect, test } from 'vitest'
import { filesBelow } from './source-files.ts'

const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
/** A spread of an object that is written there. A condition before it, as in `...(x && { x })`, is another matter. */
const spreadLiteral = /\.\.\.\{/

test('no object literal is spread into another one: its fields stand there themselves', () => {
  const files = folders.flatMap((folder) => filesBelow(folder, ['.ts', '.vue', '.mjs']))
  const offences = files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (spreadLiteral.test(line) ? [`${path}:${at + 1}`] : [])),
  )
  expect(files.length).toBeGreaterThan(1_000)
  expect(offences).toEqual([])
})
