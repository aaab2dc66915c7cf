import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

/** As much code as is read of a package, written to be as slow as possible to read. */
const hostile: PackageFiles = Object.fromEntries(
  Array.from({ length: 32 }, (_none, at) => [
    `m${at}.py`,
    `from fastapi import FastAPI\napp = FastAPI()\n${'def a(): a=b()\n'.repeat(69_000)}`,
  ]),
)

let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

test('a package that takes long to recognise does not delay other requests', async () => {
  const form = await multipart({ files: hostile })
  let isOver = false
  const asked = admin.request('POST', '/algorithms/inspect', { form }).finally(() => (isOver = true))
  const answered: number[] = []
  while (!isOver) {
    const began = performance.now()
    expect((await admin.request('GET', '//healthz')).status).toBe(200)
    answered.push(performance.now() - began)
  }
  const answer = await asked
  const sorted = answered.toSorted((a, b) => a - b)
  // It is recognised in time, or refused because it is not.
  expect([answer.status, await answer.json()]).toMatchObject(
    answer.status === 200
      ? [200, { recognised: 'asgi-app' }]
      : [422, { error: { code: 'algorithm.recognition_exceeded' } }],
  )
  expect(sorted.length).toBeGreaterThan(10)
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(100)
  expect(sorted.at(-1)).toBeLessThan(1_000)
}, 120_000)
