import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { sql } from 'drizzle-orm'
import { expect, inject, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { makeCertificate } from '../../../../../tests/support/certificate.ts'
import { makeTestDatabase, migrationsFolder } from '../../../../../tests/support/test-database.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { isDatabaseAway, openDatabase } from './database.ts'

/** Joins two connections. When one ends or breaks, so does the other. */
function joined(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one)
  for (const [socket, beside] of [
    [one, other],
    [other, one],
  ] as const)
    socket.on('error', () => socket.destroy()).on('close', () => beside.destroy())
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/**
 * TLS in front of the tests' PostgreSQL, which has only a unix socket. As PostgreSQL does, it says yes to the client's question for TLS
 * and then expects the handshake. The connections go through a relay that can cut them below the TLS, as a network does.
 */
async function postgresWithTls(): Promise<{ port: number; cut: () => void }> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-pg-tls-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await makeCertificate(folder)
  const [key, cert] = await Promise.all([
    readFile(join(folder, 'site.key')),
    readFile(join(folder, 'site.pem')),
  ])
  const secureContext = createSecureContext({ key, cert })
  const secure = await listening(
    createServer((socket) => {
      socket.once('data', () => {
        socket.pause().on('error', () => socket.destroy())
        socket.write('S')
        const server = connect(join(inject('postgres').host, '.s.PGSQL.5432'))
        joined(new TLSSocket(socket, { isServer: true, secureContext }), server)
      })
    }),
  )
  const clients = new Set<Socket>()
  const port = await listening(
    createServer((client) => {
      clients.add(client)
      joined(client, connect(secure, '127.0.0.1'))
    }),
  )
  const cut = () => {
    for (const client of clients) client.resetAndDestroy()
  }
  return { port, cut }
}

test('a connection with TLS that breaks under a statement is a database that is away', async () => {
  const made = await makeTestDatabase()
  onTestFinished(() => made.drop())
  const { port, cut } = await postgresWithTls()
  const { user, password } = inject('postgres')
  const { db, close } = await openDatabase({
    connection: { url: `postgresql://${user}:${password}@127.0.0.1:${port}/${made.name}?sslmode=no-verify` },
    migrationsFolder,
    onIdleError: () => undefined,
  })
  onTestFinished(close)
  const failed = db.execute(sql`select pg_sleep(60)`).then(
    () => null,
    (error: unknown) => error,
  )
  const isAsleep = async () =>
    (
      await db.execute(
        sql`select 1 from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%'`,
      )
    ).rows.length > 0
  expect(await waitFor(isAsleep, { timeoutMs: patienceMs })).toBe(true)
  cut()
  expect(isDatabaseAway(await failed)).toBe(true)
})
