import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { addOwnServer, openDeployWorld } from './deployments.test-world.ts'

const id = 'switching'
let folder: string
let database: OpenDatabase
let world: ReturnType<typeof openDeployWorld>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-switch-'))
  database = await createTestDatabase()
  await addOwnServer(database.db)
  world = openDeployWorld({ db: database.db, folder, becomesReady: true })
  await world.boot()
  await world.deploy(id, {})
  await world.settled()
})
afterEach(async () => {
  await world.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

test('a deploy whose shared settings cannot be written after the switch is served all the same, and the old release ends', async () => {
  const { paths, build, gateway, records, runner } = world
  // The last moment before the switch: the settings have been written once.
  const keep: typeof build.examples.keep = async () => {
    await rm(paths.serviceConfig, { recursive: true })
    await writeFile(paths.serviceConfig, 'no folder')
    return { examples: [], coverAssetId: null }
  }
  build.examples = { ...build.examples, keep }
  const served: (number | null | undefined)[] = []
  gateway.sync = async () => void served.push((await records.services.get(id))?.currentRelease)
  const { id: task } = await world.deploy(id, {})
  await world.settled()
  expect((await world.tasks.get(task))?.task).toMatchObject({ state: 'succeeded' })
  expect(served.at(-1)).toBe(2)
  expect([...(await runner.reports()).keys()]).toEqual([`${id}-r2-1`])
  expect(world.failures).toMatchObject([{ code: 'EEXIST' }])
})
