import { chmod, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { findSystemUser } from '../../lib/system-user.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'
import { processesOf } from '../../../../../tests/support/platform-processes.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'

let folder: string
const opened: EmbeddedPostgres[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-pg-'))
  await chmod(folder, 0o711)
})
afterEach(async () => {
  for (const server of opened.splice(0)) await server.shutdown()
  await rm(folder, { recursive: true, force: true })
})

async function open(
  cluster = join(folder, 'cluster'),
  onRestart?: (problem: Error | null) => void,
): Promise<EmbeddedPostgres> {
  const server = await openEmbeddedPostgres({
    folder: cluster,
    passwordFile: join(folder, 'password'),
    user: process.getuid?.() === 0 ? await findSystemUser(['vitrine-db', 'postgres', 'nobody']) : null,
    settings: { fsync: 'off' },
    onRestart,
  })
  opened.push(server)
  return server
}

async function query(server: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const { connection } = server
  const client = new pg.Client('url' in connection ? connection.url : connection)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a server left by a killed process is adopted, and there is never a second one on the folder', async () => {
  const first = await open()
  await query(first, 'create table kept (n int)')
  const second = await open()
  expect(first.started).toBe(true)
  expect(second.started).toBe(false)
  expect(await query(second, 'select * from kept')).toEqual([])
})

test('rows survive a stop and a start', async () => {
  const first = await open()
  await query(first, 'create table kept (n int); insert into kept values (7)')
  await first.shutdown()
  expect(await query(await open(), 'select n from kept')).toEqual([{ n: 7 }])
})

test('it listens on no TCP port, and refuses a wrong password', async () => {
  const server = await open()
  expect(await query(server, 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
  if ('url' in server.connection) throw new Error('expected a socket')
  const client = new pg.Client({ ...server.connection, password: 'wrong' })
  await expect(client.connect()).rejects.toThrow('password authentication failed')
})

test('a data folder with a long path works: the socket moves to a short one', async () => {
  const server = await open(join(folder, 'x'.repeat(100)))
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a server that does not start says why, however long its log is', async () => {
  const cluster = join(folder, 'cluster')
  await (await open(cluster)).shutdown()
  // A file with a hole takes no room, but no text has room for all of it.
  await truncate(`${cluster}.log`, 3 * 1024 ** 3)
  await writeFile(join(cluster, 'PG_VERSION'), '1')
  await expect(open(cluster)).rejects.toThrow('initialized by PostgreSQL version 1')
})

test('a server that is killed is started again, and keeps its rows', async () => {
  const heard: (Error | null)[] = []
  const server = await open(join(folder, 'cluster'), (problem) => heard.push(problem))
  await query(server, 'create table kept (n int); insert into kept values (7)')
  const [pid] = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
  signalPid(Number(pid), 'SIGKILL')
  expect(await waitFor(() => heard.includes(null), { timeoutMs: patienceMs })).toBe(true)
  expect(await query(server, 'select n from kept')).toEqual([{ n: 7 }])
})

test('a server that was released is not restarted when it is killed', async () => {
  const heard: (Error | null)[] = []
  const server = await open(join(folder, 'cluster'), (problem) => heard.push(problem))
  await server.close()
  const [pid] = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
  signalPid(Number(pid), 'SIGKILL')
  const gone = () =>
    query(server, 'select 1').then(
      () => false,
      () => true,
    )
  expect(await waitFor(gone, { timeoutMs: patienceMs })).toBe(true)
  expect(heard).toEqual([])
  // Its other processes notice its death by themselves, and write to the folder until then.
  await expect.poll(() => processesOf(folder)).toEqual([])
})

test('a server starts even if one killed a moment ago still holds the folder', async () => {
  const first = await open()
  await query(first, 'create table kept (n int); insert into kept values (7)')
  await first.close()
  const [pid = ''] = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
  const [worker] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  // This worker cannot notice that its server has died, and keeps the shared memory.
  signalPid(Number(worker), 'SIGSTOP')
  signalPid(Number(pid), 'SIGKILL')
  const opening = open()
  const log = join(folder, 'cluster.log')
  const isHeld = async () => /already exists|pre-existing/.test(await readFile(log, 'utf8'))
  expect(await waitFor(isHeld, { timeoutMs: patienceMs }), await readFile(log, 'utf8')).toBe(true)
  signalPid(Number(worker), 'SIGCONT')
  expect(await query(await opening, 'select n from kept')).toEqual([{ n: 7 }])
})
