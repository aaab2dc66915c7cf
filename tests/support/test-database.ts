import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { z } from 'zod'
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

const journal = z.object({ entries: z.array(z.object({ tag: z.string() }).loose()) }).loose()

/** A folder of the migrations that came before one, by its tag, as an earlier version had them. */
export async function migrationsBefore(tag: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-migrations-'))
  const path = join('meta', '_journal.json')
  const all = journal.parse(JSON.parse(await readFile(join(migrationsFolder, path), 'utf8')))
  const entries = all.entries.slice(
    0,
    all.entries.findIndex((entry) => entry.tag === tag),
  )
  await mkdir(join(folder, 'meta'))
  await writeFile(join(folder, path), JSON.stringify({ ...all, entries }))
  for (const entry of entries)
    await copyFile(join(migrationsFolder, `${entry.tag}.sql`), join(folder, `${entry.tag}.sql`))
  return folder
}

type TestDatabase = {
  /** Brings it up to a folder's migrations; may be called again after the pool is closed. */
  open: (folder: string) => Promise<OpenDatabase>
  drop: () => Promise<void>
}

/** A database of the test's own: without tables, or a copy of another. */
export async function makeTestDatabase(template = 'template0'): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${name} template ${template}`)
  return {
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

/** A database of the test's own, with all tables and no rows; `close` drops it. */
export async function createTestDatabase(): Promise<OpenDatabase> {
  const database = await makeTestDatabase(inject('postgres').database)
  const opened = await database.open(migrationsFolder)
  const close = async () => {
    await opened.close()
    await database.drop()
  }
  return { db: opened.db, close }
}
