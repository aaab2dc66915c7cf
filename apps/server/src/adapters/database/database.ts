import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
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

/** What does work in transactions of a database; `recordsOf` makes the records of one. */
export const transactionsOf =
  <Records>(db: Database, recordsOf: (part: { db: Database }) => Records): InTransaction<Records> =>
  (work) =>
    db.transaction((tx) => work(recordsOf({ db: tx })))

/** An open database and how to close it. */
export type OpenDatabase = { db: Database; close: () => Promise<void> }

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
  /**
   * The control plane's lock, which admits each connection. Without it, the caller must ensure that nobody
   * else uses the database.
   */
  lock?: Pick<ControlLock, 'admit'>
}): Promise<OpenDatabase> {
  const { connection, lock } = options
  const pool = new pg.Pool({
    ...configOf(connection),
    max: options.maxConnections ?? 10,
    ...(lock && { onConnect: (client) => lock.admit(client) }),
  })
  pool.on('error', options.onIdleError)
  // The pool only listens to errors of idle connections, and an error without a listener ends the process. If
  // a connection breaks between two statements of a transaction, the next statement fails and reports it.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  try {
    await migrateDatabase(pool, options.migrationsFolder)
  } catch (error) {
    await pool.end()
    throw error
  }
  return { db: drizzle(pool, { casing: 'snake_case' }), close: () => pool.end() }
}

/** Opens a database only to read it, beside whoever works with it. Its tables are taken as they are. */
export function openForReading(connection: DatabaseConnection): OpenDatabase {
  const pool = new pg.Pool({
    ...configOf(connection),
    max: 1,
    options: '-c default_transaction_read_only=on',
  })
  pool.on('error', () => undefined)
  return { db: drizzle(pool, { casing: 'snake_case' }), close: () => pool.end() }
}

const uniqueViolation = '23505'
const foreignKeyViolation = '23503'
/** Text with U+0000, in a text or JSON column: PostgreSQL cannot store it. */
const unstorableCharacter: ReadonlySet<string> = new Set(['22021', '22P05'])

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

function isOfConnection(error: Error): boolean {
  if (error instanceof AppError) return error.code === 'database.lock_lost'
  if (error instanceof pg.DatabaseError) return awayCode.test(error.code ?? '')
  const code = 'code' in error ? error.code : null
  const isMissingSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return unreachable.has(code) || isMissingSocket || pgLost.test(error.message)
}

/**
 * Whether a statement failed because the server was unavailable, so that it can be tried again. Errors of our
 * own never count, whatever their cause: it is another program that did not answer.
 */
export function isUnreachable(error: unknown): boolean {
  for (const each of chainOf(error)) {
    if (isOfConnection(each)) return true
    if (each instanceof AppError) return false
  }
  return false
}

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
export const isUnstorableText = (error: unknown): boolean =>
  unstorableCharacter.has(causeOf(error)?.code ?? '')
