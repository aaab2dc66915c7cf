import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { openGiteaWorld } from './gitea.test-world.ts'

let server: GiteaStandIn
let world: Awaited<ReturnType<typeof openGiteaWorld>>
beforeEach(async () => {
  server = await GiteaStandIn.open()
  world = await openGiteaWorld(server)
  await world.setUp()
})
afterEach(async () => {
  await world.close()
  await server.close()
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
