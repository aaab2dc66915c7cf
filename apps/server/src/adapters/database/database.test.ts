import { sql } from 'drizzle-orm'
import { afterEach, expect, inject, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import {
  createTestDatabase,
  makeFilledDatabase,
  migrationsFolder,
} from '../../../../../tests/support/test-database.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openDatabase, type OpenDatabase } from './database.ts'

let database: OpenDatabase
afterEach(() => database.close())

test('a connection that breaks during a transaction fails only that transaction', async () => {
  database = await createTestDatabase()
  const { db } = database
  const broken = db.transaction(async (tx) => {
    const { rows } = await tx.execute(sql`select pg_backend_pid() as pid`)
    const pid = Number(rows[0]?.pid)
    await db.execute(sql`select pg_terminate_backend(${pid})`)
    const isGone = async () => {
      const left = await db.execute(sql`select 1 from pg_stat_activity where pid = ${pid}`)
      return left.rows.length === 0
    }
    expect(await waitFor(isGone, { timeoutMs: patienceMs })).toBe(true)
    await tx.execute(sql`select 1`)
  })
  await expect(broken).rejects.toThrow()
  expect((await db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }])
})

test('a connection that breaks before a transaction begins is given back, and another takes its place', async () => {
  const own = await makeFilledDatabase()
  const endItself = 'select pg_terminate_backend(pg_backend_pid())'
  let breaks = false
  const opened = await openDatabase({
    connection: { ...inject('postgres'), database: own.name },
    migrationsFolder,
    onIdleError: () => undefined,
    maxConnections: 1,
    lock: {
      whenSilent: () => undefined,
      // The server ends the connection after it was admitted, before `begin` arrives.
      async admit(client) {
        if (breaks) await client.query(endItself).catch(() => undefined)
      },
    },
  })
  const { db } = opened
  database = { db, close: () => opened.close().then(own.drop) }
  await expect(db.execute(sql.raw(endItself))).rejects.toThrow()
  breaks = true
  await expect(db.transaction((tx) => tx.execute(sql`select 1`))).rejects.toThrow('begin')
  breaks = false
  expect(await db.transaction(async (tx) => (await tx.execute(sql`select 1 as one`)).rows)).toEqual([
    { one: 1 },
  ])
})
