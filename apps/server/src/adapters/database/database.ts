import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { AppError } from '../../lib/errors.ts'
import { configOf, type DatabaseConnection } from './connection.ts'
import type { ControlLock } from './control-lock.ts'
import { migrateDatabase } from './migrate.ts'

/** What repositories work with: the pool, or a transaction of it. */
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

/** An open database and what belongs to its life. */
export type OpenDatabase = { db: Database; close: () => Promise<void> }

/**
 * Opens a pool on a database and brings its tables up to date (see {@link migrateDatabase} for what it refuses).
 * `onIdleError` hears of connections that break while no statement runs on them (the server was restarted); the pool replaces them.
 */
export async function openDatabase(options: {
  connection: DatabaseConnection
  migrationsFolder: string
  onIdleError: (error: Error) => void
  maxConnections?: number
  /** The control plane's right to act, which admits each connection; without it, whoever opens the database answers for that. */
  lock?: Pick<ControlLock, 'admit'>
}): Promise<OpenDatabase> {
  const { connection, lock } = options
  const pool = new pg.Pool({
    ...configOf(connection),
    max: options.maxConnections ?? 10,
    ...(lock && { onConnect: (client) => lock.admit(client) }),
  })
  pool.on('error', options.onIdleError)
  // The pool listens to idle connections only, and an error that nobody listens to ends the process. One that breaks between two
  // statements of a transaction is told by the next of them, which fails.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  try {
    await migrateDatabase(pool, options.migrationsFolder)
  } catch (error) {
    await pool.end()
    throw error
  }
  return { db: drizzle(pool, { casing: 'snake_case' }), close: () => pool.end() }
}

const uniqueViolation = '23505'
const foreignKeyViolation = '23503'
/** Text with U+0000, in a text and in a JSON column: PostgreSQL cannot keep it. */
const unstorableCharacter: ReadonlySet<string> = new Set(['22021', '22P05'])

/** An error and what caused it, the outermost first. */
function* chainOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at
}

function causeOf(error: unknown): pg.DatabaseError | null {
  for (const each of chainOf(error)) if (each instanceof pg.DatabaseError) return each
  return null
}

/** PostgreSQL's classes for a connection that broke and a server that stops, starts or takes no more connections. */
const awayCode = /^(08|57P|53300)/

/** The system's codes for a server that cannot be reached. ENOENT is a file's as well, so it counts of a socket alone. */
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
/** What pg says of its own connections and pool; these errors of it have no code. */
const pgLost =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|timeout exceeded when trying to connect)/

function isOfConnection(error: Error): boolean {
  if (error instanceof AppError) return error.code === 'database.lock_lost'
  if (error instanceof pg.DatabaseError) return awayCode.test(error.code ?? '')
  const code = 'code' in error ? error.code : null
  const isMissingSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return unreachable.has(code) || isMissingSocket || pgLost.test(error.message)
}

/** Whether a statement failed because the server could not be asked: it can be tried again. A fault of ours is none of these. */
export const isAway = (error: unknown): boolean => [...chainOf(error)].some(isOfConnection)

/** Name of the unique constraint that an insert or update broke, or null if the error is another. */
export const brokenUniqueConstraint = (error: unknown): string | null => {
  const cause = causeOf(error)
  return cause?.code === uniqueViolation ? (cause.constraint ?? '') : null
}

/** Name of the foreign key that a statement broke, or null if the error is another. */
export const brokenForeignKey = (error: unknown): string | null => {
  const cause = causeOf(error)
  return cause?.code === foreignKeyViolation ? (cause.constraint ?? '') : null
}

/** Whether a statement failed because text that a caller gave holds a character that PostgreSQL cannot keep. */
export const isUnstorableText = (error: unknown): boolean =>
  unstorableCharacter.has(causeOf(error)?.code ?? '')
