import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { codeOfError } from '../../lib/code-of-error.ts'
import { AppError } from '../../lib/errors.ts'
import { configOf, type DatabaseConnection } from './connection.ts'
import type { ControlLock } from './control-lock.ts'
import { migrateDatabase } from './migrate.ts'

/** What repositories work with: the pool, or a transaction. */
export type Database = Pick<
  NodePgDatabase,
  | 'select'
  | 'selectDistinct'
  | 'selectDistinctOn'
  | 'insert'
  | 'update'
  | 'delete'
  | 'transaction'
  | 'execute'
>

/** Does work in one transaction, by records that are part of it: all that it changes is stored when it resolves, or nothing. */
export type InTransaction<Records> = <T>(work: (records: Records) => Promise<T>) => Promise<T>

/**
 * Makes the function that does work in transactions of a database. `recordsOf` makes the repositories for a
 * transaction.
 */
export const transactionsOf =
  <Records>(db: Database, recordsOf: (part: { db: Database }) => Records): InTransaction<Records> =>
  (work) =>
    db.transaction((tx) => work(recordsOf({ db: tx })))

/** An open database and how to close it. */
export type OpenDatabase = { db: Database; close: () => Promise<void> }

/** How long a statement waits for a connection, in milliseconds. Even a busy server answers sooner. */
const usualConnectMs = 20_000

/** The errors of the sockets of our pools, to distinguish them from other errors. */
const socketErrors = new WeakSet<Error>()

/** Makes the sockets of a pool, so that all of them can be cut. */
function createSockets() {
  const open = new Set<Socket>()
  return {
    stream: (): Socket => {
      const socket = new Socket()
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      socket.on('error', (error) => socketErrors.add(error))
      return socket
    },
    cutAll: () => {
      for (const socket of open) socket.destroy()
    },
  }
}

/** How long to wait for the end of a pool, in milliseconds. All users of the pool have ended before. */
const endMs = 10_000

/**
 * Ends a pool. The pool waits until each connection is given back, but one that broke while the server was silent may
 * never be. So the remaining connections are closed after a time limit.
 */
async function endPool(pool: pg.Pool, cutAll: () => void): Promise<void> {
  const waiting = new AbortController()
  const late = delay(endMs, undefined, { signal: waiting.signal }).catch(() => undefined)
  try {
    await Promise.race([pool.end(), late])
  } finally {
    waiting.abort()
    cutAll()
  }
}

const settings = { casing: 'snake_case' } as const

/**
 * What repositories work with, on a pool. Drizzle's own transaction on a pool does not give its connection back if `begin` fails,
 * as it does when the server has just stopped. Each such failure would take a connection from the pool until nothing gets one
 * any more, so the connection is taken and given back here.
 */
function databaseOn(pool: pg.Pool): Database {
  const db = drizzle(pool, settings)
  db.transaction = async (work, config) => {
    const client = await pool.connect()
    try {
      return await drizzle(client, settings).transaction(work, config)
    } finally {
      client.release()
    }
  }
  return db
}

/**
 * Opens a pool on a database and migrates its tables (see {@link migrateDatabase} for the databases it
 * refuses). `onIdleError` is called if an idle connection breaks, for example because the server restarts.
 * The pool replaces such connections.
 */
export async function openDatabase(options: {
  connection: DatabaseConnection
  migrationsFolder: string
  onIdleError: (error: Error) => void
  maxConnections?: number
  /** How long a statement waits for a connection, if not as long as usual. For tests. */
  connectMs?: number
  /**
   * The control plane's lock, which admits each connection. Without it, the caller must ensure that nobody
   * else uses the database.
   */
  lock?: Pick<ControlLock, 'admit' | 'whenSilent'>
}): Promise<OpenDatabase> {
  const { connection, lock } = options
  const sockets = createSockets()
  const pool = new pg.Pool({
    ...configOf(connection),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectMs ?? usualConnectMs,
    stream: sockets.stream,
    ...(lock && { onConnect: (client) => lock.admit(client) }),
  })
  // Statements have no time limit, because some take long. If the server becomes silent, all waiting statements fail at
  // once.
  lock?.whenSilent(sockets.cutAll)
  pool.on('error', options.onIdleError)
  // The pool only listens to errors of idle connections, and an error without a listener ends the process. If
  // a connection breaks between two statements of a transaction, the next statement fails and reports it. With TLS, the
  // error is one of the socket that pg puts around ours, so it is noted here as well.
  pool.on('connect', (client) => void client.on('error', (error) => socketErrors.add(error)))
  try {
    await migrateDatabase(pool, options.migrationsFolder)
  } catch (error) {
    await endPool(pool, sockets.cutAll)
    throw error
  }
  return { db: databaseOn(pool), close: () => endPool(pool, sockets.cutAll) }
}

