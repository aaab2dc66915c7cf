import { afterEach, beforeEach, expect, test } from 'vitest'
import { takesRequests } from '../instances/instance-facts.ts'
import { openServing } from './open-serving.test-setup.ts'

let world: Awaited<ReturnType<typeof openServing>>
beforeEach(async () => {
  world = await openServing('moving', { port: 8100 })
})
afterEach(() => world.close())

test('at each moment of a deploy, an instance of the release that serves takes requests', async () => {
  const { deploying, records } = world
  const { inTransaction } = deploying
  const seen: [number | null | undefined, boolean][] = []
  // What the gateway gets if somebody makes its table just after the release was switched.
  const watched: typeof inTransaction = async (work) => {
    const result = await inTransaction(work)
    const current = (await records.services.get('moving'))?.currentRelease
    const serving = deploying.instances.monitor.ofService('moving').filter((one) => one.release === current)
    seen.push([current, serving.some(takesRequests)])
    return result
  }
  deploying.inTransaction = watched
  await world.deploy('moving', {})
  await world.settled()
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.at(-1)).toEqual([2, true])
  expect(seen.map(([, isServed]) => isServed)).not.toContain(false)
})
