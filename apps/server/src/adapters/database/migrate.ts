import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import { databaseOfAnotherBuild } from './database.errors.ts'
import { appliedMigrations, knownMigrations, schemaStanding } from './schema-standing.ts'

/**
 * The number of the advisory lock for migrations. Two processes that start together must not both migrate.
 */
const migrationLock = 7_306_114_001

/**
 * Migrates the tables of a database. Throws `database.of_another_build` and changes nothing if the database
 * has a migration that is not in the folder.
 */
export async function migrateDatabase(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    const known = knownMigrations(migrationsFolder)
    const standing = schemaStanding(known, await appliedMigrations(client))
    if (standing === 'of another build') throw databaseOfAnotherBuild({})
    // The library writes even if there is nothing to migrate, which a role without rights over tables may not.
    if (standing === 'older') await migrate(drizzle(client, { casing: 'snake_case' }), { migrationsFolder })
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock])
    client.release()
  }
}
