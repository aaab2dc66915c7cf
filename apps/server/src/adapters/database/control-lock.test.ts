import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { endHolders, endSessions, stealLock } from '../../../../../tests/support/lock-thief.ts'
import {
  makeFilledDatabase,
  makeTestDatabase,
  migrationsFolder,
} from '../../../../../tests/support/test-database.ts'
import type { AppError } from '../../lib/errors.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { DatabaseConnection } from './connection.ts'
import { ControlLock, type StandBy } from './control-lock.ts'
import { controlLockLost } from './database.errors.ts'
import { isUnreachable, openDatabase, type OpenDatabase } from './database.ts'

let database: Awaited<ReturnType<typeof makeTestDatabase>>
const ends: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  database = await makeFilledDatabase()
  ends.push(database.drop)
})
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const connection = () => ({ ...inject('postgres'), database: database.name })
const patient = { timeoutMs: patienceMs }

/** Takes the lock as a control plane does, and records its callbacks. */
async function take(
  dataFolder: string,
  options: {
    waitMs?: number
    answerMs?: number
    through?: DatabaseConnection
    onLost?: () => void
  } = {},
) {
  const heard = { waits: 0, lost: 0, regained: 0, taken: null as AppError | null }
  const lock = await ControlLock.acquire({
    connection: options.through ?? connection(),
    owner: { host: 'machine', pid: 4711, dataFolder, token: randomBytes(4).toString('hex') },
    onWait: () => heard.waits++,
    onLost: () => {
      heard.lost++
      options.onLost?.()
    },
    onRegained: () => heard.regained++,
    onTaken: (error) => (heard.taken = error),
    times: { waitMs: options.waitMs ?? 0, answerMs: options.answerMs ?? 10_000, beatEveryMs: 100 },
  })
  ends.push(() => lock.close())
  return { lock, heard }
}

/** Waits for the lock as a control plane that stands by does. */
async function standBy(how: Partial<StandBy>): Promise<ControlLock> {
  const lock = await ControlLock.acquire({
    connection: connection(),
    owner: { host: 'machine', pid: 4712, dataFolder: '/srv/standby', token: 'standby' },
    standBy: { signal: new AbortController().signal, onSeen: async () => {}, onAway: () => {}, ...how },
    onWait: () => undefined,
    onLost: () => undefined,
    onRegained: () => undefined,
    onTaken: () => undefined,
  })
  ends.push(() => lock.close())
  return lock
}

/** Opens the database as the control plane that has the lock does. */
async function open(lock: ControlLock): Promise<OpenDatabase['db']> {
  const opened = await openDatabase({
    connection: connection(),
    lock,
    migrationsFolder,
    onIdleError: () => undefined,
    maxConnections: 3,
  })
  ends.push(opened.close)
  return opened.db
}

/** A network to the server that can fall silent: what is sent does not arrive, and no connection breaks. */
async function openNetwork() {
  const { host, user, password } = inject('postgres')
  let isSilent = false
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ path: `${host}/.s.PGSQL.5432` })
    const wasSilent = isSilent
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('data', (data) => {
        if (!isSilent && !wasSilent && !lost.has(from)) to.write(data)
      })
      // On a silent network, the other side does not learn that a connection was closed.
      from.on('close', () => {
        if (!isSilent && !lost.has(from)) to.destroy()
      })
    }
  })
  const lost = new Set<Socket>()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `postgresql://${user}:${password}@127.0.0.1:${address.port}/${database.name}`
  return {
    connection: { url },
    fallSilent: () => {
      isSilent = true
      for (const socket of sockets) lost.add(socket)
    },
    comeBack: () => (isSilent = false),
  }
}

