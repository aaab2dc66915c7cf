import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { git } from '../../adapters/code-host/git-command.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'
import { createPreview } from './create-preview.ts'
import { getPipeline } from './pipelines.usecases.ts'
import { lookAfterPush, lookAtAllPreviews } from './previews.ts'
import { removeUnusedPreviews } from './unused-previews.ts'
import { saveRule } from './push-rules.usecases.ts'

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

const releaseOf = async (id: string) => (await world.deps.services.get(id))?.currentRelease
const succeeded = ({ state }: { state: string }) => state === 'succeeded'

test('a push to another branch is deployed as its preview, which is no version, and goes when the branch is merged', async () => {
  const { name, folder } = await world.deployed()
  expect(await world.watch(name, { previews: 1 })).toMatchObject({ previews: 1, preview_services: [] })
  // An address that only an administrator chooses.
  await world.deps.services.update(name, { options: { frontHost: '::1' } })
  const commit = await world.push(folder, 'feature/New', codeOf(2), '试试')
  const preview = `${name}--feature-new`
  expect(await world.until(preview, succeeded)).toMatchObject({
    commit,
    branch: 'feature/New',
    trigger: 'webhook',
    version: null,
    release: 1,
  })
  expect(await world.deps.services.get(preview)).toMatchObject({
    previewOf: name,
    previewBranch: 'feature/New',
    idleMinutes: 30,
    options: { auth: 'required', frontHost: '127.0.0.1' },
  })
  expect([await releaseOf(name), (await world.get(`/${name}`)).json().latest_version]).toEqual([1, 1])
  const own = (await world.ask('GET', `/services/${preview}/push-deploy`)).json()
  expect(own).toMatchObject({ preview_of: name, followed_branch: 'feature/New' })
  const changed = await world.ask('PUT', `/services/${preview}/push-deploy`, { enabled: true })
  expect(changed.json().error.code).toBe('pipeline.is_preview')
  const servicesOf = async (algorithm: string) =>
    (await world.ask('GET', `/pipelines?algorithm_id=${algorithm}`))
      .json()
      .items.map((one: { service_id: string }) => one.service_id)
  expect(await servicesOf(name)).toEqual([preview])
  expect(await servicesOf('another')).toEqual([])
  // There are as many as may be.
  await world.push(folder, 'other', codeOf(3), '另一个')
  const ruleNow = async () => (await world.ask('GET', `/services/${name}/push-deploy`)).json()
  await expect.poll(ruleNow, { timeout: patienceMs }).toMatchObject({
    preview_services: [{ service_id: preview, branch: 'feature/New' }],
    preview_problem: expect.stringContaining('The branch other has no preview'),
  })
  await world.run(['checkout', '--quiet', 'feature/New'], folder)
  await world.push(folder, 'main', codeOf(4), '合并')
  await world.until(name, succeeded)
  await lookAtAllPreviews(world.deps)
  // In its place comes the branch that was waiting.
  expect(await world.previews(name)).toEqual([`${name}--other`])
  await world.until(`${name}--other`, succeeded)
})

test('a preview goes with its branch, without use, and when previews are turned off', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { previews: 3 })
  for (const [n, branch] of ['gone', 'unused', 'used'].entries()) {
    await world.push(folder, branch, codeOf(n + 2), branch)
    await world.until(`${name}--${branch}`, succeeded)
  }
  await server.deleteBranch(name, 'gone')
  await lookAtAllPreviews(world.deps)
  expect(await world.previews(name)).toEqual([`${name}--unused`, `${name}--used`])
  const later = new Date(Date.now() + 15 * 24 * 3600 * 1000)
  world.deps.clock = () => later
  world.uses.set(`${name}--used`, later)
  const { lastUses, rules, queue } = world.deps
  const looks: ReturnType<typeof rules.get>[] = []
  world.deps.lastUses = (ids) => {
    // A look that comes now waits until what is unused has been removed, and takes no push to it.
    looks.push(queue.run(`previews of ${name}`, () => rules.get(`${name}--unused`)))
    return lastUses(ids)
  }
  await removeUnusedPreviews(world.deps)
  expect((await Promise.all(looks)).filter((rule) => rule?.enabled)).toEqual([])
  expect(await world.previews(name)).toEqual([`${name}--used`])
  await world.watch(name, { previews: 0 })
  expect(await world.previews(name)).toEqual([])
})

