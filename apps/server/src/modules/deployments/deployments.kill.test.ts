import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { platformActor } from '../../lib/actor.ts'
import { streamCommand } from '../../lib/run-command.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { usualConfig } from '../releases/releases.test-world.ts'
import { frontPorts, openDeployWorld, ownServer } from './deployments.test-world.ts'
import { switchRelease } from './switch-release.ts'

const root = fileURLToPath(new URL('../../../../..', import.meta.url))
const program = join(root, 'dist', 'test', 'deployments.test-process.js')
/** More statements than any deploy sends. */
const mostStatements = 200
const owner = { ownerId: platformActor.id, ownerName: platformActor.name }

/** Where Node keeps the program as it compiled it. */
const compiled = await mkdtemp(join(tmpdir(), 'vitrine-test-compiled-'))

// A single file that starts in a fraction of a second, because every statement needs a new process. A first one that nobody
// kills keeps what it compiled for the others.
beforeAll(async () => {
  await build({
    entryPoints: {
      'deployments.test-process': fileURLToPath(new URL('./deployments.test-process.ts', import.meta.url)),
    },
    outdir: dirname(program),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
  })
  const ground = await openGround()
  await deployKilledAt(ground, 0, { serviceId: 'first', config: asked(frontPorts.first) }, true)
  await ground.close()
})
afterAll(() => rm(compiled, { recursive: true, force: true }))

