import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../apps/server/src/adapters/database/database.ts'

const migrationsFolder = new URL('../../apps/server/migrations', import.meta.url).pathname

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ ...inject('postgres'), database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A database of the test's own, with all tables and no rows; `close` drops it. */
export async function createTestDatabase(): Promise<OpenDatabase> {
  const server = inject('postgres')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${name} template ${server.database}`)
  const opened = await openDatabase({
    connection: { ...server, database: name },
    migrationsFolder,
    onIdleError: (error) => console.error(error),
    maxConnections: 4,
  })
  const close = async () => {
    await opened.close()
    await administer(`drop database ${name} with (force)`)
  }
  return { db: opened.db, close }
}
