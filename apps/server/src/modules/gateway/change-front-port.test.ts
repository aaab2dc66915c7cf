import { afterEach, beforeEach, expect, test } from 'vitest'
import { storeFrontPort } from '../ports/ports.test-world.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { openRunsWorld } from '../runs/runs.test-world.ts'
import { changeFrontPort, type SettingsChange } from './change-front-port.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
let deps: Parameters<typeof changeFrontPort>[0]
/** The port of the service at each time when the gateway updates its table. */
let followed: (number | null | undefined)[]
let problem: ReturnType<typeof deps.gateway.frontProblem>
let problemPort: number
let cause: 'held' | 'absent'
const holder = { pid: 4242, command: 'node squatter.js' }

beforeEach(async () => {
  world = await openRunsWorld()
  followed = []
  problemPort = 0
  cause = 'held'
  problem = null
  const { services } = world.running
  const probe = { ...world.ports.probe, isFree: async () => true, holder: async () => null }
  const frontPort = async () => (await services.get('a'))?.frontPort
  deps = {
    inTransaction: deploymentTransactions(world.db),
    ports: { ...world.ports, probe },
    gateway: {
      frontProblem: () => problem,
      sync: async () => {
        const port = await frontPort()
        followed.push(port)
        problem = port === problemPort ? { host: '127.0.0.1', port, holder, cause } : null
      },
    },
  }
  for (const id of ['a', 'b']) {
    await world.addService(id, { starts: false })
    await storeFrontPort(deps.ports, { host: '127.0.0.1', serviceId: id }, async (port) => {
      await deps.ports.ports.enterFront(port, id)
      await services.update(id, { frontPort: port })
    })
  }
})
afterEach(() => world.close())

const move = async (frontPort: number, settings: Omit<SettingsChange, 'frontPort'> = { options: {} }) => {
  const service = await world.running.services.get('a')
  if (!service) throw new Error('no service')
  await changeFrontPort(deps, service, { ...settings, frontPort })
}
const held = async () => (await deps.ports.ports.all()).map(({ port, serviceId }) => `${serviceId} ${port}`)

test('the gateway uses the new port, and the old port is released', async () => {
  await move(20_100)
  expect(followed).toEqual([20_100])
  expect(await held()).toEqual(['b 20001', 'a 20100'])
})

test('a port of another service is refused with its holder and the nearest free port, and nothing changes', async () => {
  await expect(move(20_001)).rejects.toMatchObject({
    code: 'port.taken',
    status: 409,
    details: { port: 20_001, holder: { service_id: 'b' }, nearest_free: 20_002 },
  })
  expect([followed, await held()]).toEqual([[], ['a 20000', 'b 20001']])
})

test('if another program takes the port at the last moment, the old port stays and the gateway uses it again', async () => {
  problemPort = 20_100
  await expect(move(20_100)).rejects.toMatchObject({
    code: 'port.taken',
    details: { port: 20_100, holder },
  })
  expect(followed).toEqual([20_100, 20_000])
  expect(await held()).toEqual(['a 20000', 'b 20001'])
})

test('other settings that come with a port are stored with it, and go back with it', async () => {
  const { services } = world.running
  await services.update('a', { replicas: 2 })
  const before = await services.get('a')
  problemPort = 20_100
  const settings = { name: 'Other', idleMinutes: 5, options: { auth: 'public' as const } }
  await expect(move(20_100, settings)).rejects.toMatchObject({ code: 'port.taken' })
  expect(await services.get('a')).toEqual({ ...before, updatedAt: expect.any(Date) })
  await move(20_101, settings)
  expect(await services.get('a')).toMatchObject({
    ...before,
    name: 'Other',
    idleMinutes: 5,
    frontPort: 20_101,
    options: { ...before?.options, auth: 'public' },
    updatedAt: expect.any(Date),
  })
})

