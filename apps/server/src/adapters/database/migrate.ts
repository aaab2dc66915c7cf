import { drizzle } from 'drizzle-orm/node-postgres'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import { databaseOfAnotherBuild } from './database.errors.ts'

/**
 * The number of the advisory lock for migrations. Two processes that start together must not both migrate.
 */
const migrationLock = 7_306_114_001

/** Returns the hashes of the migrations applied to a database; null if it was never migrated. */
async function appliedMigrations(client: pg.PoolClient): Promise<string[] | null> {
  const table = 'drizzle.__drizzle_migrations'
  const { rows: found } = await client.query<{ oid: number | null }>('select to_regclass($1) as oid', [table])
  if (found[0]?.oid === null) return null
  const { rows } = await client.query<{ hash: string }>(`select hash from ${table} order by id`)
  return rows.map(({ hash }) => hash)
}

/**
 * Migrates the tables of a database. Throws `database.of_another_build` and changes nothing if the database
 * has a migration that is not in the folder.
 */
export async function migrateDatabase(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    const known = new Set(readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash))
    const applied = await appliedMigrations(client)
    if (applied?.some((hash) => !known.has(hash))) throw databaseOfAnotherBuild({})
    await migrate(drizzle(client, { casing: 'snake_case' }), { migrationsFolder })
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock])
    client.release()
  }
}
