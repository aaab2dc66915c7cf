import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { createFairQueue } from '../../lib/fair-queue.ts'
import { pathExists } from '../../lib/path-exists.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { deployService } from '../deployments/deployments.usecases.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { createPreview, previewIds } from './create-preview.ts'
import { checkBranch } from './check-branch.ts'
import { forgetOldPipelines } from './old-pipelines.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'
import { createPolling } from './polling.ts'
import { saveRule } from './push-rules.usecases.ts'
import { recoverPipelines } from './queue.ts'
import { sendMissingMarks } from './commit-marks.ts'

/** How pipelines end, with their rule or without it, and what is told of the end. */

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

const releaseOf = async (id: string) => (await world.deps.services.get(id))?.currentRelease
const ended = ({ state }: { state: string }) => state !== 'queued' && state !== 'running'
const held = { test: { command: ['held'], timeout_s: 60 } }

const ruleOff = {
  'is turned off': (id: string) => world.watch(id, { ...held, enabled: false }),
  'is forgotten': (id: string) => world.ask('DELETE', `/services/${id}/push-deploy`),
}

test.each(Object.entries(ruleOff))('what runs is cancelled when the rule %s', async (_name, turnOff) => {
  const { name, folder } = await world.deployed()
  await world.watch(name, held)
  await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ({ state }) => state === 'running')
  await turnOff(name)
  world.letTestsPass()
  expect(await world.until(name, ended)).toMatchObject({ state: 'cancelled', release: null })
  expect(await releaseOf(name)).toBe(1)
})

test('what has not started yet is cancelled when the rule is forgotten', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, held)
  const { runner } = world.deps
  let start = () => {}
  const begin = vi.spyOn(runner, 'begin').mockImplementationOnce((stored) => {
    start = () => void runner.begin(stored)
    return stored.task
  })
  await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ({ state }) => state === 'running')
  await ruleOff['is forgotten'](name)
  expect(begin).toHaveBeenCalledTimes(1)
  start()
  expect(await world.until(name, ended)).toMatchObject({ state: 'cancelled', release: null })
})

test('a rule that was saved with an API key ends with the key, and says so', async () => {
  const { name, folder } = await world.deployed()
  const id = '44444444-4444-4444-8444-444444444444'
  const key = { ...testActor('admin'), kind: 'key' as const, key: { id, name: 'ci' } }
  world.keys.set(id, key)
  const tests = { command: null, timeout_s: 60 }
  const change = { enabled: true, branch: null, promoteFrom: null, test: tests, approval: false, previews: 0 }
  const audience = { language: 'en' as const, mayReadLogs: true, mayReadPorts: true }
  await saveRule(world.deps, { actor: key, serviceId: name, change, audience })
  await server.hooks.settled()
  await world.push(folder, 'main', codeOf(2), 'one')
  expect(await world.until(name, ended)).toMatchObject({ state: 'succeeded', release: 2 })
  world.keys.delete(id)
  await world.push(folder, 'main', codeOf(3), 'two')
  const failed = await world.until(name, (row) => row.message === 'two' && ended(row))
  expect(failed).toMatchObject({ state: 'failed', reason: { code: 'pipeline.key_gone' }, version: null })
  expect(await releaseOf(name)).toBe(2)
})

test('cancelling a pipeline leaves the deploy that somebody else has begun meanwhile', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, held)
  const commit = await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ({ state }) => state === 'running')
  let letSync = () => {}
  const maySync = new Promise<void>((resolve) => (letSync = resolve))
  world.deploys.gateway.sync = () => maySync
  const deploy = { actor: testActor('admin'), algorithmId: name, serviceId: name, ref: commit }
  const theirs = await deployService(world.deps.deploying, deploy)
  world.letTestsPass()
  await world.until(name, ({ release }) => release === theirs.release)
  expect((await world.ask('POST', `/pipelines/${id}/cancel`)).statusCode).toBe(202)
  expect(await world.until(name, ended)).toMatchObject({ state: 'cancelled' })
  expect((await world.deps.tasks.get(theirs.id))?.task.state).toBe('running')
  letSync()
  await world.deps.runner.settled(theirs.id)
  expect((await world.deps.tasks.get(theirs.id))?.task.state).toBe('succeeded')
})

