import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { migrationsFolder } from '../../../../../tests/support/test-database.ts'
import { freezeServer } from '../../../../../tests/support/frozen-server.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { findSystemUser } from '../../lib/system-user.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ControlLock } from './control-lock.ts'
import { gatewayUnavailable } from '../gateway/gateway.errors.ts'
import { isDatabaseAway, isUnreachable, openDatabase, type OpenDatabase } from './database.ts'
import { openEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'

let folder: string
let server: EmbeddedPostgres
let database: OpenDatabase

/** Starts a server that only this file uses, so its tests may stop it. */
const startServer = async () =>
  openEmbeddedPostgres({
    folder: join(folder, 'cluster'),
    passwordFile: join(folder, 'password'),
    user: process.getuid?.() === 0 ? await findSystemUser(['vitrine-db', 'postgres', 'nobody']) : null,
    settings: { fsync: 'off' },
  })
const connect = () =>
  openDatabase({ connection: server.connection, migrationsFolder, onIdleError: () => undefined })
const postmaster = async () =>
  Number((await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0])

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )
const ask = () => database.db.execute(sql`select 1`)
const isAsleep = async () =>
  (await database.db.execute(sql`select 1 from pg_stat_activity where query like 'select pg_sleep%'`)).rows
    .length > 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-pg-'))
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'files'))
  server = await startServer()
  database = await connect()
})
afterAll(async () => {
  await database.close()
  await server.shutdown()
  await rm(folder, { recursive: true, force: true })
})

test.each([
  ['is stopped', () => server.shutdown()],
  ['is killed', async () => signalPid(await postmaster(), 'SIGKILL')],
])(
  'if the server %s, running and later statements fail as unavailable until it is back',
  async (_how, end) => {
    const under = failureOf(database.db.execute(sql`select pg_sleep(60)`))
    expect(await waitFor(isAsleep, { timeoutMs: patienceMs })).toBe(true)
    await end()
    expect(isUnreachable(await under)).toBe(true)
    // Processes of a killed server still answer until they notice.
    const failure = await waitFor(() => failureOf(ask()), { timeoutMs: patienceMs })
    expect([failure instanceof Error, isUnreachable(failure)]).toEqual([true, true])
    server = await startServer()
    const isBack = async () => (await failureOf(ask())) === null
    expect(await waitFor(isBack, { timeoutMs: patienceMs })).toBe(true)
  },
)

test('if the server lives and answers nothing more, running and later statements fail until it answers again', async () => {
  const lock = await ControlLock.acquire({
    connection: server.connection,
    owner: { host: 'machine', pid: 4711, dataFolder: folder, token: 'frozen' },
    onWait: () => undefined,
    onLost: () => undefined,
    onRegained: () => undefined,
    onTaken: () => undefined,
    // A busy machine answers within this time.
    times: { answerMs: 4_000, beatEveryMs: 100 },
  })
  const locked = await openDatabase({
    connection: server.connection,
    lock,
    migrationsFolder,
    onIdleError: () => undefined,
    connectMs: 4_000,
  })
  const { db } = locked
  const asked = () => failureOf(db.execute(sql`select 1`))
  expect(await asked()).toBeNull()
  const thaw = freezeServer(await postmaster())
  try {
    const failures = await Promise.all([
      asked(),
      failureOf(db.transaction((tx) => tx.execute(sql`select 1`))),
      failureOf(locked.db.execute(sql`select pg_sleep(0)`)),
    ])
    expect(failures.map(isDatabaseAway)).toEqual([true, true, true])
    expect(isDatabaseAway(await asked())).toBe(true)
  } finally {
    thaw()
  }
  expect(await waitFor(async () => (await asked()) === null, { timeoutMs: 60_000 })).toBe(true)
  await locked.close()
  await lock.close()
})

test('a server stopped before the first statement is unavailable, and so is a closed pool', async () => {
  const closed = await connect()
  await closed.close()
  expect(isUnreachable(await failureOf(closed.db.execute(sql`select 1`)))).toBe(true)
  await server.shutdown()
  expect(isUnreachable(await failureOf(connect()))).toBe(true)
  server = await startServer()
})

test('an error of our own does not count as an unavailable server', async () => {
  const { db } = database
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const faults = {
    statement: () => db.execute(sql`select from where`),
    table: () => db.execute(sql`select * from no_such_table`),
    value: () => db.execute(sql`select ${'not a number'}::int`),
    code: () =>
      db.transaction(async () => {
        throw new TypeError('x is not a function')
      }),
    file: () => db.transaction(() => readFile(join(folder, 'files', 'none'))),
    gateway: () => Promise.reject(gatewayUnavailable({ reason: '' }, refused)),
  }
  for (const [name, work] of Object.entries(faults)) {
    const error = await failureOf(work())
    expect([name, error instanceof Error, isUnreachable(error)]).toEqual([name, true, false])
    expect([name, isDatabaseAway(error)]).toEqual([name, false])
  }
  expect([isUnreachable(null), isUnreachable('ECONNREFUSED')]).toEqual([false, false])
  // A server of somebody else that refuses.
  expect([isUnreachable(refused), isDatabaseAway(refused)]).toEqual([true, false])
})
