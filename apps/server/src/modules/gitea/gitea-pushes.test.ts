import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { taskSteps, type CodeHostKind, type ExistingRepository } from '@vitrine/contract'
import { createGiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import type { Actor } from '../../lib/actor.ts'
import { openMoves } from './gitea-move.test-world.ts'
import { moveToGitea } from './gitea.move.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { users } from '../users/users.tables.ts'
import { urlOf } from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

const mib = 1024 ** 2
/** What no compression makes smaller. */
const noise = (bytes: number) => randomBytes(bytes)

let server: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
})

/** Stores a package with some large files in the platform's own host. */
async function stored(id: string, sizes: readonly number[], actor = testActor('admin')) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), smallest)
  for (const [at, bytes] of sizes.entries()) await writeFile(join(folder, `part-${at}.bin`), noise(bytes))
  const { version } = await registerFolder(world.algorithms, {
    folder,
    actor,
    algorithmId: id,
  })
  return version.commit
}
const move = (id: string) => world.ask('POST', '/repos', { algorithm_id: id })
const headThere = async (fullName: string) => {
  const clone = await world.clone(fullName)
  return (await world.run(['rev-parse', 'origin/main'], clone)).output.trim()
}

test('code that is larger than one request may be goes there in parts', async () => {
  const commit = await stored('large', [mib, mib, mib, mib, mib, mib])
  server.pushes.mostBytes = 2.5 * mib
  const moved = await move('large')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
  expect(server.pushes.taken.length).toBeGreaterThan(3)
  // Each file is sent once.
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a long history goes there in parts too', async () => {
  for (let at = 0; at < 5; at += 1) await stored('long', [mib])
  const commit = await stored('long', [mib])
  server.pushes.mostBytes = 2.5 * mib
  const moved = await move('long')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a push that broke off goes on: what has arrived is not sent again', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'first')
  await world.ask('POST', '/repos/register', { repo_url: url })
  server.pushes.mostBytes = 2.5 * mib
  server.pushes.taken.length = 0
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# 2`)
  for (let at = 0; at < 6; at += 1) await writeFile(join(folder, `part-${at}.bin`), noise(mib))
  const upload = () =>
    registerFolder(world.algorithms, { folder, actor: testActor('admin'), algorithmId: name })
  // The whole is refused for its size, two parts are taken, and the token is refused.
  server.pushes.next = [413, null, null, 401]
  await expect(upload()).rejects.toMatchObject({ code: 'gitea.token_refused' })
  const before = server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)
  expect(before).toBeGreaterThan(mib)
  server.pushes.next = []
  const { version } = await upload()
  expect(await headThere(fullName)).toBe(version.commit)
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a server that is busy for a moment is asked again', async () => {
  const commit = await stored('patient', [1000])
  server.pushes.next = [503]
  const moved = await move('patient')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
})

test('a file that the server takes in no request is named, and nothing of the algorithm changes', async () => {
  await stored('huge', [2 * mib])
  server.pushes.mostBytes = mib / 2
  const answer = await move('huge')
  expect([answer.statusCode, answer.json().error]).toMatchObject([
    422,
    { code: 'code_host.file_refused', details: { path: 'part-0.bin' } },
  ])
  expect((await world.get('/huge')).json()).toMatchObject({ code_host: 'builtin' })
})

/** Moves code in a task, and resolves with the task at its end. */
async function moveAll(
  to: CodeHostKind,
  ids?: string[],
  options: { actor?: Actor; existing?: ExistingRepository } = {},
) {
  const { begin, ended } = openMoves(world)
  const { id } = await begin(to, ids, options)
  return ended(id)
}

/** Goes on with a move to Gitea that an earlier control plane has left like this. */
async function goOn(
  ids: string[],
  result: { moving: string; created: string | null; moved: number; failed: string[] },
) {
  const { repository, runner, ended } = openMoves(world)
  const begun = await repository.insert({
    kind: 'code.move',
    serviceId: null,
    createdBy: testActor('admin'),
    steps: taskSteps['code.move'],
    input: {
      to: 'gitea',
      algorithm_ids: ids,
      owners: Object.fromEntries(ids.map((id) => [id, testActor('admin').id])),
    },
  })
  return ended(runner.begin({ ...begun, task: { ...begun.task, result } }).id)
}
const hostOf = async (id: string) => (await world.get(`/${id}`)).json().code_host

test('all code moves to Gitea in a task, and back with what was pushed there; what cannot move is named and stays', async () => {
  await stored('one', [])
  await stored('two', [])
  await move('two')
  await world.change('DELETE', '/two', 'admin')
  await stored('two', [])
  const there = await moveAll('gitea')
  expect(there).toMatchObject({
    state: 'failed',
    error: { code: 'gitea.move_incomplete', details: { moved: 1, ids: ['two'] } },
  })
  expect([await hostOf('one'), await hostOf('two')]).toEqual(['gitea', 'builtin'])
  const folder = await world.clone(`${server.owner}/one`)
  const pushed = await world.push(folder, 'main', { 'notes.txt': 'x' }, 'Pushed there')
  expect(await moveAll('builtin')).toMatchObject({ state: 'succeeded', result: { moved: 1 } })
  expect(await hostOf('one')).toBe('builtin')
  expect(await world.algorithms.codeHost.resolve('one', 'main')).toBe(pushed)
  expect(server.asked.filter((route) => route.startsWith('DELETE'))).toEqual([])
})

