import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

/** A schema whose pattern takes time that doubles with every letter of a word that does not fit. */
const hostile: PackageFiles = {
  ...echo(),
  'algorithm.yaml': [
    'id: hostile',
    'parameters:',
    '  type: object',
    '  properties:',
    '    word: { type: string, pattern: "^(a+)+$" }',
    '',
  ].join('\n'),
}
const endless = `${'a'.repeat(50)}b`

let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('hostile', hostile)
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const runWith = (word: string) =>
  admin.request('POST', '/runs', {
    json: { service_id: 'hostile', input_data: ['x'], parameters: { word } },
  })

test('a pattern of a package that takes for ever holds up nobody else, and is told as what it is', async () => {
  expect((await runWith('aaa')).status).toBe(202)
  let isOver = false
  const asked = runWith(endless).finally(() => (isOver = true))
  const answered: number[] = []
  while (!isOver) {
    const began = performance.now()
    expect((await admin.request('GET', '//healthz')).status).toBe(200)
    answered.push(performance.now() - began)
  }
  const answer = await asked
  const sorted = answered.toSorted((a, b) => a - b)
  expect(sorted.length).toBeGreaterThan(10)
  // One of twenty may wait for a machine that does other work.
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(100)
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { error: { code: 'run.schema_too_slow', details: { field: 'parameters' } } },
  ])
  expect((await runWith('aaa')).status).toBe(202)
}, 60_000)
