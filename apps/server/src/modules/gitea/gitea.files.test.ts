import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { digestOf, pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { getVersion } from '../algorithms/algorithms.usecases.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { wholeReach } from '../models/open-url.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'
import { openInsideServer } from './inside-server.test-setup.ts'

const weights = randomBytes(300_000)
const sha256 = digestOf(weights)
const owner = testActor('admin')

let server: GiteaStandIn
let world: GiteaWorld
/** A server that nobody has set up, in the network of this machine. */
let inside: Awaited<ReturnType<typeof openInsideServer>>
const askedInside: IncomingMessage[] = []
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
  askedInside.length = 0
  inside = await openInsideServer((request, response) => {
    askedInside.push(request)
    response.end(weights)
  })
})
afterEach(() => inside.close())

/** A repository in Gitea with a pointer to the weights, whose file is in its Git LFS. It is not yet an algorithm. */
async function repositoryWithPointer(more: Record<string, string> = {}) {
  const made = await world.create()
  const clone = await world.clone(made.fullName)
  server.lfs.add(made.name, weights)
  const files = { 'ai_algorithm.py': smallest, 'model.bin': pointerTo(weights), ...more }
  await world.push(clone, 'main', files, 'first')
  return made
}
const register = (url: string) => world.ask('POST', '/repos/register', { repo_url: url })

/** Does what a deploy does with model files, and returns the folder of the release. */
async function deploy(algorithmId: string): Promise<string> {
  const { manifest } = await getVersion(world.algorithms, { algorithmId })
  const folder = await mkdtemp(join(world.folder, 'release-'))
  await writeFile(join(folder, 'model.bin'), pointerTo(weights))
  const wanted = { algorithmId, manifest, serviceOwnerId: owner.id }
  await world.modelFiles.require({ ...wanted, giver: owner })
  const signal = new AbortController().signal
  await world.modelFiles.place({ ...wanted, folder, signal, report: async () => undefined })
  return folder
}
const ownedHere = () => world.models.owned(owner.id, [sha256])