test('a task adopts what exists if that is chosen, and deletes it in no case; what another algorithm has is not adopted', async () => {
  const commit = await stored('empty', [])
  const { fullName } = await world.create('empty')
  const asked = async () => {
    const before = server.asked.length
    const ended = await moveAll('gitea', ['empty'], { existing: 'adopt' })
    return { ended, routes: server.asked.slice(before) }
  }
  const routes = ['GET /user', 'POST /user/repos', `GET /repos/${fullName}`]
  server.pushes.next = [403]
  expect(await asked()).toMatchObject({ ended: { state: 'failed' }, routes })
  expect(await hostOf('empty')).toBe('builtin')
  expect(await asked()).toMatchObject({ ended: { state: 'succeeded' }, routes })
  expect([await hostOf('empty'), await headThere(fullName)]).toEqual(['gitea', commit])
  await stored('shared', [])
  const shared = await world.create('shared')
  await world.push(await world.clone(shared.fullName), 'main', { 'ai_algorithm.py': smallest }, 'first')
  await world.ask('POST', '/repos/register', { repo_url: shared.url, algorithm_id: 'other-one' })
  const refused = await world.ask('POST', '/repos', { algorithm_id: 'shared', existing: 'adopt' })
  expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'gitea.repository_exists'])
})

test('a custom role that may change settings moves its own code, and nobody else’s', async () => {
  const custom = {
    ...testActor('user', '22222222-2222-4222-8222-222222222222'),
    permissions: testActor('admin').permissions,
  }
  await stored('own', [], custom)
  await stored('foreign', [])
  for (const ids of [undefined, ['own', 'foreign']])
    await expect(moveAll('gitea', ids, { actor: custom })).rejects.toMatchObject({
      code: 'algorithm.not_owner',
    })
  expect(await hostOf('foreign')).toBe('builtin')
  expect(await moveAll('gitea', ['own'], { actor: custom })).toMatchObject({ state: 'succeeded' })
  expect(await hostOf('own')).toBe('gitea')
})

test('a move that a restart has broken off goes on in the repository that it has created, and in no other', async () => {
  const commit = await stored('broken', [])
  const { settings } = await requireGitea(world.gitea)
  const about = { owner: server.owner, name: 'broken', isOwn: true, description: '' }
  await createGiteaClient(settings).createRepository(about)
  // The platform ended before it created one, and then somebody else did.
  const left = { moving: 'broken', created: null, moved: 0, failed: [] }
  expect(await goOn(['broken'], left)).toMatchObject({
    state: 'failed',
    error: { details: { ids: ['broken'] } },
  })
  expect([await hostOf('broken'), server.pushes.taken]).toEqual(['builtin', []])
  const created = urlOf(settings, `${server.owner}/broken`)
  expect(await goOn(['broken'], { ...left, created })).toMatchObject({ state: 'succeeded' })
  expect(await headThere(`${server.owner}/broken`)).toBe(commit)
})

test('a move that goes on counts what was moved before, and tries again what was not', async () => {
  await stored('one', [])
  await stored('two', [])
  await move('one')
  const ended = await goOn(['one', 'two'], { moving: 'one', created: null, moved: 3, failed: ['two'] })
  expect(ended).toMatchObject({ state: 'succeeded', result: { moved: 5, failed: [] } })
})

test('what comes back to the platform counts for its owner, whoever moves it', async () => {
  const owner = testActor('user', '22222222-2222-4222-8222-222222222222')
  const { db } = world
  const { quotas } = world.deps
  await createUsersRepository({ db }).seedRoles()
  await db.insert(users).values({ id: owner.id, username: owner.name, passwordHash: 'x', role: 'user' })
  await stored('bounded', [], owner)
  await move('bounded')
  quotas.person.codeBytes = 1
  expect(await moveAll('builtin')).toMatchObject({
    state: 'failed',
    error: { details: { ids: ['bounded'], en: expect.stringContaining('no room for more code') } },
  })
  expect(await hostOf('bounded')).toBe('gitea')
})

test('a push in parts tells how much of it has arrived', async () => {
  await stored('told', [mib, mib, mib, mib])
  server.pushes.mostBytes = 1.5 * mib
  const sent: { bytes: number; of: number }[] = []
  await moveToGitea(world.gitea, {
    actor: testActor('admin'),
    id: 'told',
    onSent: (now) => void sent.push(now),
  })
  expect(sent.length).toBeGreaterThan(1)
  expect(sent.map(({ bytes }) => bytes)).toEqual(sent.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
  expect(sent.every(({ bytes, of }) => bytes < of)).toBe(true)
})

test('what another algorithm sends ahead into the same repository is left alone', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  const head = await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'first')
  await world.ask('POST', '/repos/register', { repo_url: url })
  const staged = ['other/', `${name}/`, ''].map((of) => `refs/vitrine/staged/${of}${head}`)
  for (const ref of staged) await server.git(name, ['update-ref', ref, head])
  await stored(name, [1000])
  expect(await server.git(name, ['for-each-ref', '--format=%(refname)', 'refs/vitrine'])).toBe(staged[0])
})
