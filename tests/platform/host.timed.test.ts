import { afterAll, beforeAll, expect, test } from 'vitest'
import { host } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

let platform: TestPlatform
let admin: ApiClient
beforeAll(async () => {
  platform = await startPlatform({ database: 'own' })
  admin = await platform.admin()
  await admin.publish('measured', echo())
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

test('the machine is described in less than 50 ms', async () => {
  const times: number[] = []
  for (let round = 0; round < 10; round++) {
    const began = performance.now()
    await admin.get('/host', host)
    times.push(performance.now() - began)
  }
  // Other work of the machine may delay some of them, so the fastest of ten counts.
  expect(Math.min(...times)).toBeLessThan(50)
})
