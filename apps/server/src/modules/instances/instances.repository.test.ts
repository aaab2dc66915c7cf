import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { createInstancesRepository } from './instances.repository.ts'
import { completeManifest } from '../releases/releases.test-world.ts'

let database: OpenDatabase
beforeEach(async () => {
  database = await createTestDatabase()
  const owner = '11111111-1111-4111-8111-111111111111'
  await database.db.execute(sql`insert into algorithms (id, name, task, description, owner_id, owner_name)
    values ('echo', 'Echo', 'other', '', ${owner}, 'someone')`)
  await database.db.execute(sql`insert into algorithm_services
    (id, name, algorithm_id, desired, mode, options, owner_id, owner_name)
    values ('a', 'A', 'echo', 'running', 'local', '{}', ${owner}, 'someone')`)
  await database.db
    .execute(sql`insert into releases (service_id, number, commit, manifest, config, status, created_by)
    values ('a', 2, 'c', ${JSON.stringify(completeManifest())}, '{}', 'active', 'someone')`)
})
afterEach(() => database.close())

test('an instance has an id that was never used before, and a separate log from another instance of its replica', async () => {
  const rows = createInstancesRepository({ db: database.db })
  const add = (...replicas: number[]) =>
    rows.insert(
      { serviceId: 'a', number: 2 },
      replicas.map((replica) => ({
        replica,
        mode: 'local' as const,
        limits: {},
        network: 'all' as const,
        onTrial: true,
      })),
    )
  const first = await add(1)
  await rows.delete('a-r2-1')
  const second = await add(1, 2)
  const beside = await add(1, 2)
  expect([...first, ...second, ...beside].map(({ id, logPart }) => [id, logPart])).toEqual([
    ['a-r2-1', ''],
    ['a-r2-2', ''],
    ['a-r2-3', ''],
    ['a-r2-4', 'b1'],
    ['a-r2-5', 'b1'],
  ])
})