test('what was approved is tested if the test command is another one than has passed', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { approval: true })
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ({ state }) => state === 'waiting')
  await world.watch(name, { approval: true, test: { command: ['false', 'x'], timeout_s: 60 } })
  expect((await world.ask('POST', `/pipelines/${id}/approve`)).statusCode).toBe(202)
  expect(await world.until(name, ended)).toMatchObject({
    state: 'failed',
    reason: { code: 'pipeline.test_failed' },
  })
  expect(await releaseOf(name)).toBe(1)
})

test('what has passed is not tested again after the approval', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { approval: true, test: { command: ['true'], timeout_s: 60 } })
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ({ state }) => state === 'waiting')
  await world.ask('POST', `/pipelines/${id}/approve`)
  await world.until(name, ({ state }) => state === 'succeeded')
  const { steps } = (await world.ask('GET', `/pipelines/${id}`)).json()
  expect(steps[2]).toMatchObject({ state: 'skipped', message: 'passed before the approval' })
})

test('a push back to what is served takes the place of a pipeline that waits for approval', async () => {
  const id = 'back'
  const first = await world.upload(id, codeOf(1))
  await world.deploy(id, first)
  await world.watch(id, { approval: true })
  await world.upload(id, codeOf(2))
  await world.until(id, ({ state }) => state === 'waiting')
  const host = world.deps.codeHost
  // The branch is at the first commit again.
  host.newest = async () => ({ commit: first, subject: '', message: '', author: '' })
  await world.deps.rules.change(id, { lastSeenCommit: null })
  expect(await checkBranch(world.deps, id, 'push')).toBeNull()
  expect(await world.pipelines(id)).toMatchObject([
    { state: 'superseded', reason: { code: 'pipeline.superseded' } },
  ])
})

test('what a restart has left of a pipeline fails, and those that wait go on', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, held)
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id, taskId } = await world.until(name, ({ state }) => state === 'running')
  await world.push(folder, 'main', codeOf(3), 'two')
  await world.until(name, ({ message }) => message === 'two')
  // The task was lost with the process that did it.
  await world.deps.runner.cancel(taskId ?? '')
  world.letTestsPass()
  await world.deps.runner.settled(taskId ?? '')
  await world.deps.pipelines.change(id, ['cancelled'], { state: 'running', finishedAt: null, taskId: null })
  expect(await recoverPipelines(world.deps)).toBe(1)
  expect(await world.until(name, (row) => row.id === id && ended(row))).toMatchObject({
    state: 'failed',
    reason: { code: 'pipeline.interrupted' },
  })
  await world.until(name, ({ message, state }) => message === 'two' && state === 'succeeded')
})

test('an end that Gitea was not told is told at the next start', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  server.hooks.takesStatus = false
  await world.push(folder, 'main', codeOf(2), 'one')
  const { id } = await world.until(name, ended)
  await world.marked(id)
  server.hooks.takesStatus = true
  const before = server.hooks.statuses.length
  await recoverPipelines(world.deps)
  await sendMissingMarks(world.deps)
  expect(server.hooks.statuses.slice(before)).toMatchObject([{ state: 'success' }])
  expect(await world.deps.pipelines.get(id)).toMatchObject({ told: 'success', reportProblem: null })
  await sendMissingMarks(world.deps)
  expect(server.hooks.statuses.slice(before)).toHaveLength(1)
})

test('code in the platform’s own host is not looked at from time to time', async () => {
  const id = 'own'
  await world.deploy(id, await world.upload(id, codeOf(1)))
  await world.watch(id)
  const problem = { code: 'x', message: { zh: 'x', en: 'x' } }
  await world.deps.rules.change(id, { problem })
  await createPolling(world.deps)()
  // Each look forgets the problem of the one before.
  expect(await world.deps.rules.get(id)).toMatchObject({ problem })
})

