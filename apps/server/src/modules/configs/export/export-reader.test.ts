import { expect, test } from 'vitest'
import { longest } from '@vitrine/contract'
import { createExportReader } from './export-reader.ts'

const begin = 'vitrine_config: 1\nvalues:\n'
/** Names are compared with each other, so twice as many take four times as long. */
const manyNames = `${begin}${Array.from({ length: 45_000 }, (_, at) => `  custom.k${at}: ${at}\n`).join('')}`
const deep = `${begin}  custom.a: ${'['.repeat(200_000)}${']'.repeat(200_000)}\n`

test('an export is read, and a text that is not an export is reported with the line of the error', async () => {
  const exports = createExportReader()
  expect(await exports.read('anna', `${begin}  custom.a: [1, 2]\n`)).toEqual({
    vitrine_config: 1,
    values: { 'custom.a': [1, 2] },
    descriptions: {},
    secrets: [],
  })
  expect(await exports.read('anna', `${begin}  custom.a: [`)).toMatchObject({ line: 3 })
  expect(await exports.read('anna', 'other: 1')).toMatchObject({ line: null })
})

test.each([
  ['of very many names', manyNames],
  ['that is nested very deep', deep],
])('a text %s ends its thread, and the next export is read', async (_name, text) => {
  expect(text.length).toBeLessThan(longest.configImport)
  const exports = createExportReader({ longestMs: 200 })
  expect(await exports.read('anna', text)).toBe('exceeded')
  expect(await exports.read('anna', `${begin}  custom.a: 1\n`)).toMatchObject({ values: { 'custom.a': 1 } })
})
