import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ManifestModel } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { keepModel, removeUnownedModels } from './models.usecases.ts'
import {
  administrator,
  digestOf,
  limitBytes,
  neighbour,
  openModelsWorld,
  person,
} from './models.test-world.ts'

let world: Awaited<ReturnType<typeof openModelsWorld>>
beforeAll(async () => {
  world = await openModelsWorld()
})
beforeEach(() => world.setUses(new Map()))
afterAll(() => world.close())

/** Keeps a file as somebody’s and returns its row in the form of the API. */
async function kept(content: Buffer, role = 'user') {
  const answer = await world.keep({ upload_id: await world.upload(content, role) }, role)
  expect(answer.statusCode).toBe(201)
  return answer.json()
}

describe('keeping a model file', () => {
  test('an upload becomes a model file with its digest, its bytes are read-only, and the upload is gone', async () => {
    const content = randomBytes(1_000_000)
    const sha256 = digestOf(content)
    const id = await world.upload(content)
    const answer = await world.keep({ upload_id: id, sha256 })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      201,
      { sha256, size: content.length, name: 'weights.bin', origin: 'upload', uses: [] },
    ])
    const file = join(world.folder, 'models', sha256.slice(0, 2), sha256)
    expect((await readFile(file)).equals(content)).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o444)
    expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
    expect((await world.keep({ upload_id: id })).json().error.code).toBe('uploads.not_found')
  })

  test('a file with another digest than the stated one is refused, and neither it nor the upload is kept', async () => {
    const content = randomBytes(1_000)
    const upload_id = await world.upload(content)
    const answer = await world.keep({ upload_id, sha256: '0'.repeat(64) })
    expect([answer.statusCode, answer.json().error]).toMatchObject([
      422,
      { code: 'model.digest_mismatch', details: { expected: '0'.repeat(64), actual: digestOf(content) } },
    ])
    expect(await world.files()).not.toContain(digestOf(content))
    expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
    expect((await world.keep({ upload_id })).statusCode).toBe(404)
  })

  test('a file above the limit is refused, and nothing of it stays', async () => {
    const before = await world.files()
    const answer = await world.keep({ upload_id: await world.upload(randomBytes(limitBytes + 1)) })
    expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'model.too_large'])
    expect(await world.files()).toEqual(before)
    expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
  })

  test('the same content again is the same file of its owner, and on the disk once for two people', async () => {
    const content = randomBytes(5_000)
    const first = await kept(content)
    expect((await kept(content)).id).toBe(first.id)
    const other = await kept(content, 'neighbour')
    expect(other.id).not.toBe(first.id)
    expect((await world.files()).filter((name) => name === digestOf(content))).toHaveLength(1)
    // Less than a file counts at least.
    expect(await world.deps.models.bytesOf(neighbour.id)).toBe(16 * 1024)
    await world.remove(other.id, 'neighbour')
    expect(await world.files()).toContain(digestOf(content))
    await world.remove(first.id)
    expect(await world.files()).not.toContain(digestOf(content))
  })

  test('content that breaks off leaves nothing', async () => {
    async function* broken() {
      yield Buffer.from('some')
      throw new Error('the network broke')
    }
    const before = await world.files()
    const keeping = keepModel(world.deps, {
      owner: person,
      name: 'a',
      origin: 'lfs',
      content: broken(),
      grow: () => undefined,
    })
    await expect(keeping).rejects.toThrow('the network broke')
    expect(await world.files()).toEqual(before)
  })
})