test('of each service the newest pipelines are kept, with their logs, for a bounded time', async () => {
  const id = 'many'
  await world.deploy(id, await world.upload(id, codeOf(1)))
  await world.watch(id)
  for (const n of [2, 3]) {
    await world.upload(id, codeOf(n))
    const { taskId } = await world.until(id, (row) => row.version === n && ended(row))
    await world.deps.runner.settled(taskId ?? '')
  }
  const [newer, older] = await world.pipelines(id)
  const logOf = (pipeline = '') => serviceFolders(world.deps.paths, id).pipelineLog(pipeline)
  for (const one of [newer, older]) {
    await mkdir(dirname(logOf(one?.id)), { recursive: true })
    await writeFile(logOf(one?.id), 'tested')
  }
  await forgetOldPipelines(world.deps, { ms: 3_600_000, perService: 1 })
  expect((await world.pipelines(id)).map((row) => row.id)).toEqual([newer?.id])
  await access(logOf(newer?.id))
  expect(await pathExists(logOf(older?.id))).toBe(false)
  await forgetOldPipelines(world.deps, { ms: -3_600_000, perService: 1 })
  expect(await world.pipelines(id)).toEqual([])
})

test('tests of one person take turns, so that those of others find a place', async () => {
  world.deps.testQueue = createFairQueue(() => ({ atOnce: 4, perPerson: 1 }))
  const ids = ['slow-a', 'slow-b']
  for (const id of ids) {
    await world.deploy(id, await world.upload(id, codeOf(1)))
    await world.watch(id, held)
  }
  for (const id of ids) await world.upload(id, codeOf(2))
  const messageOf = async (id: string) => {
    const [row] = await world.pipelines(id)
    const { steps } = (await world.ask('GET', `/pipelines/${row?.id}`)).json()
    return steps?.[2]?.message
  }
  const messages = () => Promise.all(ids.map(messageOf))
  const isHeld = async () => (await messages()).includes('held')
  const isWaiting = async () => (await messages()).includes('waits for its turn to be tested')
  expect(await waitFor(async () => (await isHeld()) && (await isWaiting()), { timeoutMs: patienceMs })).toBe(
    true,
  )
  world.letTestsPass()
  for (const id of ids) expect(await world.until(id, ended)).toMatchObject({ state: 'succeeded' })
})

test('a preview follows the rule as it is now, also before the next push', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { previews: 1 })
  await world.push(folder, 'trial', codeOf(2), 'one')
  const preview = `${name}--trial`
  await world.until(preview, ({ state }) => state === 'succeeded')
  expect(await world.deps.rules.get(preview)).toMatchObject({ approval: false })
  const tests = { command: ['true'], timeout_s: 30 }
  await world.watch(name, { previews: 1, approval: true, test: tests })
  expect(await world.deps.rules.get(preview)).toMatchObject({
    enabled: true,
    branch: 'trial',
    approval: true,
    testCommand: ['true'],
    testTimeoutS: 30,
  })
})

test('a branch both of whose ids are taken says which service has the last one, and of which algorithm', async () => {
  const { name } = await world.deployed()
  await world.watch(name)
  const [service, rule] = [await world.deps.services.get(name), await world.deps.rules.get(name)]
  if (!service || !rule) throw new Error('there is no service or no rule')
  await world.upload('other', codeOf(1))
  const ids = previewIds(name, 'trial')
  for (const id of ids) {
    const taken = { ...service, id, algorithmId: 'other', frontPort: null, desired: 'stopped' as const }
    expect(await world.deps.services.insert(taken)).toBeTruthy()
  }
  await expect(createPreview(world.deps, { service, rule, branch: 'trial' })).rejects.toMatchObject({
    code: 'service.id_taken',
    details: { service_id: ids.at(-1), algorithm_id: 'other' },
  })
})
