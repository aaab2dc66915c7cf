import { sql } from 'drizzle-orm'
import { afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { OpenDatabase } from './database.ts'

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
    expect(await waitFor(isGone, { timeoutMs: 30_000 })).toBe(true)
    await tx.execute(sql`select 1`)
  })
  await expect(broken).rejects.toThrow()
  expect((await db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }])
})
