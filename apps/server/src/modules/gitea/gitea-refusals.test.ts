import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { Actor } from '../../lib/actor.ts'
import { createGiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { bringFromGitea, pushToGitea, registerFromGitea } from './gitea.algorithms.ts'
import { followRename } from './gitea.follow.ts'
import { moveToGitea } from './gitea.move.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'

let server: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
})

/** An algorithm whose code is in Gitea, and a clone of that. */
async function registered() {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'first')
  await world.ask('POST', '/repos/register', { repo_url: url })
  return { fullName, name, clone }
}
/** An upload of changed code, which is pushed there. */
async function uploadTo(algorithmId: string) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# 2`)
  return () => registerFolder(world.algorithms, { folder, actor: testActor('admin'), algorithmId })
}

// What `gitea hook` writes: newer ones, and 1.15 (seen there).
test.each([
  ['error:\nerror: Not allowed to push to protected branch main\nerror:'],
  [
    '\nGitea: Not allowed to push to protected branch main\nGitea: Not allowed to push to protected branch main',
  ],
])('a branch that is protected there is no passing failure: it is told in Gitea’s words', async (said) => {
  const { fullName, name, clone } = await registered()
  const there = async () =>
    (await world.run(['ls-remote', '--quiet', 'origin', 'refs/heads/main'], clone)).output
  const before = await there()
  server.pushes.declined = said
  const upload = await uploadTo(name)
  await expect(upload()).rejects.toMatchObject({
    code: 'gitea.push_declined',
    details: { repository: fullName, reason: 'Not allowed to push to protected branch main' },
  })
  expect(await there()).toBe(before)
  server.pushes.declined = null
  expect(await there()).toBe(before)
  expect((await upload()).version.number).toBe(2)
})

test('a repository that takes no pushes says why, and a token that lacks a scope is told as that', async () => {
  const { fullName: repository, name } = await registered()
  const upload = await uploadTo(name)
  // What Gitea answers for a mirror and for a token, each with 403.
  const mirror = 'mirror repository is read-only'
  server.pushes.forbidden = mirror
  await expect(upload()).rejects.toMatchObject({
    code: 'gitea.push_declined',
    details: { repository, reason: mirror },
  })
  server.pushes.forbidden = 'Forbidden'
  await expect(upload()).rejects.toMatchObject({ code: 'gitea.token_refused' })
  server.pushes.forbidden = null
  expect((await upload()).version.number).toBe(2)
})

test('a repository that was renamed there is told with its new name, and is found when it is renamed back', async () => {
  const { fullName: repository, name } = await registered()
  server.renamed.set(name, 'other')
  const pulled = await world.ask('POST', '/repos/pull', { algorithm_id: name })
  expect([pulled.statusCode, pulled.json().error]).toMatchObject([
    409,
    { code: 'gitea.repository_moved', details: { repository, to: `${server.owner}/other` } },
  ])
  server.renamed.clear()
  expect((await world.ask('POST', '/repos/pull', { algorithm_id: name })).statusCode).toBe(200)
})

test('whatever is asked of a repository that was renamed there, its new name is told, and no address of the API', async () => {
  const { fullName: repository, name } = await registered()
  const client = createGiteaClient({ serverUrl: server.url, token: server.token })
  const hook = { url: 'http://127.0.0.1:9/x', secret: 'f'.repeat(64) }
  const status = { state: 'success', description: '', url: 'http://127.0.0.1:9/x', context: 'x' } as const
  await server.rename(name, 'other')
  for (const ask of [
    () => client.repository(repository),
    () => client.branches(repository),
    () => client.tags(repository),
    () => client.branch(repository, 'main'),
    () => client.createPushHook(repository, hook),
    () => client.setStatus(repository, 'a'.repeat(40), status),
  ])
    await expect(ask()).rejects.toMatchObject({
      code: 'gitea.repository_moved',
      details: { repository, to: `${server.owner}/other` },
    })
})

