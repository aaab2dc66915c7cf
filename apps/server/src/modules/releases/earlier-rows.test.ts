import { rm } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test } from 'vitest'
import {
  makeTestDatabase,
  migrationsBefore,
  migrationsFolder,
} from '../../../../../tests/support/test-database.ts'
import type { Database } from '../../adapters/database/database.ts'
import { needsAdjusting } from '../instances/plan-instances.ts'
import { createPortsRepository } from '../ports/ports.repository.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { createInstancesRepository } from './instances.repository.ts'
import { createReleasesRepository } from './releases.repository.ts'
import { completeManifest } from './releases.test-world.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A service that serves as release 2 on one instance, and a temporary instance of release 1. */
async function addService(db: Database): Promise<void> {
  const owner = '11111111-1111-4111-8111-111111111111'
  const options = { frontHost: '127.0.0.1', auth: 'required', timeoutS: 60, rateLimit: null, bodyMb: 1 }
  await db.execute(sql`insert into algorithms (id, name, task, description, owner_id, owner_name)
    values ('echo', 'Echo', 'other', '', ${owner}, 'someone')`)
  await db.execute(sql`insert into algorithm_services
    (id, name, algorithm_id, desired, mode, front_port, current_release, options, owner_id, owner_name)
    values ('a', 'A', 'echo', 'running', 'local', 8001, 2, ${JSON.stringify(options)}, ${owner}, 'someone')`)
  for (const [number, status] of [
    [1, 'retired'],
    [2, 'active'],
  ] as const)
    await db.execute(sql`insert into releases (service_id, number, commit, manifest, status, created_by)
      values ('a', ${number}, 'c', ${JSON.stringify(completeManifest())}, ${status}, 'someone')`)
  await db.execute(sql`insert into instances (id, service_id, release, replica, port)
    values ('a-r2-1', 'a', 2, 1, 18001)`)
  await db.execute(sql`insert into ports (port, kind, state, service_id, release, temporary) values
    (8001, 'front', 'reserved', 'a', null, false), (18001, 'instance', 'reserved', 'a', 2, false),
    (18002, 'instance', 'reserved', 'a', 1, true)`)
}

test('an instance of a version without replicas is one of one replica, keeps its port, and its name is not given again', async () => {
  const database = await makeTestDatabase()
  ends.push(database.drop)
  const folder = await migrationsBefore('0001_running_hundreds')
  ends.push(() => rm(folder, { recursive: true }))
  const before = await database.open(folder)
  await addService(before.db)
  await before.close()
  const { db, close } = await database.open(migrationsFolder)
  ends.push(close)

  const instanceRows = createInstancesRepository({ db })
  const [service, release, rows] = [
    await createServicesRepository({ db }).get('a'),
    await createReleasesRepository({ db }).get('a', 2),
    await instanceRows.list('a'),
  ]
  expect(rows).toMatchObject([
    { id: 'a-r2-1', release: 2, replica: 1, port: 18_001, mode: 'local', limits: {}, onTrial: false },
  ])
  expect(service && release && needsAdjusting(service, release, rows)).toBe(false)
  const ports = createPortsRepository({ db })
  await ports.releaseUnclaimed()
  expect((await ports.all()).map(({ port, instanceId }) => [port, instanceId])).toEqual([
    [8001, null],
    [18_001, 'a-r2-1'],
  ])
  const second = { replica: 2, mode: 'local' as const, limits: {}, onTrial: true }
  const [made] = await instanceRows.insert({ serviceId: 'a', number: 2 }, [second])
  expect(made?.id).toBe('a-r2-2')
  // Its log has the files that the first instance of each replica has; one beside another of the same replica has others.
  const again = [1, 2].map((replica) => ({ ...second, replica }))
  const beside = await instanceRows.insert({ serviceId: 'a', number: 2 }, again)
  expect([rows[0], made, ...beside].map((row) => row?.logPart)).toEqual(['', '', 'b1', 'b1'])
})
