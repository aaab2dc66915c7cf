import { beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { checkBranch } from './check-branch.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'
import { createPolling } from './polling.ts'

let world: PipelinesWorld
beforeEach(async () => {
  ;({ world } = await openPipelinesForTest())
})

const production = 'in-production'
const releaseOf = async (id: string) => (await world.deps.services.get(id))?.currentRelease
const succeeded = ({ state }: { state: string }) => state === 'succeeded'

/** One algorithm as two services, of which the first deploys pushes. */
async function openTwo() {
  const deployed = await world.deployed()
  await world.deploy(deployed.name, deployed.commit, testActor('admin'), production)
  await world.watch(deployed.name)
  return deployed
}

test('what a service has come to serve is promoted to the one after it, and pushes are not', async () => {
  const { name, folder, commit: first } = await openTwo()
  expect(await world.watch(production, { promote_from: name })).toMatchObject({
    promote_from: name,
    notice: 'promotion',
    hook: null,
    branch: null,
    last_seen_commit: first,
  })
  const commit = await world.push(folder, 'main', codeOf(2), '第二版')
  const tried = await world.until(name, succeeded)
  const promoted = await world.until(production, succeeded)
  expect(promoted).toMatchObject({
    commit,
    previousCommit: first,
    trigger: 'promotion',
    promotedFrom: name,
    release: 2,
    message: '第二版',
    author: '李四',
  })
  expect(promoted.createdAt.getTime()).toBeGreaterThanOrEqual(tried.startedAt?.getTime() ?? Infinity)
  expect(await world.pipelines(production)).toHaveLength(1)
  expect(await releaseOf(production)).toBe(2)
})

test('a promotion waits for approval if its rule asks for it', async () => {
  const { name, folder } = await openTwo()
  await world.watch(production, { promote_from: name, approval: true })
  await world.push(folder, 'main', codeOf(2), 'two')
  const waiting = await world.until(production, ({ state }) => state === 'waiting')
  expect(await releaseOf(production)).toBe(1)
  expect((await world.ask('POST', `/pipelines/${waiting.id}/approve`)).statusCode).toBe(202)
  await world.until(production, succeeded)
  expect(await releaseOf(production)).toBe(2)
})

test('what does not pass in the first service never reaches the second', async () => {
  const { name, folder } = await openTwo()
  await world.watch(production, { promote_from: name })
  await world.watch(name, { test: { command: ['false', 'x'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'broken')
  await world.until(name, ({ state }) => state === 'failed')
  await world.watch(name)
  const mended = await world.push(folder, 'main', codeOf(3), 'mended')
  await world.until(production, succeeded)
  expect((await world.pipelines(production)).map(({ commit }) => commit)).toEqual([mended])
})

test('a deploy by hand is promoted as well, once', async () => {
  const { name, folder } = await openTwo()
  await world.watch(production, { promote_from: name })
  await world.watch(name, { enabled: false })
  const commit = await world.push(folder, 'main', codeOf(2), 'two')
  await world.ask('POST', '/gitea/repos/pull', { algorithm_id: name })
  await world.deploy(name, commit)
  expect(await world.until(production, succeeded)).toMatchObject({ commit, trigger: 'promotion' })
  await world.deploy(name, commit)
  // What listens to the switch has taken its turn, and so has the look that it began.
  await world.deps.queue.run(`switch of ${name}`, async () => undefined)
  await world.deps.queue.run(`look at ${production}`, async () => undefined)
  expect(await world.pipelines(production)).toHaveLength(1)
})

test('a service that cannot be a source is refused, and no rule is stored', async () => {
  const { name } = await openTwo()
  const save = async (id: string, promoteFrom: string, role?: string) => {
    const rule = { enabled: true, promote_from: promoteFrom }
    const answer = await world.ask('PUT', `/services/${id}/push-deploy`, rule, role)
    return [answer.statusCode, answer.json().error?.code]
  }
  const other = 'other'
  await world.deploy(other, await world.upload(other, codeOf(1)))
  expect(await save(production, production)).toEqual([422, 'pipeline.promotes_itself'])
  expect(await save(production, 'nobody')).toEqual([404, 'service.not_found'])
  expect(await save(production, other)).toEqual([409, 'pipeline.nothing_served'])
  const { rules } = world.deps
  expect(await rules.get(production)).toBeNull()
  expect(await save(production, name)).toEqual([200, undefined])
})

test('what was missed during a restart is found by polling, also where code is in the own host', async () => {
  const id = 'in-own-host'
  const [first, second] = [await world.upload(id, codeOf(1)), await world.upload(id, codeOf(2))]
  await world.deploy(id, first)
  await world.deploy(id, first, testActor('admin'), production)
  await world.watch(production, { promote_from: id })
  // The switch is not heard.
  await world.deps.rules.change(production, { enabled: false })
  await world.deploy(id, second)
  await world.deps.rules.change(production, { enabled: true })
  await createPolling(world.deps)()
  expect(await world.until(production, succeeded)).toMatchObject({ commit: second, trigger: 'promotion' })
})

test('a service that only has the name of the chosen one is not promoted', async () => {
  const { name, folder } = await openTwo()
  await world.watch(production, { promote_from: name })
  // As if the service had been deleted and created again, perhaps by somebody else, long after the rule was saved.
  await world.deps.rules.change(production, { updatedAt: new Date(Date.now() - 3_600_000) })
  await world.push(folder, 'main', codeOf(2), 'two')
  await world.until(name, succeeded)
  expect(await checkBranch(world.deps, production, 'polling')).toBeNull()
  expect(await world.deps.rules.get(production)).toMatchObject({
    problem: { code: 'pipeline.source_replaced' },
  })
  expect(await world.pipelines(production)).toEqual([])
})

test('services do not take over from each other in a circle', async () => {
  const { name, commit } = await openTwo()
  const third = 'third'
  await world.deploy(name, commit, testActor('admin'), third)
  await world.watch(production, { promote_from: name })
  await world.watch(third, { promote_from: production })
  const circle = await world.ask('PUT', `/services/${name}/push-deploy`, {
    enabled: true,
    promote_from: third,
  })
  expect([circle.statusCode, circle.json().error.code]).toEqual([422, 'pipeline.promotes_itself'])
})