test('a repository that was renamed there is followed by one request, with the others in it, and pulled from there', async () => {
  const { url, fullName, name: repositoryName } = await world.create()
  const clone = await world.clone(fullName)
  const folders = { 'one/ai_algorithm.py': smallest, 'two/ai_algorithm.py': smallest }
  await world.push(clone, 'main', folders, 'first')
  for (const folder of ['one', 'two']) {
    const id = `${repositoryName}-${folder}`
    await world.ask('POST', '/repos/register', { repo_url: url, folder, algorithm_id: id })
  }
  const id = `${repositoryName}-one`
  const follow = (to: string, role = 'admin') =>
    world.ask('POST', '/repos/follow', { algorithm_id: id, to }, role)
  expect((await follow('team/anywhere')).json().error.code).toBe('gitea.repository_not_moved')
  await server.rename(repositoryName, 'first-name')
  await server.rename('first-name', 'second-name')
  const to = `${server.owner}/second-name`
  // Where it is says Gitea. What the caller expects is only compared with that.
  const elsewhere = await follow('team/anywhere')
  expect(elsewhere.json().error).toMatchObject({ code: 'gitea.repository_moved', details: { to } })
  expect((await follow(to, 'neighbour')).json().error.code).toBe('algorithm.not_owner')
  expect((await world.gitea.places.get(id))?.url).toContain(`/${fullName}.git`)
  const followed = await follow(to)
  expect([followed.statusCode, followed.json()]).toMatchObject([
    200,
    { repository: { full_name: to }, algorithm_ids: [id, `${repositoryName}-two`] },
  ])
  const place = await world.gitea.places.get(id)
  expect(place).toMatchObject({ url: `${server.url}/${to}.git`, branch: 'main', folder: 'one' })
  const pulled = await world.ask('POST', '/repos/pull', { algorithm_id: id })
  expect([pulled.statusCode, pulled.json().changed]).toEqual([200, false])
  // Webhooks stay with the repository, and are deleted by the name that they were made with.
  const client = createGiteaClient({ serverUrl: server.url, token: server.token })
  const hook = await client.createPushHook(to, { url: 'http://127.0.0.1:9/x', secret: 'f'.repeat(64) })
  await client.deleteHook(fullName, hook)
  expect(server.hooks.all).toEqual([])
})

const somebody = testActor('user', '22222222-2222-4222-8222-222222222222')
const registerAs = (actor: Actor, url: string, id: string, folder: string) =>
  registerFromGitea(world.gitea, {
    url,
    branch: undefined,
    tag: undefined,
    folder,
    actor,
    id,
    language: 'en',
  })
/** Uploads changed code as the other person. */
async function sendTo(algorithmId: string) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# theirs`)
  return registerFolder(world.algorithms, { folder, actor: somebody, algorithmId })
}

test.each([
  ['all of it', '', ''],
  ['the same folder', 'models/one', 'models/one'],
  ['a folder of it', '', 'models/one'],
  ['a folder around it', 'models/one', 'models'],
])(
  'code of somebody else’s algorithm is not registered, and not changed by an algorithm that was there before: %s',
  async (_what, folder, theirs) => {
    const { url, fullName, name } = await world.create()
    const clone = await world.clone(fullName)
    const files = { 'ai_algorithm.py': smallest, 'models/ai_algorithm.py': smallest }
    const first = await world.push(
      clone,
      'main',
      { ...files, 'models/one/ai_algorithm.py': smallest },
      'first',
    )
    await registerAs(somebody, url, 'mine', theirs)
    // An administrator may change all algorithms.
    await registerAs(testActor('admin'), url, name, folder)
    const refused = {
      code: 'gitea.repository_of_others',
      details: { repository: fullName, algorithm_id: name, owner: 'admin-tester' },
    }
    await expect(registerAs(somebody, url, 'another', theirs)).rejects.toMatchObject(refused)
    const deployed = { actor: somebody, id: 'another', url, folder: theirs, language: 'en' } as const
    await expect(bringFromGitea(world.gitea, deployed)).rejects.toMatchObject(refused)
    await expect(sendTo('mine')).rejects.toMatchObject(refused)
    await expect(pushToGitea(world.gitea, { actor: somebody, id: 'mine' })).rejects.toMatchObject(refused)
    expect(await server.git(name, ['rev-parse', 'main'])).toBe(first)
  },
)

test('people whose algorithms are in different folders of a repository both change theirs', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  const files = { 'one/ai_algorithm.py': smallest, 'one-more/ai_algorithm.py': smallest }
  await world.push(clone, 'main', files, 'first')
  await registerAs(testActor('admin'), url, name, 'one')
  await registerAs(somebody, url, 'mine', 'one-more')
  expect((await sendTo('mine')).version.number).toBe(2)
  expect(await server.git(name, ['cat-file', 'blob', 'main:one-more/ai_algorithm.py'])).toContain('# theirs')
})