test('if the address of the service has left the machine, this is said, and the old port stays', async () => {
  problemPort = 20_100
  cause = 'absent'
  await expect(move(20_100)).rejects.toMatchObject({ code: 'port.host_unavailable', status: 422 })
  expect([followed, await held()]).toEqual([
    [20_100, 20_000],
    ['a 20000', 'b 20001'],
  ])
})

test('if the gateway cannot use the new port, the old port stays', async () => {
  const follow = deps.gateway.sync
  let isAway = true
  deps.gateway.sync = async () => {
    if (isAway) {
      isAway = false
      throw new Error('the gateway is away')
    }
    await follow()
  }
  await expect(move(20_100)).rejects.toThrow('the gateway is away')
  expect([followed, await held()]).toEqual([[20_000], ['a 20000', 'b 20001']])
})

/** Switches to a release that asked for this port, while a change of the port is under way. */
const switchMeanwhile = (port: number) => {
  const follow = deps.gateway.sync
  let isFirst = true
  deps.gateway.sync = async () => {
    if (isFirst) {
      isFirst = false
      await deps.inTransaction(async ({ services, ports }) => {
        await ports.enterFront(port, 'a')
        await services.update('a', { frontPort: port })
        await ports.releaseUnusedFrontPorts('a')
      })
      throw new Error('the gateway is away')
    }
    await follow()
  }
}

test('a failed change does not undo the port of a release that was switched to in the meantime', async () => {
  switchMeanwhile(20_200)
  await expect(move(20_100)).rejects.toThrow('the gateway is away')
  expect([followed, await held()]).toEqual([[20_200], ['b 20001', 'a 20200']])
})

test('a failed change takes back only its own settings, and keeps what others have stored in the meantime', async () => {
  const { services } = world.running
  const before = await services.get('a')
  if (!before) throw new Error('no service')
  problemPort = 20_100
  const follow = deps.gateway.sync
  const theirs = { auth: 'public' as const, rateLimit: { requests: 7, window_s: 1 } }
  deps.gateway.sync = async () => {
    deps.gateway.sync = follow
    await services.update('a', { name: 'Theirs', idleMinutes: 9, options: theirs })
    await follow()
  }
  const ours = {
    name: 'Ours',
    replicas: 3,
    options: { timeoutS: 5, rateLimit: { requests: 3, window_s: 1 } },
  }
  await expect(move(20_100, ours)).rejects.toMatchObject({ code: 'port.taken' })
  expect(await services.get('a')).toEqual({
    ...before,
    name: 'Theirs',
    idleMinutes: 9,
    options: { ...before.options, ...theirs },
    updatedAt: expect.any(Date),
  })
})

test('a failed change returns to the port that the service had when the change was stored', async () => {
  const service = await world.running.services.get('a')
  if (!service) throw new Error('no service')
  await deps.inTransaction(async ({ services, ports }) => {
    await ports.enterFront(20_200, 'a')
    await services.update('a', { frontPort: 20_200 })
    await ports.releaseUnusedFrontPorts('a')
  })
  problemPort = 20_100
  const change = { options: {}, frontPort: 20_100 }
  await expect(changeFrontPort(deps, service, change)).rejects.toMatchObject({ code: 'port.taken' })
  expect([followed, await held()]).toEqual([
    [20_100, 20_200],
    ['b 20001', 'a 20200'],
  ])
})

test('if the database is away when a change is taken back, it is taken back as soon as the database answers', async () => {
  problemPort = 20_100
  const follow = deps.gateway.sync
  const inTransaction = deps.inTransaction
  let refusals = 3
  deps.gateway.sync = async () => {
    deps.gateway.sync = follow
    await follow()
    deps.inTransaction = (work) => {
      refusals -= 1
      const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return refusals < 0 ? inTransaction(work) : Promise.reject(away)
    }
  }
  await expect(move(20_100)).rejects.toMatchObject({ code: 'port.taken', details: { port: 20_100, holder } })
  expect([followed, await held()]).toEqual([
    [20_100, 20_000],
    ['a 20000', 'b 20001'],
  ])
})
