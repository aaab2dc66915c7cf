import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { addOwnServer, openDeployWorld } from './deployments.test-world.ts'
import type { DeployRequest } from './plan-deploy.ts'

/**
 * A world with a folder and a database of its own, in which a service serves its first release. It has a file of its own, because the
 * world is also opened by a program that no test runner has started, and only a test runner has test databases.
 */
export async function openServing(serviceId: string, config: DeployRequest['config'] = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-serving-'))
  const { db, close } = await createTestDatabase()
  await addOwnServer(db)
  const world = openDeployWorld({ db, folder, becomesReady: true })
  await world.boot()
  await world.deploy(serviceId, config)
  await world.settled()
  return {
    ...world,
    folder,
    async close(): Promise<void> {
      await world.close()
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
