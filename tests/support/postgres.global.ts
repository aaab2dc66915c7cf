import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { DatabaseConnection } from '../../apps/server/src/adapters/database/connection.ts'
import { openDatabase } from '../../apps/server/src/adapters/database/database.ts'
import { openEmbeddedPostgres } from '../../apps/server/src/adapters/database/embedded-postgres.ts'
import { ifThere } from '../../apps/server/src/lib/if-there.ts'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: Exclude<DatabaseConnection, { url: string }>
  }
}

/** Much more than the databases of all tests that run at once have. */
const roomInMemory = 2 ** 30

/**
 * Where the databases are. Each test creates and drops hundreds of files, for which ext4 takes most of the time of
 * the test, so they are in memory where there is room.
 */
async function fastestFolder(): Promise<string> {
  const memory = await ifThere(statfs('/dev/shm'))
  return memory && memory.bavail * memory.bsize > roomInMemory ? '/dev/shm' : tmpdir()
}

/**
 * Starts one real PostgreSQL for the whole run. The tables are created once in a template, and each test's
 * database is a copy of it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await fastestFolder(), 'vitrine-test-pg-'))
  await chmod(folder, 0o711)
  const server = await openEmbeddedPostgres({
    folder: join(folder, 'cluster'),
    passwordFile: join(folder, 'password'),
    user: process.getuid?.() === 0 ? await findSystemUser(['vitrine-db', 'postgres', 'nobody']) : null,
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '400' },
  })
  if ('url' in server.connection) throw new Error('expected a socket')
  // As the socket of a machine's PostgreSQL, which a platform of any account may reach.
  await chmod(server.connection.host, 0o711)
  const template = await openDatabase({
    connection: server.connection,
    migrationsFolder: new URL('../../apps/server/migrations', import.meta.url).pathname,
    onIdleError: (error) => console.error(error),
  })
  await template.close()
  project.provide('postgres', server.connection)
  return async () => {
    await server.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
}