test('each preview is deleted by one task, however often is looked for what is to be deleted', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { previews: 2 })
  const previews = [`${name}--one`, `${name}--two`]
  for (const [n, branch] of ['one', 'two'].entries()) {
    await world.push(folder, branch, codeOf(n + 2), branch)
    await world.until(`${name}--${branch}`, succeeded)
  }
  const go = world.holdDeletions()
  try {
    await world.watch(name, { previews: 0 })
    await removeUnusedPreviews(world.deps)
    const deletions = (await world.deps.tasks.unfinished()).filter(
      ({ task }) => task.kind === 'service.delete',
    )
    expect(deletions.map(({ task }) => task.service_id).toSorted()).toEqual(previews)
  } finally {
    go()
  }
  expect(await world.previews(name)).toEqual([])
})

test('a push to a branch whose earlier preview is being deleted waits until that is gone', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name, { previews: 1 })
  const first = await world.push(folder, 'trial', codeOf(2), 'one')
  const preview = `${name}--trial`
  await world.until(preview, succeeded)
  await world.looked(name)
  await world.deps.rules.change(preview, { enabled: false })
  await world.push(folder, 'trial', codeOf(3), 'two')
  await world.looked(name)
  expect(await world.pipelines(preview)).toHaveLength(1)
  expect(await world.deps.rules.get(preview)).toMatchObject({ enabled: false })
  // The next look takes it for a push once more.
  expect(await world.deps.rules.get(name)).toMatchObject({ seenBranches: { trial: first } })
})

test('a preview counts as one more service of its owner, and is not made where there is no room', async () => {
  const { name } = await world.deployed()
  await world.watch(name, { previews: 2 })
  const { deps } = world
  const [service, rule] = [await deps.services.get(name), await deps.rules.get(name)]
  if (!service || !rule) throw new Error('it was not deployed')
  const { person, administrator } = deps.deploying.quotas
  deps.deploying = {
    ...deps.deploying,
    quotas: { person: { ...person, services: 2 }, administrator: { ...administrator, services: 2 } },
  }
  expect(await createPreview(deps, { service, rule, branch: 'one' })).toMatchObject({ previewOf: name })
  await expect(createPreview(deps, { service, rule, branch: 'two' })).rejects.toMatchObject({
    code: 'quota.services',
    details: { limit: 2 },
  })
})

test('a key that is limited to some services sets no previews', async () => {
  const { name } = await world.deployed()
  const actor = { ...testActor('admin'), serviceIds: [name] }
  const tests = { command: null, timeout_s: 60 }
  const change = { enabled: true, branch: null, promoteFrom: null, test: tests, approval: false, previews: 1 }
  const audience = { language: 'en' as const, mayReadLogs: true, mayReadPorts: true }
  await expect(saveRule(world.deps, { actor, serviceId: name, change, audience })).rejects.toMatchObject({
    code: 'pipeline.previews_need_reach',
  })
})

