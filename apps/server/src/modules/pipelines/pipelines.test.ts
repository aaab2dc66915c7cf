import { beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { deployCommit } from './deploy-commit.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

const releaseOf = async (id: string) => (await world.deps.services.get(id))?.currentRelease
const ended = ({ state }: { state: string }) => state !== 'queued' && state !== 'running'

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
  const done = await world.until(name, ended)
  expect(done).toMatchObject({
    state: 'succeeded',
    commit,
    previousCommit: first,
    trigger: 'webhook',
    branch: 'main',
    message: '第二版',
    author: '李四',
    version: 2,
    release: 2,
    reason: null,
  })
  expect(await releaseOf(name)).toBe(2)
  await world.marked(done.id)
  expect(server.hooks.statuses.map(({ state }) => state)).toEqual(['pending', 'success'])
  expect(server.hooks.statuses.at(-1)).toMatchObject({
    repository: fullName,
    commit,
    context: `vitrine/${name}`,
    target_url: `https://vitrine.example/pipelines/${done.id}`,
  })
  const { steps } = (await world.ask('GET', `/pipelines/${done.id}`)).json()
  expect(steps.map((step: { name: string; state: string }) => [step.name, step.state])).toEqual([
    ['fetch', 'succeeded'],
    ['inspect', 'succeeded'],
    ['test', 'skipped'],
    ['deploy', 'succeeded'],
    ['switch', 'succeeded'],
  ])
})

test('what changed since the commit that served is told with its commits and files', async () => {
  const { name, folder, commit: first } = await world.deployed()
  await world.watch(name)
  const commit = await world.push(folder, 'main', { 'notes.txt': 'x\n' }, 'Notes\n\nmore')
  const { id } = await world.until(name, ended)
  expect((await world.ask('GET', `/pipelines/${id}/changes`)).json()).toMatchObject({
    from: first,
    to: commit,
    commits_cut: false,
    files_cut: false,
    commits: [{ commit, message: 'Notes\n\nmore', author: '李四' }],
    files: [{ path: 'notes.txt', change: 'added' }],
  })
})

test('a push to another branch, or one that asks to be skipped, is not deployed', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  await world.push(folder, 'aside', codeOf(2), 'aside')
  await server.hooks.settled()
  expect(await world.pipelines(name)).toEqual([])
  await world.push(folder, 'main', codeOf(3), 'Only words\n\n[skip deploy]')
  const skipped = await world.until(name, ended)
  expect(skipped).toMatchObject({ state: 'skipped', taskId: null, message: 'Only words' })
  expect(await releaseOf(name)).toBe(1)
})

test('only the newest of many pushes is deployed, and never two at once', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { test: { command: ['held'], timeout_s: 60 } })
  const first = await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ({ state }) => state === 'running')
  await world.push(folder, 'main', codeOf(3), 'two')
  await world.until(name, ({ message }) => message === 'two')
  const last = await world.push(folder, 'main', codeOf(4), 'three')
  await world.until(name, ({ message }) => message === 'three')
  expect((await world.pipelines(name)).map(({ message, state }) => [message, state])).toEqual([
    ['three', 'queued'],
    ['two', 'superseded'],
    ['one', 'running'],
  ])
  world.letTestsPass()
  const done = await world.until(name, ({ message, state }) => message === 'three' && state === 'succeeded')
  const all = await world.pipelines(name)
  expect(all.map(({ state }) => state)).toEqual(['succeeded', 'superseded', 'succeeded'])
  const one = all.find(({ commit }) => commit === first)
  expect(done.commit).toBe(last)
  expect(one?.finishedAt?.getTime()).toBeLessThanOrEqual(done.startedAt?.getTime() ?? 0)
  expect(await releaseOf(name)).toBe(3)
})

test('a push whose tests fail is not deployed, and says so on its commit', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { test: { command: ['false', 'x'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'broken')
  const failed = await world.until(name, ended)
  expect(failed).toMatchObject({ state: 'failed', version: 2, release: null })
  expect(failed.reason).toMatchObject({ code: 'pipeline.test_failed' })
  expect(await releaseOf(name)).toBe(1)
  await world.marked(failed.id)
  expect(server.hooks.statuses.map(({ state }) => state)).toEqual(['pending', 'failure'])
  // What the tests printed is for those who may read logs.
  const shown = async (role: string) =>
    (await world.ask('GET', `/pipelines/${failed.id}`, undefined, role)).json().reason
  expect(await shown('admin')).toContain('two of three tests failed')
  expect(await shown('viewer')).toBe('The tests failed, so nothing was deployed: the service stays as it was')
})

test('a release that does not become ready fails the pipeline, and the old one serves on', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  world.setReady(false)
  await world.push(folder, 'main', codeOf(2), 'will not start')
  const failed = await world.until(name, ended)
  expect(failed).toMatchObject({ state: 'failed', release: 2 })
  expect(failed.reason).toMatchObject({ code: 'pipeline.deploy_failed' })
  expect(await releaseOf(name)).toBe(1)
})

