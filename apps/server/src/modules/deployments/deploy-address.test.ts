import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openServing } from './open-serving.test-setup.ts'

let world: Awaited<ReturnType<typeof openServing>>

beforeEach(async () => {
  world = await openServing('moving', { port: 8100 })
})
afterEach(() => world.close())

const squatter = { pid: 4242, command: 'node squatter.js' }
/** Lets another process take the port on 127.0.0.2 after it was tried there so many times. */
function takeAfter(tries: number): void {
  let tried = 0
  const { probe } = world.ports
  probe.isFree = async (host) => host !== '127.0.0.2' || tried++ < tries
  probe.holder = async (_port, host) => (host === '127.0.0.2' ? squatter : null)
}
const state = async () => {
  const service = await world.records.services.get('moving')
  const held = (await world.ports.ports.frontsOf('moving')).map(({ port }) => port)
  return [service?.currentRelease, service?.options.frontHost, service?.frontPort, held]
}
const before = [1, '127.0.0.1', 8100, [8100]]

test('nobody takes the id of a preview in advance, but a service that has such an id is deployed', async () => {
  const preview = 'moving--next'
  await expect(world.deploy(preview, {})).rejects.toMatchObject({
    code: 'id.for_previews',
    details: { field: 'service_id', id: preview },
  })
  expect(await world.records.services.get(preview)).toBeNull()
  const moving = (await world.records.services.get('moving')) ?? expect.fail('no service')
  await world.records.services.insert({ ...moving, id: preview, frontPort: null, currentRelease: null })
  await world.deploy(preview, {})
  await world.settled()
  expect((await world.records.services.get(preview))?.currentRelease).toBe(1)
})

test('a deploy that changes only the address is refused if another process has the port there', async () => {
  takeAfter(0)
  await expect(world.deploy('moving', { host: '127.0.0.2' })).rejects.toMatchObject({
    code: 'port.taken',
    details: { port: 8100, holder: squatter },
  })
  expect(await state()).toEqual(before)
})

test('it fails and changes nothing if the port is taken there before the switch', async () => {
  takeAfter(1)
  const { id } = await world.deploy('moving', { host: '127.0.0.2' })
  await world.settled()
  expect((await world.tasks.get(id))?.task).toMatchObject({ state: 'failed', error: { code: 'port.taken' } })
  expect(await state()).toEqual(before)
})

test('it moves the port to that address if it is free there', async () => {
  takeAfter(2)
  await world.deploy('moving', { host: '127.0.0.2' })
  await world.settled()
  expect(await state()).toEqual([2, '127.0.0.2', 8100, [8100]])
})

describe('a request that cannot be stored ends', () => {
  test('if its front port is the port of one of the instances of its own service', async () => {
    const instance = { id: 'moving-r1-1', serviceId: 'moving', release: 1 }
    await world.ports.ports.exchange({ instance, to: 18_005, before: null })
    await expect(world.deploy('moving', { port: 18_005 })).rejects.toMatchObject({
      code: 'port.out_of_range',
      details: { port: 18_005 },
    })
    expect(await state()).toEqual(before)
  })

  test('if another service has its port each time that it is stored', async () => {
    await world.deploy('other', { port: 8200 })
    await world.settled()
    // Ports are chosen by a list that does not show it.
    world.ports.ports = { ...world.ports.ports, all: async () => [] }
    await expect(world.deploy('moving', { port: 8200 })).rejects.toMatchObject({
      code: 'port.taken',
      details: { port: 8200 },
    })
    expect(await state()).toEqual(before)
  })
})