test('a name that a repository of somebody else’s algorithm has given up is not taken for a new one', async () => {
  const { url, fullName, name } = await world.create()
  await world.push(await world.clone(fullName), 'main', { 'ai_algorithm.py': smallest }, 'first')
  await registerAs(testActor('admin'), url, 'victims', '')
  await server.rename(name, 'away')
  await sendTo(name)
  await expect(moveToGitea(world.gitea, { actor: somebody, id: name })).rejects.toMatchObject({
    code: 'gitea.repository_exists',
    details: { repository: fullName },
  })
})

test('a repository that somebody registers while the files of a move there are sent is theirs', async () => {
  const { url, name } = await world.create('moving')
  const first = await world.push(
    await world.clone(`${server.owner}/${name}`),
    'main',
    { 'ai_algorithm.py': smallest },
    'first',
  )
  // The same code, so that the move adopts the repository, with a later commit that it would push there.
  await registerAs(somebody, url, 'moving', '')
  await world.moveBack('moving')
  await sendTo('moving')
  const modelFiles = {
    held: async (...asked: Parameters<typeof world.gitea.modelFiles.held>) => {
      await registerAs(testActor('admin'), url, 'meanwhile', '')
      return world.gitea.modelFiles.held(...asked)
    },
  }
  const move = moveToGitea(
    { ...world.gitea, modelFiles },
    { actor: somebody, id: 'moving', existing: 'adopt' },
  )
  await expect(move).rejects.toMatchObject({ code: 'gitea.repository_exists' })
  expect(await server.git(name, ['rev-parse', 'main'])).toBe(first)
  expect(await world.gitea.places.get('moving')).toMatchObject({ provider: 'builtin' })
})

test('an algorithm does not follow another one to a place that somebody registers just then', async () => {
  const owner = testActor('user', '33333333-3333-4333-8333-333333333333')
  const { url, fullName, name } = await world.create()
  const files = { 'one/ai_algorithm.py': smallest, 'two/ai_algorithm.py': smallest }
  await world.push(await world.clone(fullName), 'main', files, 'first')
  await registerAs(owner, url, 'one', 'one')
  await registerAs(owner, url, 'two', 'two')
  const { places } = world.gitea
  const two = await places.get('two')
  if (!two) throw new Error('it is not recorded')
  await places.move('two', { ...two, repositoryNumber: null })
  await server.rename(name, 'new-name')
  const to = `${server.owner}/new-name`
  /** Registers the second as somebody else as soon as the algorithms at the former name are looked for. */
  const at: typeof places.at = async (asked) => {
    const found = await places.at(asked)
    if (asked.some((one) => one.url === two.url))
      await registerAs(somebody, `${server.url}/${to}`, 'mine', 'two')
    return found
  }
  const gitea = { ...world.gitea, places: { ...places, at } }
  expect(await followRename(gitea, { actor: owner, id: 'one', to })).toMatchObject({ algorithm_ids: ['one'] })
  expect(await places.get('two')).toMatchObject({ url: two.url })
})

test('a repository is nobody else’s by its new name, and not followed where somebody has registered it all the same', async () => {
  const owner = testActor('user', '33333333-3333-4333-8333-333333333333')
  const { url, fullName, name } = await world.create()
  await world.push(await world.clone(fullName), 'main', { 'ai_algorithm.py': smallest }, 'first')
  await registerAs(owner, url, 'victims', '')
  await server.rename(name, 'new-name')
  const to = `${server.owner}/new-name`
  const register = () => registerAs(somebody, `${server.url}/${to}`, 'mine', '')
  await expect(register()).rejects.toMatchObject({
    code: 'gitea.repository_of_others',
    details: { repository: to, algorithm_id: 'victims' },
  })
  // Its number was not known then.
  const place = await world.gitea.places.get('victims')
  if (place) await world.gitea.places.move('victims', { ...place, repositoryNumber: null })
  await register()
  await expect(followRename(world.gitea, { actor: owner, id: 'victims', to })).rejects.toMatchObject({
    code: 'gitea.repository_of_others',
    details: { repository: to, algorithm_id: 'mine' },
  })
})