/** Opens a database only for reading, while another process may use it. Its tables are not migrated. */
export function openForReading(connection: DatabaseConnection): OpenDatabase {
  const pool = new pg.Pool({
    ...configOf(connection),
    max: 1,
    options: '-c default_transaction_read_only=on',
  })
  pool.on('error', () => undefined)
  return { db: databaseOn(pool), close: () => pool.end() }
}

const uniqueViolation = '23505'
const foreignKeyViolation = '23503'
/** Text with U+0000, in a text or JSON column: PostgreSQL cannot store it. */
const unstorableCharacter: ReadonlySet<string> = new Set(['22021', '22P05'])
const invalidText = '22P02'
/** Where PostgreSQL refuses JSON. `JSON.stringify` wrote all that it is sent, so that can only be half of a surrogate pair. */
const refusesJson = /^json_e\w*_error$/

/** An error and its causes, the outermost first. */
function* chainOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at
}

function causeOf(error: unknown): pg.DatabaseError | null {
  for (const each of chainOf(error)) if (each instanceof pg.DatabaseError) return each
  return null
}

/**
 * PostgreSQL's codes for a broken connection and for a server that stops, starts or accepts no more
 * connections.
 */
const awayCode = /^(08|57P|53300)/

/**
 * System error codes for an unreachable server. ENOENT is also an error for files, so it counts only for
 * sockets.
 */
const unreachable: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** Messages of pg about its connections and pool. These errors have no code. */
const pgLost =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|timeout exceeded when trying to connect)/

/** Whether an error comes from PostgreSQL or from pg. */
function isOfPostgres(error: Error): boolean {
  if (error instanceof AppError) return error.code === 'database.lock_lost'
  if (error instanceof pg.DatabaseError) return awayCode.test(error.code ?? '')
  return pgLost.test(error.message) || socketErrors.has(error)
}

function isOfConnection(error: Error): boolean {
  if (error instanceof AppError || error instanceof pg.DatabaseError) return isOfPostgres(error)
  const code = codeOfError(error)
  const isMissingSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return unreachable.has(code) || isMissingSocket || isOfPostgres(error)
}

function someOf(error: unknown, isIt: (one: Error) => boolean): boolean {
  for (const each of chainOf(error)) {
    if (isIt(each)) return true
    if (each instanceof AppError) return false
  }
  return false
}

/**
 * Whether a statement failed because the server was unavailable, so that it can be tried again. Our own errors never
 * count, whatever their cause, because then another program did not answer.
 */
export const isUnreachable = (error: unknown): boolean => someOf(error, isOfConnection)

/** Whether an error means that the database does not answer. Other programs that do not answer do not count. */
export const isDatabaseAway = (error: unknown): boolean => someOf(error, isOfPostgres)

/** Returns the name of the unique constraint that a statement violated; null for any other error. */
export const brokenUniqueConstraint = (error: unknown): string | null => {
  const cause = causeOf(error)
  return cause?.code === uniqueViolation ? (cause.constraint ?? '') : null
}

/** Returns the name of the foreign key that a statement violated; null for any other error. */
export const brokenForeignKey = (error: unknown): string | null => {
  const cause = causeOf(error)
  return cause?.code === foreignKeyViolation ? (cause.constraint ?? '') : null
}

/** Whether a statement failed because a caller's text contains a character that PostgreSQL cannot store. */
export function isUnstorableText(error: unknown): boolean {
  const { code = '', routine = '' } = causeOf(error) ?? {}
  return unstorableCharacter.has(code) || (code === invalidText && refusesJson.test(routine))
}
