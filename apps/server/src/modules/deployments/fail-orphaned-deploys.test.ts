import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { usualConfig } from '../releases/releases.test-world.ts'
import { addOwnServer, openDeployWorld, ownServer } from './deployments.test-world.ts'

let folder: string
let database: OpenDatabase
let opened: ReturnType<typeof openDeployWorld>[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-left-'))
  database = await createTestDatabase()
  opened = []
  await addOwnServer(database.db)
})
afterEach(async () => {
  for (const world of opened) await world.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

async function nextControlPlane() {
  const world = openDeployWorld({ db: database.db, folder, becomesReady: true })
  opened.push(world)
  await world.boot()
  return world
}

test('a release that is deploying without a task has failed after the next start, and its port is free', async () => {
  const first = await nextControlPlane()
  await first.deploy('left', { port: 8100 })
  await first.settled()
  // What a failed undo leaves: the task has ended, and nothing of the release was stored.
  const made = { commit: 'commit-2', manifest: ownServer, config: usualConfig, createdBy: 'somebody' }
  await first.records.releases.insertNext({ serviceId: 'left', serviceChange: { frontPort: 8200 }, ...made })
  await first.ports.ports.enterFront(8200, 'left')

  const { records, ports } = await nextControlPlane()
  const release = await records.releases.get('left', 2)
  expect([release?.status, release?.failure?.en]).toEqual(['failed', expect.stringContaining('undoing it')])
  expect((await ports.ports.frontsOf('left')).map(({ port }) => port)).toEqual([8100])
  expect((await records.services.get('left'))?.currentRelease).toBe(1)
})
