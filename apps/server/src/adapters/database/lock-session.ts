import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { configOf, type DatabaseConnection } from './connection.ts'
import { appliedMigrations } from './schema-standing.ts'

/** The control plane that asks for the lock. `token` distinguishes two with the same name. */
export type LockOwner = { host: string; pid: number; dataFolder: string; token: string }

/**
 * The holder of the lock. If we may not see its statements, PostgreSQL tells only the name of the session.
 */
export type LockHolder = {
  /** Process id of its session in PostgreSQL. */
  backend: number
  /** For a control plane, `vitrine #<token> <pid>@<host>`, cut to the 63 bytes of PostgreSQL's names. */
  name: string
  owner: LockOwner | null
  since: Date
}

/** The class of our advisory locks ("VITR" in ASCII). PostgreSQL keeps those of each database apart. */
const lockClass = 0x56495452
/** Held exclusively by the session of the active control plane. */
const controlLock = 1
/** Held in shared mode by each connection of that control plane for the life of the connection. */
const connectionLock = 2

/** How long the connections of a former holder may take to end. */
const othersEndMs = 60_000
/** How much of the end of a folder's path is shown, in characters: by default PostgreSQL shows 1024 bytes of a statement. */
const longestFolder = 300

const nameOf = ({ host, pid, token }: LockOwner) => `vitrine #${token} ${pid}@${host}`

/** SQL condition on `pg_locks l` for one of our locks in this database. */
const isLock = (id: number) => `l.locktype = 'advisory' and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = ${lockClass} and l.objid = ${id} and l.objsubid = 2`

/**
 * Names a session, and makes PostgreSQL notice within 15 s that its client is unreachable. Over a unix socket
 * it notices at once.
 */
const settings = `set_config('application_name', $1, false), set_config('tcp_keepalives_idle', '5', false),
  set_config('tcp_keepalives_interval', '3', false), set_config('tcp_keepalives_count', '3', false),
  set_config('tcp_user_timeout', '15000', false)`

const ownerSchema = z.object({ host: z.string(), pid: z.number(), dataFolder: z.string(), token: z.string() })

/** Parses the owner in the first line of a lock session's statement. */
function ownerIn(statement: string): LockOwner | null {
  const [line = ''] = statement.split('\n')
  try {
    return ownerSchema.parse(JSON.parse(line.replace(/^-- /, '')))
  } catch {
    // The statement is cut off or hidden, or is not from a control plane.
    return null
  }
}

/**
 * Marks a new connection as one of the control plane whose lock session is `leader`, for the life of the
 * connection. Returns whether that session holds the lock, and whether the connection is that same session,
 * handed out again by a pooler.
 */
export async function markConnection(
  client: pg.ClientBase,
  owner: LockOwner,
  leader: number,
): Promise<{ isHeld: boolean; isSameSession: boolean }> {
  const mark = `select pg_advisory_lock_shared(${lockClass}, ${connectionLock}), pg_backend_pid() as pid, ${settings}`
  const marked = await client.query<{ pid: number }>(mark, [nameOf(owner)])
  // Asked after the connection is marked. A control plane that takes the lock later sees the mark.
  const held = await client.query(`select 1 from pg_locks l where ${isLock(controlLock)} and l.pid = $1`, [
    leader,
  ])
  return { isHeld: held.rows.length > 0, isSameSession: marked.rows[0]?.pid === leader }
}

/** The messages of pg about a server that answers neither a new connection nor a statement in time. */
const silences: ReadonlySet<string> = new Set(['timeout expired', 'Query read timeout'])
/** Whether a session could not be opened or used because the server is silent. */
export const isSilence = (reason: Error): boolean => silences.has(reason.message)

/** A separate connection that holds the lock, or asks for it. */
export class LockSession {
  readonly #client: pg.Client
  readonly #owner: LockOwner
  readonly #closed = new AbortController()
  /** Process id of the session in PostgreSQL. */
  readonly pid: number
  /** Resolves with the reason when the session has ended. */
  readonly ended: Promise<Error>
  #end: (reason: Error) => void = () => undefined
  /** The last statement that was sent. */
  #asked: Promise<unknown> = Promise.resolve()