describe('whose model files are', () => {
  test('a neighbour neither sees nor deletes them; an administrator does both', async () => {
    const { id, sha256 } = await kept(randomBytes(100))
    const seen = async (role: string) =>
      (await world.get('', role)).json().items.map((item: { id: string }) => item.id)
    expect(await seen('user')).toContain(id)
    expect(await seen('neighbour')).not.toContain(id)
    expect(await seen('admin')).toContain(id)
    for (const answer of [await world.get(`/${id}`, 'neighbour'), await world.remove(id, 'neighbour')])
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'model.not_found'])
    expect((await world.get(`?q=${sha256.slice(0, 12)}`)).json()).toMatchObject({ total: 1, items: [{ id }] })
    expect((await world.remove(id, 'admin')).statusCode).toBe(204)
    expect((await world.get(`/${id}`)).statusCode).toBe(404)
  })

  test('viewers have no model files', async () => {
    expect((await world.get('', 'viewer')).statusCode).toBe(403)
  })

  test('a file that a release of its owner has is not deleted, and the answer names the service', async () => {
    const { id, sha256 } = await kept(randomBytes(100))
    const uses = [
      { service_id: 'of-others', releases: [1], keeps: false },
      { service_id: 'reads-it', releases: [1, 2], keeps: true },
    ]
    world.setUses(new Map([[sha256, uses]]))
    const answer = await world.remove(id)
    expect([answer.statusCode, answer.json().error]).toMatchObject([
      409,
      { code: 'model.in_use', details: { service_ids: ['reads-it'] } },
    ])
    expect((await world.get(`/${id}`)).json().uses).toEqual(uses)
    expect(await world.files()).toContain(sha256)
  })

  test('a file that only services of other people have is deleted', async () => {
    const { id, sha256 } = await kept(randomBytes(100))
    world.setUses(new Map([[sha256, [{ service_id: 'of-others', releases: [1], keeps: false }]]]))
    expect((await world.remove(id)).statusCode).toBe(204)
    expect(await world.files()).not.toContain(sha256)
  })

  test('files that nobody has are removed by the hourly work, and no others', async () => {
    const { sha256 } = await kept(randomBytes(100))
    async function* bytes() {
      yield randomBytes(100)
    }
    const left = await world.deps.store.receive(bytes(), () => undefined)
    await left.keep()
    expect(await removeUnownedModels(world.deps)).toBe(1)
    expect(await world.files()).toContain(sha256)
    expect(await world.files()).not.toContain(left.sha256)
  })
})

