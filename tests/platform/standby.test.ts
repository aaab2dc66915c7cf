import { afterEach, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import { asOutsider, endHolders, stealLock } from '../support/lock-thief.ts'
import { requestLoop } from '../support/request-loop.ts'
import { signalPid } from '../support/signals.ts'
import { startStandby, type Standby } from '../support/standby.ts'
import { platformsOnOneDatabase } from './one-database.ts'
import { echo } from './packages.ts'

const { database, environment, start } = platformsOnOneDatabase({ VITRINE_STANDBY: 'on' })
const standbys: Standby[] = []
afterEach(async () => {
  // Before the platform ends, so that none takes over what the platform ends.
  for (const standby of standbys.splice(0)) await standby.end('SIGKILL')
})

/** Starts a standby and waits until it says that it stands by. */
async function standBy(platform: TestPlatform, settings: Record<string, string> = {}): Promise<Standby> {
  const standby = startStandby(platform, settings)
  standbys.push(standby)
  await standby.standsBy()
  return standby
}

/** The address of the database with an account of its own, which can be shut out. */
async function ownAccount() {
  const role = `leader_${database()}`
  const run = (statement: string) => asOutsider(database(), (client) => client.query(statement))
  await run(`create role ${role} superuser login password 'own'`)
  return {
    url: environment().DATABASE_URL.replace(/\/\/[^@]*@/, `//${role}:own@`),
    shutOut: () => run(`alter role ${role} nologin`),
    letIn: () => run(`alter role ${role} login`),
  }
}

/** Requests to a service without a pause. */
const load = (client: ApiClient) =>
  requestLoop(
    () => client.predict('echo', ['x']),
    (text) => text.includes('echo:x'),
  )

/** The processes that serve. */
const pids = async (client: ApiClient) => (await client.service('echo')).instances.map(({ pid }) => pid)

/** Prints how long a hand-over took: the time has a test of its own, which needs an idle machine. */
const tell = (what: string, fromMs: number, toMs: number) =>
  console.log(`${what}: ${Math.round(toMs - fromMs)} ms from the end of the leader until everything answers`)

test('a standby says that it stands by, leaves the leader alone, and goes when it is ended', async () => {
  const { platform, admin } = await start()
  const standby = startStandby(platform)
  standbys.push(standby)
  expect(await standby.standsBy()).toContain(`when the control plane ${platform.pid}@`)
  expect(await standby.ask('/healthz')).toEqual({ status: 200, body: { status: 'ok' } })
  expect(await standby.ask('/readyz')).toEqual({
    status: 503,
    body: { status: 'standby', details: { leader: expect.stringContaining(`${platform.pid}@`) } },
  })
  expect(await standby.log()).toContain('stands by for the control plane that leads')
  expect(await standby.end('SIGTERM')).toBe(0)
  expect((await admin.request('GET', '/services')).status).toBe(200)
}, 240_000)

test('a standby of another version than the tables of the leader says so and ends', async () => {
  const { platform } = await start()
  const migrations = 'drizzle.__drizzle_migrations'
  const change = (statement: string) => asOutsider(database(), (client) => client.query(statement))
  await change(`insert into ${migrations} (id, hash, created_at) values (1000000, 'newer', 0)`)
  const older = startStandby(platform)
  standbys.push(older)
  expect(await older.ended()).toBe(1)
  expect(await older.log()).toContain('The database was created by another build')

  await change(`delete from ${migrations} where id = (select max(id) from ${migrations} where id < 1000000)
    or id = 1000000`)
  const newer = startStandby(platform)
  standbys.push(newer)
  // Until then, the leader could still migrate.
  await newer.standsBy()
  expect(await newer.ended()).toBe(75)
  expect(await newer.log()).toContain('This control plane is of a newer build than the database')
}, 240_000)

test('when the leader is killed under load, one of two standbys takes over without a lost request, and the other stands by on', async () => {
  const { platform, admin } = await start()
  await admin.publish('echo', echo())
  const [first, second] = [await standBy(platform), await standBy(platform)]
  const served = await pids(admin)
  const loop = load(admin)
  await loop.answered(20)
  const before = performance.now()
  await platform.end('SIGKILL')
  const winner = await Promise.race([first.leads().then(() => first), second.leads().then(() => second)])
  tell('kill -9', before, await winner.leads())
  const other = winner === first ? second : first
  expect(await pids(admin)).toEqual(served)
  await loop.answered(20)
  expect(other.hasLed()).toBe(false)
  await other.end('SIGTERM')
  expect((await loop.stop()).failures).toEqual([])

  // The former leader comes back as a standby, and leads again when its successor ends in order.
  const third = await standBy(platform)
  await winner.end('SIGTERM')
  await third.leads()
  expect((await admin.service('echo')).release).toBe(1)
}, 240_000)

test('a leader that is shut out of the database is ended by its standby, and comes back as a standby', async () => {
  const account = await ownAccount()
  const { platform, admin } = await start({ DATABASE_URL: account.url })
  await admin.publish('echo', echo())
  const served = await pids(admin)
  const standby = await standBy(platform, environment())
  const loop = load(admin)
  await loop.answered(20)
  const before = performance.now()
  await account.shutOut()
  await endHolders(database())
  tell('database connection cut', before, await standby.leads())
  // It could not learn of its successor, so it was killed before that one began.
  expect(await platform.ended()).toBeNull()
  expect(await standby.log()).toContain('killed the former control plane')
  expect(await pids(admin)).toEqual(served)
  await account.letIn()
  const former = await standBy(platform)
  expect(await former.standsBy()).toContain(`when the control plane ${standby.pid}@`)
  await loop.answered(20)
  expect((await loop.stop()).failures).toEqual([])
}, 240_000)

test('a leader that stands still and has lost its session is ended before its standby begins; one that learns of another leader ends to be started again', async () => {
  const { platform } = await start()
  const standby = await standBy(platform)
  signalPid(platform.pid, 'SIGSTOP')
  await endHolders(database())
  await standby.leads()
  expect(await platform.ended()).toBeNull()
  await stealLock(database(), async () => expect(await standby.ended()).toBe(1))
}, 240_000)