  private constructor(client: pg.Client, owner: LockOwner, pid: number) {
    this.#client = client
    this.#owner = owner
    this.pid = pid
    this.ended = new Promise((resolve) => (this.#end = resolve))
    client.on('error', (error) => this.#end(error))
    client.on('end', () => this.#end(new Error('the connection was closed')))
  }

  /** Connects. Rejects if PostgreSQL cannot be reached. Connecting and each statement have `answerMs`. */
  static async open(
    connection: DatabaseConnection,
    owner: LockOwner,
    answerMs: number,
  ): Promise<LockSession> {
    const client = new pg.Client({
      ...configOf(connection),
      keepAlive: true,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
    })
    // Until the session itself listens for errors, the promise below reports them.
    client.on('error', () => undefined)
    await client.connect()
    const name = [nameOf(owner)]
    try {
      const { rows } = await client.query<{ pid: number }>(
        `select pg_backend_pid() as pid, ${settings}`,
        name,
      )
      return new LockSession(client, owner, rows[0]?.pid ?? 0)
    } catch (error) {
      await client.end()
      throw error
    }
  }

  /** Each statement names the owner in its first line, where other control planes read it. */
  async #ask<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
    const { host, pid, dataFolder, token } = this.#owner
    const cut = dataFolder.length > longestFolder ? `…${dataFolder.slice(-longestFolder)}` : dataFolder
    const line = JSON.stringify({ host, pid, dataFolder: cut, token })
    return (await this.#client.query<T>(`-- ${line}\n${statement}`)).rows
  }

  /** Takes the lock unless another session has it. */
  async tryLock(): Promise<boolean> {
    const [row] = await this.#ask<{ taken: boolean }>(
      `select pg_try_advisory_lock(${lockClass}, ${controlLock}) as taken`,
    )
    return row?.taken === true
  }

  /**
   * Returns the current holder of the lock. A session that ended while PostgreSQL answered is no holder: its name
   * is gone, and without it our own former session would look like another control plane.
   */
  async holder(): Promise<LockHolder | null> {
    const [row] = await this.#ask<{ pid: number; name: string; statement: string; since: Date }>(
      `select l.pid, coalesce(a.application_name, '') as name, coalesce(a.query, '') as statement,
        coalesce(a.backend_start, now()) as since
        from pg_locks l join pg_stat_activity a on a.pid = l.pid where ${isLock(controlLock)}`,
    )
    return row ? { backend: row.pid, name: row.name, since: row.since, owner: ownerIn(row.statement) } : null
  }

  /** The migrations of the database; null if it has none. */
  migrations(): Promise<string[] | null> {
    return appliedMigrations(this.#client)
  }

  /** Ends another session, if PostgreSQL allows it. */
  async terminate(backend: number): Promise<void> {
    await this.#ask(`select pg_terminate_backend(${backend})`).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError && error.code === insufficientPrivilege)) throw error
    })
  }

  /**
   * Ends the connections of former holders and waits until they are gone. After this no statement of theirs
   * is carried out.
   */
  async endOthers(): Promise<void> {
    const others = `select l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where ${isLock(connectionLock)} and strpos(a.application_name, '#${this.#owner.token}') = 0`
    for (const deadline = performance.now() + othersEndMs; ; await delay(100)) {
      const left = await this.#ask<{ pid: number }>(others)
      if (left.length === 0) return
      if (performance.now() > deadline)
        throw new Error(`${left.length} connections of another control plane do not end`)
      for (const { pid } of left) await this.terminate(pid)
    }
  }

  /**
   * Checks every few seconds that the lock is still held, because a connection may fall silent without
   * breaking.
   */
  async watch(everyMs: number): Promise<void> {
    const { signal } = this.#closed
    const question = `select pg_backend_pid() as pid, exists (select 1 from pg_locks l
      where ${isLock(controlLock)} and l.pid = ${this.pid}) as held`
    try {
      while (!signal.aborted) {
        const asked = this.#ask<{ pid: number; held: boolean }>(question)
        this.#asked = asked
        const [row] = await asked
        if (row?.pid !== this.pid || !row.held) throw new Error('the session has lost the lock')
        await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Ends the session, which releases the lock. */
  async close(): Promise<void> {
    this.#closed.abort()
    // While a statement is in progress, the connection would be cut instead of ended in order, and PostgreSQL would
    // keep the lock a moment longer.
    await this.#asked.catch(() => undefined)
    await this.#client.end()
  }
}

const insufficientPrivilege = '42501'