describe('giving model files to a release', () => {
  const named = (path: string, sha256: string): ManifestModel => ({ path, sha256, source: 'store' })
  const release = () => mkdtemp(join(world.folder, 'release-'))

  test('it is in the release at its path, takes no room there, and stays when the store forgets it', async () => {
    const content = randomBytes(10_000)
    const { sha256, id } = await kept(content)
    const folder = await release()
    const placed = await world.place('mine', [named('weights/deep/model.bin', sha256)], folder)
    expect(placed).toEqual({ count: 1, bytes: content.length })
    const file = join(folder, 'weights/deep/model.bin')
    expect((await stat(file)).nlink).toBe(2)
    expect((await world.remove(id)).statusCode).toBe(204)
    expect((await readFile(file)).equals(content)).toBe(true)
  })

  test('whoever names the digest of somebody else’s file does not get it, and is told only that they do not have it', async () => {
    const { sha256 } = await kept(randomBytes(100))
    const manifest = { models: [named('model.bin', sha256)] }
    const refusal = {
      code: 'deploy.model_missing',
      details: { path: 'model.bin', sha256, owner: neighbour.name, may_pass: true },
    }
    const wanted = {
      algorithmId: 'of-the-neighbour',
      manifest,
      serviceOwnerId: neighbour.id,
      giver: neighbour,
    }
    await expect(world.provider.require(wanted)).rejects.toMatchObject(refusal)
    const folder = await release()
    const placing = world.place('of-the-neighbour', manifest.models, folder)
    await expect(placing).rejects.toMatchObject(refusal)
    expect(await readdir(folder)).toEqual([])
  })

  test('an algorithm gets a file of its owner only after they have given it, or somebody has sent it for this algorithm', async () => {
    const content = randomBytes(150)
    const { sha256 } = await kept(content)
    const manifest = { models: [named('model.bin', sha256)] }
    const require = (giver: Actor | null, algorithmId = 'given') =>
      world.provider.require({ algorithmId, manifest, serviceOwnerId: person.id, giver })
    const key: Actor = { ...person, kind: 'key', serviceIds: ['given'] }
    const refusal = { code: 'deploy.model_missing', details: { path: 'model.bin', sha256 } }
    for (const giver of [null, key, neighbour, administrator])
      await expect(require(giver)).rejects.toMatchObject(refusal)
    await require(person)
    await require(key)
    await expect(require(key, 'another')).rejects.toMatchObject(refusal)
    await world.grants.takeBack('given')
    await expect(require(null)).rejects.toMatchObject(refusal)
  })

  test('a file that a URL brings is fetched for each algorithm that may not use it yet', async () => {
    const content = randomBytes(150)
    const { sha256 } = await kept(content)
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response.end(asked === 1 ? 'something else' : content)
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const address = z.object({ port: z.number() }).parse(server.address())
    const source = `http://127.0.0.1:${address.port}/model.bin`
    const wanted = { algorithmId: 'by-url', serviceOwnerId: person.id }
    const manifest = { models: [{ path: 'model.bin', sha256, source }] }
    const place = async () =>
      world.provider.place({
        ...wanted,
        manifest,
        folder: await release(),
        signal: new AbortController().signal,
        report: async () => undefined,
      })
    await expect(place()).rejects.toMatchObject({ code: 'model.digest_mismatch' })
    expect(await place()).toMatchObject({ count: 1 })
    expect(await place()).toMatchObject({ count: 1 })
    expect(asked).toBe(2)
    await new Promise((resolve) => void server.close(resolve))
  })

  test('a service of somebody else gets a file only if its owner has allowed it in the package, or if its person has the file too', async () => {
    const content = randomBytes(200)
    const { sha256 } = await kept(content)
    const folder = await release()
    const refusal = {
      code: 'deploy.model_private',
      details: { path: 'model.bin', sha256, owner: person.name, may_pass: true },
    }
    const models = [named('model.bin', sha256)]
    const wanted = {
      algorithmId: 'mine',
      manifest: { models },
      serviceOwnerId: neighbour.id,
      giver: neighbour,
    }
    await expect(world.provider.require(wanted)).rejects.toMatchObject(refusal)
    await expect(world.place('mine', models, folder, neighbour.id)).rejects.toMatchObject(refusal)
    expect(await readdir(folder)).toEqual([])
    const shared = [{ ...named('shared.bin', sha256), shared: true }]
    expect(await world.place('mine', shared, folder, neighbour.id)).toMatchObject({ count: 1 })
    const seen = [named('administrator.bin', sha256)]
    expect(await world.place('mine', seen, folder, administrator.id)).toMatchObject({ count: 1 })
    await kept(content, 'neighbour')
    expect(await world.place('mine', models, folder, neighbour.id)).toMatchObject({ count: 1 })
  })

  test('it takes the place of its own pointer of Git LFS, and of nothing else', async () => {
    const content = randomBytes(300)
    const { sha256 } = await kept(content)
    const folder = await release()
    const pointer = (oid: string) =>
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`
    await writeFile(join(folder, 'a.bin'), pointer(sha256))
    await writeFile(join(folder, 'b.bin'), pointer('0'.repeat(64)))
    await writeFile(join(folder, 'c.bin'), 'text')
    const place = (path: string) => world.place('mine', [named(path, sha256)], folder)
    await place('a.bin')
    expect((await readFile(join(folder, 'a.bin'))).equals(content)).toBe(true)
    for (const path of ['b.bin', 'c.bin', 'c.bin/inside', 'a.bin'])
      await expect(place(path)).rejects.toMatchObject({ code: 'deploy.model_path_taken', details: { path } })
    expect(await readFile(join(folder, 'c.bin'), 'utf8')).toBe('text')
  })
})
