import { afterEach, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import { retireOnTrial } from '../rollouts/retire.ts'
import { openOperationsWorld, processesOf } from './operations.test-world.ts'

const id = 'a'
const createdBy = testActor('admin')
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>
let world: Opened['world']
let deps: Opened['deps']
let seen: Opened['seen']
let instanceRows: Opened['instanceRows']

beforeEach(async () => {
  ;({ world, deps, seen, instanceRows } = await openOperationsWorld(id))
  await deps.services.update(id, { idleMinutes: 5 })
})
afterEach(async () => {
  await deps.runner.close()
  await world.close()
})

type Kind = 'service.stop' | 'service.sleep' | 'service.start'
const carryOut = async (kind: Kind) => {
  const { id: task } = await deps.runner.start({ kind, serviceId: id, input: { service_id: id }, createdBy })
  await deps.runner.settled(task)
  return (await deps.tasks.get(task))?.task
}
const pids = () => world.monitor.ofService(id).map(({ report }) => report?.pid)

const kinds: Kind[] = ['service.stop', 'service.sleep']

test.each(kinds)(
  '%s that the gateway does not follow leaves the service as it was: meant to run, and awake',
  async (kind) => {
    const before = pids()
    seen.isGatewayDown = true
    const failed = await carryOut(kind)
    expect(failed).toMatchObject({ state: 'failed' })
    expect(failed?.error?.details).not.toHaveProperty('undo_failed')
    expect(await deps.services.get(id)).toMatchObject({ desired: 'running', asleep: false })
    expect(world.monitor.ofService(id).filter(takesRequests)).toHaveLength(1)
    expect(pids()).toEqual(before)
  },
)

test.each(kinds)('%s whose process does not end leaves the service as it was', async (kind) => {
  const before = pids()
  const stop = world.runner.stop.bind(world.runner)
  world.runner.stop = () => Promise.reject(new Error('supervisord does not answer'))
  expect(await carryOut(kind)).toMatchObject({ state: 'failed' })
  world.runner.stop = stop
  expect(await deps.services.get(id)).toMatchObject({ desired: 'running', asleep: false })
  expect(pids()).toEqual(before)
  // The gateway knows that it takes requests again.
  expect(seen.serving.at(-1)).toBe(1)
})

test('a service that is stopped already stays stopped if the gateway does not answer', async () => {
  await carryOut('service.stop')
  seen.isGatewayDown = true
  expect(await carryOut('service.stop')).toMatchObject({ state: 'failed' })
  expect(await deps.services.get(id)).toMatchObject({ desired: 'stopped' })
  expect((await world.runner.reports()).get((await processesOf(world))[0] ?? '')?.state).toBe('STOPPED')
})

test.each(kinds)(
  '%s ends no process while the gateway does not say whether it has requests',
  async (kind) => {
    const [pid] = pids()
    expect(pid).toEqual(expect.any(Number))
    const answers = [1, null, null, 0]
    /** The process each time the gateway was asked. */
    const asked: unknown[] = []
    world.instances.inFlight = async ([instance]) => {
      asked.push((await world.runner.reports()).get(instance?.id ?? '')?.pid)
      const answer = answers.shift()
      return answer === undefined ? 0 : answer
    }
    expect(await carryOut(kind)).toMatchObject({ state: 'succeeded' })
    expect([answers, asked]).toEqual([[], [pid, pid, pid, pid]])
  },
)

test('a stop says if the gateway did not say in time whether there were requests', async () => {
  world.instances.longestDrainMs = () => 100
  world.instances.inFlight = async () => null
  const { steps } = (await carryOut('service.stop')) ?? {}
  expect(steps?.map(({ message }) => message)).toMatchObject([
    { en: 'the gateway did not say how many requests were left' },
  ])
})

test('instances on trial, which never had a request, do not wait for a gateway that does not say so', async () => {
  const trial = { replica: 2, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: true }
  await instanceRows.insert({ serviceId: id, number: 2 }, [trial])
  world.instances.longestDrainMs = () => 500
  let asked = 0
  world.instances.inFlight = async () => {
    asked += 1
    return null
  }
  const service = await deps.services.get(id)
  if (!service) throw new Error('no service')
  await retireOnTrial({ instanceRows, gateway: deps.gateway, instances: world.instances }, service)
  expect(asked).toBe(1)
  expect((await instanceRows.list(id)).map(({ onTrial }) => onTrial)).toEqual([false])
})
