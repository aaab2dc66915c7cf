import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { DatabaseConnection } from '../adapters/database/connection.ts'
import { ControlLock, type LockOptions } from '../adapters/database/control-lock.ts'
import { openDatabase, type Database } from '../adapters/database/database.ts'
import { embeddedConnection, openEmbeddedPostgres } from '../adapters/database/embedded-postgres.ts'
import type { DriverInput } from './driver-input.ts'

/** What taking the lock needs. */
export type LockInput = Pick<DriverInput, 'paths' | 'projectFolder' | 'logger' | 'onWait' | 'onTaken'>

/** The folder with the migrations of the database. */
export const migrationsOf = (projectFolder: string): string =>
  join(projectFolder, 'apps', 'server', 'migrations')

/** How this control plane takes the lock on a database. */
export function lockOptionsOf(
  { paths, logger, onWait, onTaken }: LockInput,
  connection: DatabaseConnection,
): LockOptions {
  return {
    connection,
    owner: {
      host: hostname(),
      pid: process.pid,
      dataFolder: paths.root,
      token: randomBytes(4).toString('hex'),
    },
    onWait: ({ name, owner }) => {
      logger.warn({ holder: owner ?? name }, 'waits for the control plane that uses the database to end')
      const who = owner ? `${owner.pid}@${owner.host}, ${owner.dataFolder}` : name
      onWait({
        zh: `正在等待使用数据库的另一个控制面结束（${who}）`,
        en: `Waiting for the other control plane that uses the database to end (${who})`,
      })
    },
    onLost: (reason) =>
      logger.warn({ reason: reason.message }, 'the lock on the database is lost; it is being taken again'),
    onRegained: () => logger.info('the lock on the database is held again'),
    onTaken,
  }
}

/** Takes the lock for a database, unless this control plane has it already, and then opens the database. */
async function openLocked(input: DriverInput, connection: DatabaseConnection): Promise<Database> {
  const { logger, shutdown } = input
  const lock = input.lock ?? (await ControlLock.acquire(lockOptionsOf(input, connection)))
  shutdown.add('lock on the database', () => lock.close())
  const opened = await openDatabase({
    connection,
    lock,
    migrationsFolder: migrationsOf(input.projectFolder),
    onIdleError: (error) => logger.warn({ reason: error.message }, 'a database connection broke'),
  })
  shutdown.add('database', opened.close)
  return opened.db
}

/** How to reach the database of the settings, or the one in the data folder, which must run. Starts nothing. */
export const connectionThatRuns = async (
  { DATABASE_URL: url }: Pick<DriverInput['settings'], 'DATABASE_URL'>,
  { postgres, secrets }: Pick<DriverInput['paths'], 'postgres' | 'secrets'>,
): Promise<DatabaseConnection> =>
  url ? { url } : embeddedConnection({ folder: postgres, passwordFile: join(secrets, 'postgres') })

/** Opens the database of the settings, or the one in the data folder. Registers each part to be closed. */
export async function openDatabaseOf(input: DriverInput): Promise<Database> {
  const { settings, paths, logger, shutdown } = input
  if (settings.DATABASE_URL) return openLocked(input, { url: settings.DATABASE_URL })
  const server = await openEmbeddedPostgres({
    folder: paths.postgres,
    passwordFile: join(paths.secrets, 'postgres'),
    user: input.databaseUser,
    onRestart: (problem) =>
      problem
        ? logger.error({ err: problem }, 'the database server is down')
        : logger.warn('the database server was started again'),
  })
  shutdown.add('postgres', (ending) => (ending.everything ? server.shutdown() : server.close()))
  return openLocked(input, server.connection)
}
