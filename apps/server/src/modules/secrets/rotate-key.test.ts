import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { openSealingKeys } from '../../lib/sealing-keys.ts'
import { createSecretsRepository } from './secrets.repository.ts'
import { addSecretRoutes } from './secrets.routes.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'rotate-key-'))
})
afterAll(async () => {
  await database?.close()
  await rm(folder, { recursive: true, force: true })
})

test('only administrators change the key of the secrets, not everybody who may change the configuration', async () => {
  const keys = await openSealingKeys(folder, null)
  const app = await createTestApp()
  addSecretRoutes(app, { secrets: createSecretsRepository(database), keys })
  const rotate = (role: string) =>
    app.inject({ method: 'POST', url: '/api/v1/config/rotate-key', headers: { 'x-test-role': role } })
  const sealed = keys.seal('of before')
  const refused = await rotate('configurer')
  expect([refused.statusCode, refused.json().error?.code]).toEqual([403, 'auth.administrators_only'])
  expect(keys.open(sealed)).toBe('of before')
  expect((await rotate('admin')).statusCode).toBe(200)
  // The key that sealed it is gone.
  expect(() => keys.open(sealed)).toThrow()
  await app.close()
})