describe('files that Git LFS keeps in Gitea', () => {
  test('are fetched for a deploy, once, as model files of the owner of the algorithm', async () => {
    const { name, url } = await repositoryWithPointer()
    const { warnings, algorithm } = (await register(url)).json()
    expect(warnings.map(({ code }: { code: string }) => code)).not.toContain('preflight.model_missing')
    expect(await ownedHere()).toEqual([])
    const folder = await deploy(algorithm.id)
    expect((await readFile(join(folder, 'model.bin'))).equals(weights)).toBe(true)
    expect(await ownedHere()).toMatchObject([{ sha256, origin: 'lfs', size: weights.length }])
    const downloads = () => server.lfs.asked.filter((one) => one.startsWith('GET'))
    expect(downloads()).toEqual([`GET objects/${sha256}`])
    await deploy(name)
    expect(downloads()).toHaveLength(1)
  })

  test('are looked for by an inspection, which says of those that are not there that they are missing', async () => {
    const { name, url } = await repositoryWithPointer()
    const codes = async () =>
      (await world.ask('POST', '/repos/inspect', { repo_url: url }))
        .json()
        .warnings.map(({ code }: { code: string }) => code)
    expect(await codes()).not.toContain('preflight.model_missing')
    server.lfs.of(name).clear()
    expect(await codes()).toContain('preflight.model_missing')
  })

  test('are missing if the repository has no such object, or the server has no Git LFS', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.lfs.isOn = false
    await expect(deploy(name)).rejects.toMatchObject({ code: 'deploy.model_missing' })
    server.lfs.isOn = true
    server.lfs.of(name).clear()
    await expect(deploy(name)).rejects.toMatchObject({ code: 'deploy.model_missing' })
  })

  test('are not called missing where the repository has another name by now, or is gone', async () => {
    const { name, fullName: repository, url } = await repositoryWithPointer()
    await register(url)
    await server.rename(name, 'elsewhere')
    await expect(deploy(name)).rejects.toMatchObject({
      code: 'gitea.repository_moved',
      details: { repository, to: `${server.owner}/elsewhere` },
    })
    server.renamed.clear()
    await expect(deploy(name)).rejects.toMatchObject({ code: 'gitea.repository_not_found' })
  })

  test('are not looked for at what is no address', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.lfs.elsewhere = 'no address'
    await expect(deploy(name)).rejects.toMatchObject({ code: 'gitea.not_gitea' })
  })

  test('come from the address that is set up, whatever .lfsconfig says and whatever the server calls itself', async () => {
    const hostile = `[lfs]\n\turl = ${inside.url}/lfs\n[remote "origin"]\n\tlfsurl = ${inside.url}/lfs\n`
    const { name, url } = await repositoryWithPointer({ '.lfsconfig': hostile })
    server.lfs.rootUrl = 'https://gitea.example.invalid'
    await register(url)
    const folder = await deploy(name)
    expect((await readFile(join(folder, 'model.bin'))).equals(weights)).toBe(true)
    expect(askedInside).toEqual([])
  })

  test.each([['elsewhere'], ['redirect']] as const)(
    'are not fetched from an inside address that the server names (%s), and the token never goes there',
    async (how) => {
      const { name, url } = await repositoryWithPointer()
      await register(url)
      if (how === 'elsewhere') server.lfs.elsewhere = `${inside.url}/store`
      else server.lfs.redirect = `${inside.url}/store`
      await expect(deploy(name)).rejects.toMatchObject({ code: 'deploy.model_fetch_failed' })
      expect(askedInside).toEqual([])
      expect(await ownedHere()).toEqual([])
      // Where the administrator allows every address.
      world.reach.now = wholeReach
      const folder = await deploy(name)
      expect((await readFile(join(folder, 'model.bin'))).equals(weights)).toBe(true)
      expect(askedInside.map(({ headers }) => headers.authorization)).toEqual([undefined])
    },
  )

  test('are not fetched from other servers at all where URLs are turned off', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    world.reach.now = null
    server.lfs.redirect = `${inside.url}/store`
    await expect(deploy(name)).rejects.toMatchObject({ code: 'deploy.model_fetch_failed' })
    server.lfs.redirect = null
    await deploy(name)
    expect(await ownedHere()).toHaveLength(1)
  })

  test('are kept only if they are what the pointer says', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.lfs.damaged = Buffer.from('something else')
    await expect(deploy(name)).rejects.toMatchObject({ code: 'model.digest_mismatch' })
    server.lfs.damaged = Buffer.concat([weights, weights])
    await expect(deploy(name)).rejects.toMatchObject({ code: 'model.too_large' })
    expect(await ownedHere()).toEqual([])
  })

  test('go on where a download broke off', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.lfs.breakAfter = 100_000
    const folder = await deploy(name)
    expect((await readFile(join(folder, 'model.bin'))).equals(weights)).toBe(true)
    expect(server.lfs.asked.filter((one) => one.startsWith('GET'))).toHaveLength(2)
  })

  test('a token that lost its rights and a server that is broken are told as that', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.broken = 403
    await expect(deploy(name)).rejects.toMatchObject({ code: 'gitea.token_refused' })
    server.broken = 500
    await expect(deploy(name)).rejects.toMatchObject({ code: 'gitea.failed' })
    server.broken = null
    await deploy(name)
  })
})