test('a branch that is deleted meanwhile fails the pipeline clearly', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { test: { command: ['held'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ({ state }) => state === 'running')
  await world.push(folder, 'main', codeOf(3), 'two')
  await world.until(name, ({ message }) => message === 'two')
  await server.deleteBranch(name, 'main')
  world.letTestsPass()
  const failed = await world.until(name, ({ message, state }) => message === 'two' && ended({ state }))
  expect(failed.state).toBe('failed')
  expect(failed.reason?.code).toMatch(/^code_host\.(branch_not_found|repository_empty)$/)
  expect(await releaseOf(name)).toBe(2)
})

test('where approval is asked for, it is deployed once somebody approves, and a newer push takes its place', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { approval: true, test: { command: ['true'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'one')
  const one = await world.until(name, ({ state }) => state === 'waiting')
  expect(await releaseOf(name)).toBe(1)
  await world.push(folder, 'main', codeOf(3), 'two')
  const two = await world.until(name, ({ message, state }) => message === 'two' && state === 'waiting')
  const approve = (id: string, role = 'admin') =>
    world.ask('POST', `/pipelines/${id}/approve`, undefined, role)
  expect((await approve(one.id)).json().error.code).toBe('pipeline.not_waiting')
  expect((await approve(two.id, 'viewer')).statusCode).toBe(403)
  expect((await approve(two.id, 'neighbour')).statusCode).toBe(403)
  expect((await approve(two.id)).statusCode).toBe(202)
  const done = await world.until(name, ({ state }) => state === 'succeeded')
  expect(done).toMatchObject({ id: two.id, approvedBy: 'admin-tester', release: 2 })
  expect(await world.until(name, ({ id }) => id === one.id)).toMatchObject({ state: 'superseded' })
})

test('what waits is cancelled when the rule is turned off', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { approval: true })
  await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ({ state }) => state === 'waiting')
  await world.watch(name, { enabled: false })
  expect(await world.pipelines(name)).toMatchObject([{ state: 'cancelled' }])
  expect(await releaseOf(name)).toBe(1)
})

test('a pipeline is cancelled while it tests, and can be run again', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { test: { command: ['held'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ({ state }) => state === 'running')
  expect((await world.ask('POST', `/pipelines/${id}/cancel`)).statusCode).toBe(202)
  world.letTestsPass()
  expect(await world.until(name, ended)).toMatchObject({ state: 'cancelled', release: null })
  expect((await world.ask('POST', `/pipelines/${id}/cancel`)).json().error.code).toBe('task.ended')
  const again = (await world.ask('POST', `/pipelines/${id}/rerun`)).json()
  expect(await world.until(name, (row) => row.id === again.id && ended(row))).toMatchObject({
    state: 'succeeded',
    trigger: 'manual',
    release: 2,
  })
})

test('a deploy that a killed platform had begun and not noted yet is the pipeline’s own, and ends with it', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  world.setReady(null)
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id, deployTaskId } = await world.until(name, (row) => row.deployTaskId !== null)
  await world.deps.pipelines.change(id, ['running'], { deployTaskId: null })
  const pipeline = await world.deps.pipelines.get(id)
  if (!pipeline) throw new Error('the pipeline is gone')
  const end = new AbortController()
  const given = { pipeline, actor: testActor('admin'), signal: end.signal }
  const followed = await deployCommit(world.deps, given, async () => undefined)
  const over = Promise.all([followed.verified, followed.ended])
  expect((await world.deps.pipelines.get(id))?.deployTaskId).toBe(deployTaskId)
  end.abort(new Error('cancelled'))
  await expect(over).rejects.toThrow('cancelled')
  expect((await world.deps.tasks.get(deployTaskId ?? ''))?.task.state).toBe('cancelled')
  world.setReady(true)
  await world.until(name, (row) => row.id === id && ended(row))
})

test('a state that Gitea does not take is shown with the pipeline, which succeeds', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  server.hooks.takesStatus = false
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ended)
  await world.marked(id)
  expect((await world.ask('GET', `/pipelines/${id}`)).json()).toMatchObject({
    state: 'succeeded',
    report_problem: expect.stringContaining('access token'),
  })
})

test('in the platform’s own host, an upload that makes a version is deployed', async () => {
  const id = 'own'
  const upload = (n: number) => world.upload(id, codeOf(n))
  const first = await upload(1)
  await world.deploy(id, first)
  expect(await world.watch(id)).toMatchObject({ notice: 'push', hook: null, last_seen_commit: first })
  const commit = await upload(2)
  expect(await world.until(id, ended)).toMatchObject({
    state: 'succeeded',
    commit,
    trigger: 'push',
    author: 'admin-tester',
    pushedBy: 'admin-tester',
    version: 2,
    release: 2,
  })
  await upload(2)
  expect(await world.pipelines(id)).toHaveLength(1)
  const other = await world.ask('PUT', `/services/${id}/push-deploy`, { enabled: true, branch: 'aside' })
  expect(other.json().error.code).toBe('pipeline.branch_not_watched')
})

test('pushes are deployed in the name of who turned it on, while they may deploy', async () => {
  const { name, folder } = await world.deployed()
  expect(
    (await world.ask('PUT', `/services/${name}/push-deploy`, { enabled: true }, 'neighbour')).statusCode,
  ).toBe(403)
  await world.watch(name)
  world.accounts.set(testActor('admin').id, { role: 'admin', disabled: true })
  await world.push(folder, 'main', codeOf(2), 'one')
  expect(await world.until(name, ended)).toMatchObject({
    state: 'failed',
    reason: { code: 'pipeline.author_gone' },
  })
  expect(await releaseOf(name)).toBe(1)
})

test('a key that is limited to other services sees no pipelines', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ended)
  expect((await world.ask('GET', '/pipelines', undefined, 'limited')).json()).toEqual({ items: [], total: 0 })
  expect((await world.ask('GET', `/pipelines/${id}`, undefined, 'limited')).statusCode).toBe(404)
  expect((await world.ask('GET', '/pipelines?q=one', undefined, 'viewer')).json()).toMatchObject({ total: 1 })
  expect((await world.ask('GET', '/pipelines?q=nothing')).json()).toMatchObject({ total: 0 })
})
