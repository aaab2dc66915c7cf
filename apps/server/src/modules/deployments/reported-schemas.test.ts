import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { JsonSchema, Manifest } from '@vitrine/contract'
import { completeManifest } from '../releases/releases.test-world.ts'
import { storeReportedSchemas, saysNothing, withReported } from './reported-schemas.ts'

const reported = {
  input: { type: 'array' },
  parameters: { type: 'object', properties: { top_k: { title: '显示几个类别' } } },
  translations: { en: { 显示几个类别: 'Classes to show' } },
}
const bare = { form: 'onnx-model', input: {}, parameters: { type: 'object', properties: {} } } as const

/** What is stored with a release when its runtime answers this to `GET /info`. */
async function storedFor(answer: string, changes: Partial<Manifest> = bare) {
  const server = createServer((_request, response) => response.end(answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stored: unknown[] = []
  const update = async (...change: unknown[]) => void stored.push(change)
  const release = { manifest: completeManifest(changes), number: 3 }
  const endpoint = { host: '127.0.0.1', port: address.port }
  await storeReportedSchemas({ releases: { update } }, { service: { id: 'net' }, release }, endpoint)
  return stored
}

test('what a model tells of its input and parameters is stored with the release', async () => {
  const { input, parameters } = reported
  expect(await storedFor(JSON.stringify(reported))).toMatchObject([
    ['net', 3, { manifest: { input, parameters } }],
  ])
})

test.each([
  ['no JSON', 'x'],
  ['no schemas', '{}'],
  ['a schema that is none', JSON.stringify({ ...reported, input: { type: 7 } })],
  ['more than a form can have', JSON.stringify({ ...reported, input: { title: 'x'.repeat(300_000) } })],
])('an answer of %s is not', async (_name, answer) => {
  expect(await storedFor(answer)).toEqual([])
})

test('an algorithm that somebody wrote is not asked', async () => {
  expect(await storedFor(JSON.stringify(reported), { ...bare, form: 'single-file' })).toEqual([])
})

const cases: { schema: JsonSchema; says_nothing: boolean }[] = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../../runtimes/python/tests/schemas_that_say_nothing.json'),
    'utf8',
  ),
)
test.each(cases)('that $schema says nothing is $says_nothing, here and in the runtime', (one) => {
  expect(saysNothing(one.schema)).toBe(one.says_nothing)
})

test('what the manifest says itself stays, and so do its translations', () => {
  const stated = { title: '表格', type: 'array' }
  const translations = { en: { 表格: 'Table', 显示几个类别: 'How many' } }
  expect(withReported(completeManifest({ ...bare, input: stated, translations }), reported)).toMatchObject({
    input: stated,
    parameters: reported.parameters,
    translations,
  })
})