test('in the platform’s own host, a branch has a preview from its push to its deletion, and the approval of its service', async () => {
  const id = 'own'
  const base = await world.upload(id, codeOf(1))
  await world.deploy(id, base)
  await world.watch(id, { previews: 1, approval: true })
  const folder = await mkdtemp(join(world.folder, 'draft-'))
  await writeFile(join(folder, 'notes.txt'), 'x')
  const author = { name: '李四', email: 'li@example.com' }
  const draft = (message: string) =>
    world.algorithms.codeHost.draft({
      algorithmId: id,
      base,
      folder,
      keepsModes: true,
      removed: [],
      message,
      author,
    })
  const commit = await draft('试试')
  const repository = { path: join(world.repositories, `${id}.git`), sandbox: noSandbox }
  await git({ repository, args: ['update-ref', 'refs/heads/aside', commit] })
  await lookAfterPush(world.deps, { algorithmId: id, actor: testActor('user'), commits: [commit] })
  const waiting = await world.until(`${id}--aside`, ({ state }) => state === 'waiting')
  expect(waiting).toMatchObject({ author: '李四', pushedBy: 'user-tester' })
  expect(await releaseOf(`${id}--aside`)).toBeNull()
  expect((await world.ask('POST', `/pipelines/${waiting.id}/approve`)).statusCode).toBe(202)
  expect(await world.until(`${id}--aside`, succeeded)).toMatchObject({ commit, trigger: 'push' })
  // A forced push: the branch leads to another commit in place of that one.
  const instead = await draft('改写')
  await git({ repository, args: ['update-ref', 'refs/heads/aside', instead] })
  await lookAfterPush(world.deps, { algorithmId: id, actor: testActor('user'), commits: [] })
  const rewritten = await world.until(`${id}--aside`, ({ state }) => state === 'waiting')
  // Another push was the reason to look, so it is not known who has pushed this commit.
  expect(rewritten).toMatchObject({
    commit: instead,
    message: '改写',
    previousCommit: commit,
    pushedBy: null,
  })
  await git({ repository, args: ['update-ref', '-d', 'refs/heads/aside'] })
  await lookAfterPush(world.deps, { algorithmId: id, actor: testActor('user'), commits: [] })
  expect(await world.previews(id)).toEqual([])
  // What has become of its pushes can still be read.
  const { deps } = world
  const page = { limit: 10, offset: 0 }
  const left = await deps.pipelines.list({ q: `${id}--aside`, within: null }, page)
  expect(left.items).toMatchObject([
    { id: rewritten.id, state: 'cancelled', serviceGone: true },
    { id: waiting.id, state: 'succeeded', serviceGone: true },
  ])
  const shown = await world.ask('GET', `/pipelines/${waiting.id}`)
  expect(shown.json()).toMatchObject({
    service_name: `${id}--aside`,
    service_deleted: true,
    may_operate: false,
    branch: 'aside',
  })
  expect((await world.ask('GET', `/pipelines/${waiting.id}/changes`)).statusCode).toBe(200)
  const again = await world.ask('POST', `/pipelines/${waiting.id}/rerun`)
  expect(again.json()).toMatchObject({ error: { code: 'service.not_found' } })
  // The id may be that of a service of somebody else by now.
  expect(await world.pipelines(`${id}--aside`)).toEqual([])
  const within = [`${id}--aside`]
  const listed = await deps.pipelines.list({ q: '', within }, page)
  expect(listed.total).toBe(0)
  const key = { ...testActor('admin'), serviceIds: within }
  await expect(getPipeline(deps, { actor: key, id: waiting.id })).rejects.toMatchObject({
    code: 'pipeline.not_found',
  })
})

test('a branch that has the name of something that objects have is looked at like any other', async () => {
  const { name, folder } = await world.deployed()
  await world.run(['push', '--quiet', 'origin', 'HEAD:__proto__', 'HEAD:constructor'], folder)
  await world.watch(name, { previews: 2 })
  await lookAtAllPreviews(world.deps)
  expect(await world.previews(name)).toEqual([])
  await world.push(folder, '__proto__', codeOf(2), 'one')
  const pushed = await world.push(folder, 'constructor', codeOf(3), 'two')
  await world.looked(name)
  const seen = (await world.deps.rules.get(name))?.seenBranches ?? {}
  expect(Object.keys(seen).toSorted()).toEqual(['__proto__', 'constructor'])
  expect(seen['constructor']).toBe(pushed)
  expect(await world.previews(name)).toHaveLength(2)
})
