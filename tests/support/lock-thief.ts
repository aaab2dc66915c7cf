import pg from 'pg'
import { inject } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from './patience.ts'

/**
 * The advisory locks of a control plane: their class, the lock that it holds, and the lock that marks its
 * connections.
 */
const lockClass = 0x56495452
const locks = { control: 1, connections: 2 }

/** Works on a database of the test server with a separate connection. */
export async function asOutsider<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...inject('postgres'), database })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Ends the sessions that hold a control plane's lock, as an administrator or a restart does, and waits until they are gone. */
export const endHolders = (database: string, lock: keyof typeof locks = 'control'): Promise<unknown> =>
  asOutsider(database, (client) =>
    client.query(
      `select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and granted
        and database = (select oid from pg_database where datname = current_database())
        and classid = $1 and objid = $2`,
      [lockClass, locks[lock]],
    ),
  )

/** Ends the sessions whose name contains a text, and waits until they are gone. */
export const endSessions = (database: string, name: string): Promise<unknown> =>
  asOutsider(database, (client) =>
    client.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and strpos(application_name, $1) > 0`,
      [name],
    ),
  )

/** Waits until a session stands in the queue for the control lock. The former holder would else be first again. */
async function untilQueued(database: string): Promise<void> {
  const isQueued = () =>
    asOutsider(database, async (client) => {
      const { rowCount } = await client.query(
        `select 1 from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())
          and classid = $1 and objid = $2`,
        [lockClass, locks.control],
      )
      return rowCount !== 0
    })
  if (!(await waitFor(isQueued, { timeoutMs: patienceMs })))
    throw new Error('nobody waits for the control lock')
}

/**
 * Waits in PostgreSQL's own queue for the control lock, ends the session that holds it, and runs `work` with
 * the lock.
 */
export const stealLock = <T>(database: string, work: () => Promise<T>): Promise<T> =>
  asOutsider(database, async (client) => {
    await client.query(`set application_name = 'vitrine #00000000 1@other'`)
    const taken = client.query('select pg_advisory_lock($1, $2)', [lockClass, locks.control])
    await untilQueued(database)
    await endHolders(database)
    await taken
    return work()
  })
