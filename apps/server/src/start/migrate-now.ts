import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { DatabaseConnection } from '../adapters/database/connection.ts'
import { ControlLock, type LockOptions } from '../adapters/database/control-lock.ts'
import { openDatabase } from '../adapters/database/database.ts'

/**
 * Migrates the tables of a database to this build, and leaves it. It takes the lock of a control plane meanwhile, so it rejects with
 * `database.held` and changes nothing while one works there, and none begins before it has ended.
 */
export async function migrateNow({
  connection,
  migrationsFolder,
  onWait,
  waitMs,
}: {
  connection: DatabaseConnection
  migrationsFolder: string
  /** Called once if it must wait for a while for a control plane to end. */
  onWait: LockOptions['onWait']
  /** Another time than the usual one, for tests. */
  waitMs?: number
}): Promise<void> {
  const ignored = () => undefined
  const lock = await ControlLock.acquire({
    connection,
    owner: {
      host: hostname(),
      pid: process.pid,
      dataFolder: 'migrations',
      token: randomBytes(4).toString('hex'),
    },
    onWait,
    // The statements that come after the loss are refused, and so end the migration with a reason.
    onLost: ignored,
    onRegained: ignored,
    onTaken: ignored,
    ...(waitMs !== undefined && { times: { waitMs } }),
  })
  try {
    // A connection that breaks while it is idle matters to nobody: the next statement opens another one.
    const opened = await openDatabase({
      connection,
      lock,
      migrationsFolder,
      onIdleError: ignored,
      maxConnections: 1,
    })
    await opened.close()
  } finally {
    await lock.close()
  }
}
