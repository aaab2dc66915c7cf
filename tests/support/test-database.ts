import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../apps/server/src/adapters/database/database.ts'

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ ...inject('postgres'), database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The folder of all migrations. */
export const migrationsFolder = new URL('../../apps/server/migrations', import.meta.url).pathname

type TestDatabase = {
  name: string
  /** For `DATABASE_URL`. */
  url: string
  /** Applies the migrations of a folder. May be called again after the pool is closed. */
  open: (folder: string) => Promise<OpenDatabase>
  drop: () => Promise<void>
}

/** Creates a database for one test: without tables, or as a copy of another. */
export async function makeTestDatabase(template = 'template0'): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // Its files are copied: the other way, through the log of changes, takes twice the processor time.
  await administer(`create database ${name} template ${template} strategy file_copy`)
  const { host, user, password } = inject('postgres')
  return {
    name,
    url: `postgresql://${user}:${password}@/${name}?host=${encodeURIComponent(host)}`,
    open: (folder) =>
      openDatabase({
        connection: { ...inject('postgres'), database: name },
        migrationsFolder: folder,
        onIdleError: (error) => console.error(error),
        maxConnections: 4,
      }),
    drop: () => administer(`drop database ${name} with (force)`),
  }
}

/** Creates a database for one test, with all tables and no rows. */
export const makeFilledDatabase = (): Promise<TestDatabase> => makeTestDatabase(inject('postgres').database)

/** Creates a database as {@link makeFilledDatabase} does, and opens it. `close` drops it. */
export async function createTestDatabase(): Promise<OpenDatabase> {
  const database = await makeFilledDatabase()
  const opened = await database.open(migrationsFolder)
  const close = async () => {
    await opened.close()
    await database.drop()
  }
  return { db: opened.db, close }
}
