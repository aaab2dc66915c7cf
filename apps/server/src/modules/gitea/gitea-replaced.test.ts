import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { moveToGitea } from './gitea.move.ts'
import { learnNumbers } from './gitea.recorded.ts'
import { mayUseAllIn } from './gitea.repositories.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'

let server: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
})

const numberOf = async (id: string) => (await world.gitea.places.get(id))?.repositoryNumber
async function forgetNumber(id: string) {
  const place = await world.gitea.places.get(id)
  if (place) await world.gitea.places.move(id, { ...place, repositoryNumber: null })
}
/** A repository of Gitea with code. */
async function filled(content: string, given?: string) {
  const made = await world.create(given)
  const clone = await world.clone(made.fullName)
  const commit = await world.push(clone, 'main', { 'ai_algorithm.py': content }, 'first')
  return { ...made, clone, commit }
}
/** An algorithm whose code is in Gitea. */
async function registered() {
  const made = await filled(smallest)
  await world.ask('POST', '/repos/register', { repo_url: made.url })
  return made
}
const pull = (id: string) => world.ask('POST', '/repos/pull', { algorithm_id: id })
const follow = (id: string, to: string) => world.ask('POST', '/repos/follow', { algorithm_id: id, to })

describe('a repository that has got the name of another one', () => {
  /** An algorithm whose repository is called `away` by now, and the one that has got its name. */
  async function replaced() {
    const own = await registered()
    const known = await numberOf(own.name)
    await server.rename(own.name, 'away')
    const other = await filled(`${smallest}# theirs`, own.name)
    const error = {
      code: 'gitea.repository_replaced',
      details: { repository: own.fullName, known, found: expect.any(Number) },
    }
    return { ...own, known, other, error }
  }
  const headThere = (name: string) => server.git(name, ['rev-parse', 'main'])

  test('is neither fetched nor written to, and no file of Git LFS goes there', async () => {
    const { name, other, error } = await replaced()
    const pulled = await pull(name)
    expect([pulled.statusCode, pulled.json().error]).toMatchObject([409, error])
    const folder = await mkdtemp(join(world.folder, 'upload-'))
    await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# mine`)
    const upload = () =>
      registerFolder(world.algorithms, { folder, actor: testActor('admin'), algorithmId: name })
    await expect(upload()).rejects.toMatchObject(error)
    await writeFile(join(folder, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n')
    await writeFile(join(folder, 'weights.bin'), 'private')
    await expect(upload()).rejects.toMatchObject(error)
    const pushed = await world.ask('POST', '/repos/push', { algorithm_id: name })
    expect(pushed.json().error).toMatchObject(error)
    const deployed = world.follow(name, 'main')
    await expect(deployed).rejects.toMatchObject(error)
    expect(await headThere(name)).toBe(other.commit)
    expect(server.lfs.asked).toEqual([])
    expect(await world.algorithms.codeHost.resolve(name, other.commit)).toBeNull()
    await expect(world.moveBack(name)).rejects.toMatchObject(error)
  })

  test('is used on request, by its own name alone', async () => {
    const { name, fullName, known, other, error } = await replaced()
    expect((await follow(name, `${server.owner}/away`)).json().error).toMatchObject(error)
    expect(await numberOf(name)).toBe(known)
    expect((await follow(name, fullName)).json()).toMatchObject({ algorithm_ids: [name] })
    expect(await numberOf(name)).not.toBe(known)
    expect((await pull(name)).json()).toMatchObject({ commit: other.commit, changed: true })
    expect((await follow(name, fullName)).json().error.code).toBe('gitea.repository_not_moved')
  })

  test('is not followed to where it goes next', async () => {
    const { name, known } = await replaced()
    await server.rename(name, 'third')
    const answer = await follow(name, `${server.owner}/third`)
    expect(answer.json().error).toMatchObject({ code: 'gitea.repository_replaced', details: { known } })
    expect(await numberOf(name)).toBe(known)
  })
})

test('the number of a repository is known from its registration and its move, and stays when it is followed', async () => {
  const { name, fullName } = await registered()
  const number = await numberOf(name)
  expect(number).toEqual(expect.any(Number))
  await server.rename(name, 'new-name')
  await follow(name, `${server.owner}/new-name`)
  expect(await numberOf(name)).toBe(number)
  await world.moveBack(name)
  expect(await numberOf(name)).toBeNull()
  await world.ask('POST', '/repos', { algorithm_id: name })
  expect([fullName, await numberOf(name)]).toEqual([`${server.owner}/${name}`, (number ?? 0) + 1])
})

test('a number that is not known is learnt by the next fetch, and by a look at all, also under a former name', async () => {
  const first = await registered()
  const second = await registered()
  const numbers = [await numberOf(first.name), await numberOf(second.name)]
  await forgetNumber(first.name)
  expect((await pull(first.name)).statusCode).toBe(200)
  expect(await numberOf(first.name)).toBe(numbers[0])
  await forgetNumber(first.name)
  await forgetNumber(second.name)
  await server.rename(second.name, 'new-name')
  await learnNumbers(world.gitea)
  expect([await numberOf(first.name), await numberOf(second.name)]).toEqual(numbers)
  const before = server.asked.length
  await learnNumbers(world.gitea)
  expect(server.asked).toHaveLength(before)
})

test('a server at a new address may be another one, so the numbers of its repositories are learnt anew', async () => {
  const { name, fullName } = await registered()
  const { places } = world.gitea
  const number = await numberOf(name)
  await places.atServer(server.url)
  expect(await numberOf(name)).toBe(number)
  await places.atServer(`${server.url}/git`)
  expect(await places.get(name)).toMatchObject({
    url: `${server.url}/git/${fullName}.git`,
    repositoryNumber: null,
  })
  // Back to an address with which the former one begins.
  await places.atServer(server.url)
  expect((await places.get(name))?.url).toBe(`${server.url}/${fullName}.git`)
})

test('a repository in which another algorithm is recorded under a former name is not adopted', async () => {
  const { name } = await registered()
  await server.rename(name, 'new-name')
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), smallest)
  const actor = testActor('admin')
  await registerFolder(world.algorithms, { folder, actor, algorithmId: 'new-name' })
  const adopt = moveToGitea(world.gitea, { actor, id: 'new-name', existing: 'adopt' })
  await expect(adopt).rejects.toMatchObject({ code: 'gitea.repository_exists' })
})

test('all of a repository is everybody’s where it is of the default owner, and else nobody knows', async () => {
  const mayUseAll = mayUseAllIn(world.gitea)
  const at = (fullName: string) => ({ provider: 'gitea' as const, url: `${server.url}/${fullName}.git` })
  const asked = [at(`${server.owner}/x`), at('others/x'), { provider: 'builtin' as const, url: '/x.git' }]
  const answers = (actor = testActor('user')) => Promise.all(asked.map((place) => mayUseAll(actor, place)))
  expect(await answers()).toEqual([true, false, false])
  expect(await answers(testActor('admin'))).toEqual([true, true, false])
})
