import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import type { OpenDatabase } from '../../adapters/database/database.ts'
import { addOwnServer, frontPorts, openDeployWorld } from './deployments.test-world.ts'

let folder: string
let database: OpenDatabase

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-test-failed-first-'))
  database = await createTestDatabase()
  await addOwnServer(database.db)
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** A platform whose instances become ready or not, on the same database. */
async function inWorld<T>(
  becomesReady: boolean,
  work: (world: ReturnType<typeof openDeployWorld>) => Promise<T>,
): Promise<T> {
  const world = openDeployWorld({ db: database.db, folder, becomesReady })
  await world.boot()
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}
type World = Parameters<Parameters<typeof inWorld>[1]>[0]

const deploy = async (world: World, id: string, port?: number) => {
  await world.deploy(id, port === undefined ? undefined : { port })
  await world.settled()
}
const stateOf = async ({ records, ports }: World, id: string) => {
  const service = await records.services.get(id)
  const held = (await ports.ports.frontsOf(id)).map(({ port }) => port)
  return [service?.currentRelease, service?.frontPort, held]
}

test('more deploys than there are front ports fail, and the next service still gets one', async () => {
  await inWorld(false, async (world) => {
    world.ports.ranges.front = { first: frontPorts.first, last: frontPorts.first + 1 }
    for (const id of ['one', 'two', 'three']) {
      await deploy(world, id)
      expect(await stateOf(world, id)).toEqual([null, null, []])
    }
    expect(await world.ports.ports.all()).toEqual([])
  })
})

test('the next deploy of such a service gets a port again: the one that was asked for, if nobody took it', async () => {
  await inWorld(false, async (world) => {
    await deploy(world, 'asked', 8200)
    await deploy(world, 'robbed', 8201)
  })
  await inWorld(true, async (world) => {
    await deploy(world, 'other', 8201)
    await deploy(world, 'asked')
    expect(await stateOf(world, 'asked')).toEqual([2, 8200, [8200]])
    await deploy(world, 'robbed')
    expect(await stateOf(world, 'robbed')).toEqual([2, 8202, [8202]])
  })
})

test('a failed deploy leaves its port to the next one that is already on its way', async () => {
  await inWorld(false, async (world) => {
    await world.deploy('twice', { port: 8300 })
    await world.deploy('twice', undefined)
    expect(await stateOf(world, 'twice')).toEqual([null, 8300, [8300]])
    await world.settled()
    expect(await stateOf(world, 'twice')).toEqual([null, null, []])
  })
})

test('a service that has served keeps its port when a deploy fails', async () => {
  await inWorld(true, (world) => deploy(world, 'kept', 8100))
  await inWorld(false, async (world) => {
    await deploy(world, 'kept', 8101)
    expect(await stateOf(world, 'kept')).toEqual([1, 8100, [8100]])
  })
})

test('a front port that somebody changes during the first deploy stays', async () => {
  await inWorld(true, async (world) => {
    const { deploying, ports, records } = world
    const keep: typeof deploying.examples.keep = async () => {
      await ports.ports.enterFront(8111, 'moved')
      await records.services.update('moved', { frontPort: 8111 })
      return { examples: [], coverAssetId: null }
    }
    deploying.examples = { ...deploying.examples, keep }
    await deploy(world, 'moved', 8110)
    expect(await stateOf(world, 'moved')).toEqual([1, 8111, [8111]])
  })
})

test('what is kept of a failed first deploy begins with its cause', async () => {
  await inWorld(false, async (world) => {
    await deploy(world, 'silent')
    const failure = (await world.records.releases.get('silent', 1))?.failure
    expect(failure).toEqual({ zh: '进程已经不存在', en: 'the process no longer exists' })
  })
})