describe('the right to act on a database', () => {
  test('a second control plane waits a while and is then refused, with the name of the holder', async () => {
    await take('/srv/first')
    const refused = await take('/srv/second', { waitMs: 600 }).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'database.held',
      details: {
        holder: '4711@machine',
        data_folder: '/srv/first',
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    })
  })

  test('the next control plane gets it at once if it is free, and within the wait if the holder gives it back', async () => {
    const first = await take('/srv/first')
    await first.lock.close()
    const second = await take('/srv/second')
    const third = take('/srv/third', { waitMs: 10_000 })
    await second.lock.close()
    expect((await third).heard.waits).toBeLessThanOrEqual(1)
    expect([first.heard.taken, second.heard.taken]).toEqual([null, null])
  })

  test('a folder name with odd characters is reported as it is, and a very long one is cut', async () => {
    const odd = "/数据/a'b*/ -- $1\n?"
    const first = await take(odd)
    await expect(take('/srv/second')).rejects.toMatchObject({ details: { data_folder: odd } })
    await first.lock.close()
    const long = `/${'long/'.repeat(500)}`
    await take(long)
    await expect(take('/srv/second')).rejects.toMatchObject({
      details: { data_folder: `…${long.slice(-300)}` },
    })
  })

  test('an ended session is replaced, and running and later statements are carried out', async () => {
    const { lock, heard } = await take('/srv/first')
    const db = await open(lock)
    const underWay = db.execute(sql`select pg_sleep(1), 1 as one`)
    await endHolders(database.name)
    expect((await underWay).rows[0]?.one).toBe(1)
    // More statements than open connections: some connections are admitted while the lock is lost.
    const later = await Promise.all([1, 2, 3].map((one) => db.execute(sql`select ${one}::int as one`)))
    expect(later.map(({ rows }) => rows[0]?.one)).toEqual([1, 2, 3])
    expect(await waitFor(() => heard.regained > 0, patient)).toBe(true)
    expect(heard).toMatchObject({ lost: 1, regained: 1, taken: null })
  })

  test('whoever closes it while it is taken again gets to the end, and the next control plane has it', async () => {
    let closed: Promise<void> | undefined
    const { lock } = await take('/srv/first', {
      // The next session is being opened by then.
      onLost: () => setImmediate(() => (closed = lock.close())),
    })
    await endHolders(database.name)
    expect(await waitFor(() => closed !== undefined, patient)).toBe(true)
    await closed
    expect((await take('/srv/second', { waitMs: 10_000 })).heard.taken).toBeNull()
  })

  test('if another control plane takes it, this is reported with its name, and new connections are refused as if the server were unavailable', async () => {
    const { lock, heard } = await take('/srv/first')
    const db = await open(lock)
    await stealLock(database.name, async () => {
      expect(await waitFor(() => heard.taken, patient)).toMatchObject({
        code: 'database.taken',
        details: { holder: expect.stringContaining('1@other') },
      })
      await endHolders(database.name, 'connections')
      const refusals = await Promise.all(
        [1, 2, 3].map(() =>
          db.execute(sql`select 1`).then(
            () => null,
            (error: unknown) => error,
          ),
        ),
      )
      expect(refusals.map(isUnreachable)).toEqual([true, true, true])
    })
    expect(heard.regained).toBe(0)
  })

  test('an open transaction of a former holder is rolled back when another control plane takes over', async () => {
    const former = await take('/srv/first')
    const db = await open(former.lock)
    let isOpen = false
    let goOn = () => {}
    const left = db.transaction(async (tx) => {
      await tx.execute(sql`insert into roles (name, description) values ('late', '')`)
      isOpen = true
      await new Promise<void>((resolve) => (goOn = resolve))
    })
    const failed = expect(left).rejects.toThrow()
    expect(await waitFor(() => isOpen, patient)).toBe(true)
    await stealLock(database.name, async () =>
      expect(await waitFor(() => former.heard.taken, patient)).not.toBeNull(),
    )

    const next = await take('/srv/second', { waitMs: 10_000 })
    goOn()
    await failed
    const roles = await (await open(next.lock)).execute(sql`select 1 from roles where name = 'late'`)
    expect(roles.rows).toEqual([])
  })

  test('a connection that falls silent is given up, and the lock is regained when the network is back', async () => {
    const network = await openNetwork()
    // While the network works, a busy machine answers within this time.
    const { heard } = await take('/srv/first', { answerMs: 4_000, through: network.connection })
    network.fallSilent()
    expect(await waitFor(() => heard.lost > 0, patient)).toBe(true)
    // PostgreSQL has not noticed: the former session still holds the lock.
    await expect(take('/srv/second')).rejects.toMatchObject({ code: 'database.held' })
    expect(heard.regained).toBe(0)
    network.comeBack()
    expect(await waitFor(() => heard.regained > 0, patient)).toBe(true)
    expect(heard.taken).toBeNull()
  })

  test('one that stands by sees who leads, survives the end of its own session, and has the lock when the leader has gone', async () => {
    const first = await take('/srv/first')
    const seen: (string | undefined)[] = []
    const away: string[] = []
    const next = standBy({
      onSeen: async ({ holder, migrations }) => {
        expect(await migrations()).not.toBeNull()
        seen.push(holder.owner?.dataFolder)
      },
      onAway: ({ message }) => away.push(message),
    })
    expect(await waitFor(() => seen.length > 0, patient)).toBe(true)
    await endSessions(database.name, '#standby')
    expect(await waitFor(() => away.length > 0, patient)).toBe(true)
    const before = seen.length
    expect(await waitFor(() => seen.length > before, patient)).toBe(true)
    await first.lock.close()
    const lock = await next
    expect(new Set(seen)).toEqual(new Set(['/srv/first']))
    expect((await (await open(lock)).execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }])
  })

  test('one that stands by ends when it is told to, or when it cannot stand by for the leader', async () => {
    await take('/srv/first')
    const ending = new AbortController()
    const ended = standBy({ onSeen: async () => ending.abort(), signal: ending.signal })
    await expect(ended).rejects.toThrow('aborted')
    const refusal = controlLockLost({})
    const refused = standBy({ onSeen: () => Promise.reject(refusal) })
    await expect(refused).rejects.toBe(refusal)
  })

  test('one that was told to end while the lock came free does not take it', async () => {
    const ending = new AbortController()
    ending.abort(new Error('told to end'))
    await expect(standBy({ signal: ending.signal })).rejects.toThrow('told to end')
    await take('/the next')
  })

  test('two databases of one server have separate locks', async () => {
    await take('/srv/first')
    const other = await makeTestDatabase()
    ends.push(other.drop)
    database = other
    await take('/srv/second')
  })
})
