import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { makeTestDatabase, migrationsFolder } from '../../../../tests/support/test-database.ts'
import type { DatabaseConnection } from '../adapters/database/connection.ts'
import { ControlLock } from '../adapters/database/control-lock.ts'
import { migrateNow } from './migrate-now.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A database without tables, and what reaches it. */
async function emptyDatabase() {
  const database = await makeTestDatabase()
  ends.push(database.drop)
  const connection = { ...inject('postgres'), database: database.name }
  const query = async (text: string) => {
    const client = new pg.Client(connection)
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const migrate = (waitMs = 0) =>
    migrateNow({ connection, migrationsFolder, onWait: () => undefined, waitMs })
  return { database, connection, query, migrate }
}
/** The lock of a control plane that works on a database. */
const lead = (connection: DatabaseConnection, times?: { waitMs: number }) =>
  ControlLock.acquire({
    connection,
    owner: { host: 'machine', pid: 1, dataFolder: '', token: 'a' },
    onWait: () => undefined,
    onLost: () => undefined,
    onRegained: () => undefined,
    onTaken: () => undefined,
    ...(times && { times }),
  })
const tables = `select count(*)::int as count from information_schema.tables where table_schema = 'public'`

test('it makes the tables, leaves the lock to the next control plane, and may be repeated', async () => {
  const { connection, query, migrate } = await emptyDatabase()
  await migrate()
  const made = await query(tables)
  expect(made[0]).toMatchObject({ count: expect.any(Number) })
  await migrate()
  expect(await query(tables)).toEqual(made)
  const lock = await lead(connection, { waitMs: 0 })
  await lock.close()
})

test('while a control plane works there, it is refused and changes nothing', async () => {
  const { connection, query, migrate } = await emptyDatabase()
  const lock = await lead(connection)
  ends.push(() => lock.close())
  await expect(migrate()).rejects.toMatchObject({ code: 'database.held' })
  expect(await query(tables)).toEqual([{ count: 0 }])
})

test('after it, a role that may not change tables opens the database', async () => {
  const { database, connection, query, migrate } = await emptyDatabase()
  await migrate()
  const role = `limited_${randomUUID().replaceAll('-', '')}`
  await query(`create role ${role} login password 'a password'`)
  ends.push(async () => {
    await query(`drop owned by ${role}`)
    await query(`drop role ${role}`)
  })
  // As the guide of deploy/kubernetes says it.
  await query(`
    grant usage on schema public, drizzle to ${role};
    grant select, insert, update, delete on all tables in schema public to ${role};
    grant usage, select on all sequences in schema public to ${role};
    grant select on all tables in schema drizzle to ${role};`)
  const { host } = connection
  const url = `postgresql://${role}:a%20password@/${database.name}?host=${encodeURIComponent(host)}`
  await expect(
    migrateNow({ connection: { url }, migrationsFolder, onWait: () => undefined, waitMs: 0 }),
  ).resolves.toBeUndefined()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await expect(client.query('create table public.made (id integer)')).rejects.toThrow('permission denied')
  await client.end()
})