describe('a move of code takes the files of Git LFS along', () => {
  /** An algorithm of the platform with two pointers, of which one names a file that it may not use. */
  async function kept(id: string) {
    const folder = await mkdtemp(join(world.folder, 'upload-'))
    await mkdir(join(folder, 'deep'))
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    await writeFile(join(folder, 'model.bin'), pointerTo(weights))
    await writeFile(join(folder, 'deep', 'other.bin'), pointerTo(Buffer.from('of somebody else')))
    await registerFolder(world.algorithms, { folder, actor: owner, algorithmId: id })
    for (const content of [weights, Buffer.from('of somebody else')]) await world.keep(owner, content)
    await world.models.takeBack(id)
    await world.models.give({ algorithmId: id, ownerId: owner.id }, [sha256])
  }

  test('to Gitea: those that the algorithm may use, and no other of its owner', async () => {
    await kept('moves')
    const moved = await world.ask('POST', '/repos', { algorithm_id: 'moves' })
    expect(moved.statusCode).toBe(201)
    expect([...server.lfs.of('moves').keys()]).toEqual([sha256])
    expect(server.lfs.of('moves').get(sha256)?.equals(weights)).toBe(true)
    expect(server.lfs.asked.at(-1)).toBe('POST verify')
  })

  test('to a Gitea that does not take them: nothing is moved, and no repository is left there', async () => {
    await kept('stays')
    server.lfs.isOn = false
    const refused = await world.ask('POST', '/repos', { algorithm_id: 'stays' })
    expect(refused.json().error).toMatchObject({ code: 'gitea.lfs_refused' })
    server.lfs.isOn = true
    server.lfs.mostBytes = 1000
    const large = await world.ask('POST', '/repos', { algorithm_id: 'stays' })
    expect(large.json().error).toMatchObject({
      code: 'gitea.lfs_refused',
      details: { reason: '422 Size must be less than or equal to 1000' },
    })
    server.lfs.mostBytes = Number.MAX_SAFE_INTEGER
    server.lfs.leavesOut = true
    const unanswered = await world.ask('POST', '/repos', { algorithm_id: 'stays' })
    expect(unanswered.json().error).toMatchObject({
      code: 'gitea.lfs_refused',
      details: { reason: `no answer for ${sha256}` },
    })
    expect((await world.ask('GET', '/repos?q=stays')).json().items).toEqual([])
    expect((await world.gitea.places.get('stays'))?.provider).toBe('builtin')
  })

  test('and never to another server that Gitea names for an upload', async () => {
    await kept('leads')
    world.reach.now = wholeReach
    server.lfs.elsewhere = `${inside.url}/store`
    const refused = await world.ask('POST', '/repos', { algorithm_id: 'leads' })
    expect(refused.json().error).toMatchObject({ code: 'gitea.lfs_refused' })
    expect(askedInside).toEqual([])
  })

  test('back to the platform: also those of earlier commits, as model files', async () => {
    const { name, url } = await repositoryWithPointer()
    const earlier = randomBytes(1000)
    server.lfs.add(name, earlier)
    const clone = await world.clone(`${server.owner}/${name}`)
    await world.push(clone, 'main', { 'model.bin': pointerTo(earlier) }, 'another')
    const wrongSize = pointerTo(weights).replace(/size \d+/, 'size 7')
    const files = { 'model.bin': pointerTo(weights), 'wrong.txt': wrongSize }
    await world.push(clone, 'main', files, 'back')
    await world.push(clone, 'main', { 'wrong.txt': 'none' }, 'without the wrong one')
    await register(url)
    await world.moveBack(name)
    const digests = [sha256, digestOf(earlier)]
    const to = { algorithmId: name, ownerId: owner.id }
    expect([...(await world.models.given(to, digests))].toSorted()).toEqual(digests.toSorted())
    expect((await world.gitea.places.get(name))?.provider).toBe('builtin')
    await deploy(name)
  })

  test('back to the platform: the server and the database are asked once about all pointers', async () => {
    const lacking = Array.from({ length: 5 }, (_one, at) => [`${at}.bin`, pointerTo(randomBytes(10))])
    const { name, url } = await repositoryWithPointer(Object.fromEntries(lacking))
    await register(url)
    const owned = vi.spyOn(world.models, 'owned')
    server.lfs.asked.length = 0
    await world.moveBack(name)
    expect(server.lfs.asked).toEqual(['POST objects/batch', `GET objects/${sha256}`])
    expect(owned).toHaveBeenCalledTimes(1)
  })

  test('back from a Gitea that keeps none any more: nothing is moved, because they would be left behind', async () => {
    const { name, url } = await repositoryWithPointer()
    await register(url)
    server.lfs.isOn = false
    await expect(world.moveBack(name)).rejects.toMatchObject({
      code: 'gitea.lfs_refused',
      details: { reason: 'HTTP 404' },
    })
    expect((await world.gitea.places.get(name))?.provider).toBe('gitea')
    server.lfs.isOn = true
    await world.moveBack(name)
    expect(await ownedHere()).toHaveLength(1)
  })
})
