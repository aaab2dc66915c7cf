import { mkdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { ask } from './gateway.test-client.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { bearer, revoke } from './revocation.test-suite.ts'

/** Lets every write of a file fail, as on a full disk: a folder is in its place. Returns what ends this. */
export async function cannotBeWritten(file: string): Promise<() => Promise<void>> {
  await rm(file, { force: true })
  await mkdir(join(file, 'in-the-way'), { recursive: true })
  return async () => {
    await rmdir(join(file, 'in-the-way'))
    await rmdir(file)
  }
}

/** Tests that what is applied is in force even if it cannot be written, and is written later. */
export function testUnwritten(createGateway: CreateGateway): void {
  describe('where files cannot be written', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    const written = (file: string) => readFile(file, 'utf8').catch(() => '')

    test('a login is revoked at once, and the list is written when that is possible again', async () => {
      await world.serve([route('a', [await world.instance()], { auth: 'required' })])
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [] })
      const headers = bearer(await world.token({ sid: 's1' }))
      expect((await ask(world.port, '/ai/a/', { headers })).status).toBe(200)
      const end = await cannotBeWritten(world.files.keys)
      await world.gateway.applyKeys({ version: 1, keys: [], revoked: [revoke('session:s1')] })
      expect((await ask(world.port, '/ai/a/', { headers })).status).toBe(401)
      await end()
      await expect.poll(() => written(world.files.keys), { timeout: patienceMs }).toContain('session:s1')
    })

    test('a table is followed at once, and written when that is possible again', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const end = await cannotBeWritten(world.files.table)
      await world.serve([route('a', [upstream], { state: 'stopped' })])
      const answer = await ask(world.port, '/ai/a/')
      expect([answer.status, answer.code()]).toEqual([503, 'service.stopped'])
      await end()
      await expect.poll(() => written(world.files.table), { timeout: patienceMs }).toContain('"stopped"')
    })
  })
}