/** A separate database and data folder for each test, with the algorithm to deploy. */
async function openGround() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-kill-'))
  const database = await createTestDatabase()
  const { rows } = await database.db.execute<{ name: string }>(sql`select current_database() as name`)
  const row = { id: 'own-server', name: 'Own', task: 'other', description: '' }
  await database.db.insert(algorithms).values({ ...row, ...owner })
  return {
    folder,
    db: database.db,
    connection: JSON.stringify({ ...inject('postgres'), database: rows[0]?.name }),
    async close() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
type Ground = Awaited<ReturnType<typeof openGround>>

type World = ReturnType<typeof openDeployWorld>

/** A service whose first release serves, with its own port. */
async function addServing({ records, ports, inTransaction }: World, id: string, frontPort: number) {
  const { frontHost, auth, timeoutS, rateLimit, bodyMb, keepsBodies, network, ...rest } = usualConfig
  const options = { frontHost, auth, timeoutS, rateLimit, bodyMb, keepsBodies, network }
  const service = { id, name: 'Before', algorithmId: 'own-server', mode: rest.mode, options, ...owner }
  await records.services.insert({ ...service, desired: 'running', frontPort })
  await ports.ports.enterFront(frontPort, id)
  const made = { commit: 'commit-1', manifest: ownServer, config: usualConfig, createdBy: owner.ownerName }
  await records.releases.insertNext({ serviceId: id, serviceChange: {}, ...made })
  const instance = { replica: 1, mode: rest.mode, limits: {}, network: 'all' as const, onTrial: true }
  await records.instanceRows.insert({ serviceId: id, number: 1 }, [instance])
  await switchRelease({ inTransaction }, id, 1)
}

/** The stored options of a service. */
async function factsOf({ records }: World, id: string) {
  const service = await records.services.get(id)
  if (!service) return null
  const { name, frontPort, currentRelease, options } = service
  return { name, frontPort, currentRelease, timeoutS: options.timeoutS, frontHost: options.frontHost }
}
type ServiceFacts = Awaited<ReturnType<typeof factsOf>>

/** Everything that is incomplete in a service: one sentence each, empty if all is well. */
async function halfMade(world: World, id: string): Promise<string[]> {
  const { records, ports, tasks } = world
  const wrong: string[] = []
  const service = await records.services.get(id)
  const unfinished = (await tasks.unfinished()).filter(({ task }) => task.service_id === id)
  const mayReadLogs = { language: 'en' as const, mayReadLogs: true, mayReadPorts: true }
  const { items } = await records.releases.list(id, { limit: 9, offset: 0, audience: mayReadLogs })
  const deploying = items.filter(({ status }) => status === 'deploying')
  if (deploying.length > 0 && unfinished.length === 0) wrong.push('a release is on its way for ever')
  if (unfinished.length > 0 && deploying.length === 0 && items.length === 0)
    wrong.push('a task has no release to deploy')
  const active = items.filter(({ status }) => status === 'active').map(({ number }) => number)
  if (service && active.join() !== String(service.currentRelease ?? ''))
    wrong.push(`release ${service.currentRelease} serves, and active are ${active.join()}`)
  const held = (await ports.ports.frontsOf(id)).map(({ port }) => port)
  if (service?.frontPort && !held.includes(service.frontPort)) wrong.push('its port is not in the ledger')
  const others = held.filter((port) => port !== service?.frontPort)
  // Each unfinished task has one: the one that it asks for, or after the switch the former one, until the gateway follows.
  if (others.length > unfinished.length) wrong.push(`ports ${others.join()} are nobody’s`)
  if (unfinished.length > 0) return wrong
  const rows = await records.instanceRows.list(id)
  if (rows.some((row) => row.onTrial || row.release !== service?.currentRelease))
    wrong.push(`instances are left: ${rows.map((row) => row.id).join()}`)
  return wrong
}

const asked = (port: number) => ({ name: 'After', timeout: 77, host: '127.0.0.2', port })
const becomes = (port: number, currentRelease: number): ServiceFacts => ({
  name: 'After',
  frontPort: port,
  timeoutS: 77,
  frontHost: '127.0.0.2',
  currentRelease,
})

/** A process deploys and is killed at a statement, or never at 0. Resolves with whether it was killed or ended before that. */
async function deployKilledAt(
  { connection, folder }: Ground,
  statement: number,
  request: { serviceId: string; config: ReturnType<typeof asked> },
  becomesReady: boolean,
): Promise<'ended' | 'killed'> {
  const options = ['--database', connection, '--folder', folder, '--request', JSON.stringify(request)]
  const child = streamCommand({
    file: process.execPath,
    args: [program, ...options, '--kill-at', String(statement), ...(becomesReady ? ['--ready'] : [])],
    cwd: root,
    env: { PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE: compiled },
  })
  child.stdout.resume()
  const said = text(child.stderr)
  const { exitCode } = await child.closed
  // A process that a signal ends has no exit code. Any other end except success is a fault of the test.
  if (exitCode !== null && exitCode !== 0) throw new Error(await said)
  return exitCode === 0 ? 'ended' : 'killed'
}

const cases = [
  { what: 'a first deploy', isFirst: true, becomesReady: true, outcomes: ['new'] },
  { what: 'a deploy that asks for other settings', becomesReady: true, outcomes: ['new', 'old'] },
  { what: 'a deploy that asks for other settings and fails', becomesReady: false, outcomes: ['old'] },
]

describe('killing the control plane at any statement of a deploy leaves nothing incomplete, and the next one continues', () => {
  test.concurrent.each(cases)(
    '$what',
    async ({ isFirst = false, becomesReady, outcomes }) => {
      const ground = await openGround()
      const seen = new Set<string>()
      const wrong: string[] = []
      let end = 'killed'

      /** Checks that a service is in one of some states. */
      async function checkState(
        world: World,
        id: string,
        when: string,
        whole: readonly ServiceFacts[],
      ): Promise<ServiceFacts> {
        const facts = await factsOf(world, id)
        const found = await halfMade(world, id)
        if (!whole.some((state) => isDeepStrictEqual(state, facts)))
          found.push(`the service is ${JSON.stringify(facts)}`)
        wrong.push(...found.map((what) => `${id}, ${when}: ${what}`))
        return facts
      }

      for (let statement = 1; end === 'killed' && statement <= mostStatements; statement++) {
        const world = openDeployWorld({ ...ground, becomesReady })
        const id = `killed-at-${statement}`
        const port = frontPorts.first + 2 * statement
        if (!isFirst) await addServing(world, id, port - 1)
        const before = await factsOf(world, id)
        const after = becomes(port, isFirst ? 1 : 2)
        const made = isFirst && after ? [{ ...after, currentRelease: null }] : []
        end = await deployKilledAt(ground, statement, { serviceId: id, config: asked(port) }, becomesReady)
        await checkState(world, id, 'killed', [before, after, ...made])
        await world.boot()
        await world.settled()
        const facts = await checkState(world, id, 'booted', [before, after])
        if (facts !== null) seen.add(isDeepStrictEqual(facts, after) ? 'new' : 'old')
        await world.close()
      }
      await ground.close()
      expect(wrong).toEqual([])
      expect([...seen].sort()).toEqual(outcomes)
      expect(end).toBe('ended')
    },
    // Hundreds of processes, one after the other, for each of the three.
    900_000,
  )
})
