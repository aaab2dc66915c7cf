import { afterEach, beforeEach, expect, test } from 'vitest'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { codeOf, openPipelinesWorld } from './pipelines.test-world.ts'

type World = Awaited<ReturnType<typeof openPipelinesWorld>>

let server: GiteaStandIn
let world: World
const opened: World[] = []
async function open(options?: Parameters<typeof openPipelinesWorld>[1]): Promise<World> {
  const next = await openPipelinesWorld(server, options)
  opened.push(next)
  await next.setUp()
  return next
}
beforeEach(async () => {
  server = await GiteaStandIn.open()
  world = await open()
})
afterEach(async () => {
  await server.hooks.settled()
  for (const one of opened.splice(0)) {
    expect(one.failures).toEqual([])
    await one.close()
  }
  await server.close()
})

test('a push is told by the webhook, becomes a version, is deployed, and its commit is marked', async () => {
  const { name, folder, fullName, commit: first } = await world.deployed()
  expect(await world.watch(name)).toMatchObject({
    enabled: true,
    notice: 'webhook',
    hook: { state: 'working', message: null },
    last_seen_commit: first,
    enabled_by: 'admin-tester',
  })
  const commit = await world.push(folder, 'main', codeOf(2), '第二版')
  const done = await world.until(name, ({ state }) => state === 'succeeded')
  expect(done).toMatchObject({
    ...{ commit, previousCommit: first, trigger: 'webhook', branch: 'main' },
    ...{ message: '第二版', author: '李四', version: 2, release: 2, reason: null },
  })
  expect(await world.deps.deploying.services.get(name)).toMatchObject({ currentRelease: 2 })
  await world.deps.turns.run(`report ${done.id}`, async () => undefined)
  expect(server.hooks.statuses.map(({ state }) => state)).toEqual(['pending', 'success'])
  expect(server.hooks.statuses.at(-1)).toMatchObject({
    ...{ repository: fullName, commit, context: `vitrine/${name}` },
    target_url: `https://vitrine.example/pipelines/${done.id}`,
  })
})
