import { readMigrationFiles } from 'drizzle-orm/migrator'
import type pg from 'pg'

/** Returns the hashes of the migrations applied to a database; null if it was never migrated. Changes nothing. */
export async function appliedMigrations(client: pg.ClientBase): Promise<string[] | null> {
  const table = 'drizzle.__drizzle_migrations'
  const { rows: found } = await client.query<{ oid: number | null }>('select to_regclass($1) as oid', [table])
  if (found[0]?.oid === null) return null
  const { rows } = await client.query<{ hash: string }>(`select hash from ${table} order by id`)
  return rows.map(({ hash }) => hash)
}

/**
 * How the tables of a database compare with what a build makes of them: the same, older (the build would migrate them),
 * or of another build, which has migrations that this one does not have.
 */
export type SchemaStanding = 'same' | 'older' | 'of another build'

/** The hashes of the migrations of this build. */
export const knownMigrations = (migrationsFolder: string): ReadonlySet<string> =>
  new Set(readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash))

/** The standing of a database with the applied migrations, which are null if it was never migrated. Pure. */
export function schemaStanding(
  known: ReadonlySet<string>,
  applied: readonly string[] | null,
): SchemaStanding {
  if (applied?.some((hash) => !known.has(hash))) return 'of another build'
  return applied?.length === known.size ? 'same' : 'older'
}
