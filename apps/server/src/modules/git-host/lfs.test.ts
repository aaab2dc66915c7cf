import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerBeforeEnd } from '../../../../../tests/support/answer-before-end.ts'
import { neighbour, smallest } from '../algorithms/algorithms.test-world.ts'
import { digestOf, openLfsWorld, owner } from './lfs.test-world.ts'

let opened: Awaited<ReturnType<typeof openLfsWorld>>
let world: (typeof opened)['world']
let origin: string
let client: (typeof opened)['client']
beforeAll(async () => {
  opened = await openLfsWorld()
  ;({ world, origin, client } = opened)
})
afterAll(() => opened.close())

const folderOf = (id: string) => `${origin}/git/${id}.git/info/lfs/objects`
const as = (who: string) => ({ authorization: `Basic ${Buffer.from(`any:${who}`).toString('base64')}` })

/** Stores a version with the pointer of Git LFS that stands for this content. */
const name = (id: string, content: Buffer) =>
  world.send('', {
    files: {
      'ai_algorithm.py': smallest,
      'model.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${digestOf(content)}\nsize ${content.length}\n`,
    },
    fields: { algorithm_id: id },
  })

const batch = (id: string, who: string, operation: string, oid: string, size = 3) =>
  fetch(`${folderOf(id)}/batch`, {
    method: 'POST',
    headers: { ...as(who), 'content-type': 'application/vnd.git-lfs+json' },
    body: JSON.stringify({ operation, transfers: ['basic'], objects: [{ oid, size }] }),
  })
const put = (id: string, who: string, oid: string, content: Buffer<ArrayBuffer>) =>
  fetch(`${folderOf(id)}/${oid}`, { method: 'PUT', headers: as(who), body: content })
const get = (id: string, who: string, oid: string) => fetch(`${folderOf(id)}/${oid}`, { headers: as(who) })

describe('the protocol of Git LFS', () => {
  test('an object is sent where the batch says, is a model file of the owner of the algorithm, and is not asked for again', async () => {
    const content = randomBytes(100_000)
    const oid = digestOf(content)
    const asked = await (await batch('weighs', 'admin', 'upload', oid, content.length)).json()
    expect(asked).toMatchObject({
      transfer: 'basic',
      objects: [{ oid, size: content.length, actions: { upload: { href: `${folderOf('weighs')}/${oid}` } } }],
    })
    expect((await put('weighs', 'admin', oid, content)).status).toBe(200)
    expect(await world.models.owned(owner.id, [oid])).toMatchObject([{ origin: 'lfs', size: content.length }])
    const again = await (await batch('weighs', 'owner', 'upload', oid, content.length)).json()
    expect(again.objects).toEqual([{ oid, size: content.length }])
    expect((await name('weighs', content)).statusCode).toBe(201)
    const { objects } = await (await batch('weighs', 'owner', 'download', oid)).json()
    const { href, header } = objects[0].actions.download
    const sent = await fetch(href, { headers: { ...header, range: 'bytes=10-19' } })
    expect([sent.status, Buffer.from(await sent.arrayBuffer())]).toEqual([206, content.subarray(10, 20)])
  })

  test('a batch that is larger than any client sends is refused', async () => {
    const answer = await fetch(`${folderOf('weighs')}/batch`, {
      method: 'POST',
      headers: { ...as('viewer'), 'content-type': 'application/vnd.git-lfs+json; charset=utf-8' },
      body: JSON.stringify({ operation: 'download', objects: [], ref: { name: 'x'.repeat(1024 ** 2) } }),
    })
    expect(answer.status).toBe(413)
  })

  test('an object that is larger than a model file may be is refused before it is sent', async () => {
    const oid = digestOf(Buffer.from('too large'))
    const { objects } = await (await batch('weighs', 'owner', 'upload', oid, 24 * 1024 ** 2 + 1)).json()
    expect(objects).toMatchObject([{ oid, error: { code: 422 } }])
    const fitting = await (await batch('weighs', 'owner', 'upload', oid, 24 * 1024 ** 2)).json()
    expect(fitting.objects[0].actions).toBeDefined()
  })

  test('content with another digest than its name is refused and not kept', async () => {
    const answer = await put('weighs', 'owner', '0'.repeat(64), Buffer.from('another'))
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { message: expect.stringContaining('SHA-256') },
    ])
    expect(await world.models.owned(owner.id, [digestOf(Buffer.from('another'))])).toEqual([])
    expect(await readdir(join(world.folder, 'models', 'arriving'))).toEqual([])
  })

  test('nobody gets a file of somebody else by its digest: not through their own algorithm, and not through that one', async () => {
    const content = randomBytes(1_000)
    const oid = digestOf(content)
    await put('weighs', 'owner', oid, content)
    const { objects } = await (await batch('of-the-neighbour', 'neighbour', 'download', oid)).json()
    expect(objects).toMatchObject([{ oid, error: { code: 404 } }])
    expect((await get('of-the-neighbour', 'neighbour', oid)).status).toBe(404)
    // Whether somebody else has it cannot be seen: it must be sent.
    const up = await (await batch('of-the-neighbour', 'neighbour', 'upload', oid)).json()
    expect(up.objects[0].actions).toBeDefined()
    for (const who of ['neighbour', 'viewer', 'limited', 'elsewhere']) {
      expect([who, (await batch('weighs', who, 'download', oid)).status]).toEqual([who, 403])
      expect([who, (await get('weighs', who, oid)).status]).toEqual([who, 403])
    }
    expect((await name('weighs', content)).statusCode).toBe(201)
    expect((await get('weighs', 'admin', oid)).status).toBe(200)
  })

  test('a repository gives the files that its own pointers name, and no other file of its owner', async () => {
    const content = randomBytes(1_000)
    const oid = digestOf(content)
    await put('weighs', 'owner', oid, content)
    expect((await name('weighs', content)).statusCode).toBe(201)
    for (const who of ['owner', 'admin']) {
      const { objects } = await (await batch('other', who, 'download', oid, content.length)).json()
      expect([who, objects]).toMatchObject([who, [{ oid, error: { code: 404 } }]])
      expect([who, (await get('other', who, oid)).status]).toEqual([who, 404])
      expect([who, (await get('weighs', who, oid)).status]).toEqual([who, 200])
    }
    // A later version without the pointer takes nothing from a clone, which has the earlier ones too.
    await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: 'weighs' } })
    expect((await get('weighs', 'owner', oid)).status).toBe(200)
  })

  test('a key that is limited to one algorithm does not learn which files the owner has elsewhere', async () => {
    const content = randomBytes(1_000)
    const oid = digestOf(content)
    await put('other', 'owner', oid, content)
    const asked = async () => (await (await batch('weighs', 'limited', 'upload', oid)).json()).objects[0]
    expect((await asked()).actions).toBeDefined()
    expect((await put('weighs', 'limited', oid, content)).status).toBe(200)
    expect((await name('weighs', content)).statusCode).toBe(201)
    expect((await asked()).actions).toBeUndefined()
  })

  test('who may not push code may not push model files; a key that is limited to the algorithm may', async () => {
    const content = randomBytes(10)
    const oid = digestOf(content)
    for (const who of ['neighbour', 'viewer', 'elsewhere']) {
      expect([who, (await batch('weighs', who, 'upload', oid)).status]).toEqual([who, 403])
      expect([who, (await put('weighs', who, oid, content)).status]).toEqual([who, 403])
    }
    const anonymous = await put('weighs', 'nobody', oid, content)
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Basic'),
    ])
    expect((await put('weighs', 'limited', oid, content)).status).toBe(200)
  })

  test('files for a name that no algorithm has are those of who pushes, if they may create it', async () => {
    const content = randomBytes(20)
    const oid = digestOf(content)
    const asked = await batch('not-yet', 'neighbour', 'upload', oid, content.length)
    expect(await asked.json()).toMatchObject({ objects: [{ oid, actions: { upload: {} } }] })
    expect((await put('not-yet', 'neighbour', oid, content)).status).toBe(200)
    expect(await world.models.owned(neighbour.id, [oid])).toMatchObject([{ origin: 'lfs' }])
    // It is not noted with a name that there may never be: one file could be noted with any number of them.
    expect((await batch('not-yet', 'neighbour', 'upload', oid, content.length)).status).toBe(200)
    const noted = await world.models.given({ algorithmId: 'not-yet', ownerId: neighbour.id }, [oid])
    expect([...noted]).toEqual([])
    for (const [id, who, status] of [
      ['not-yet', 'viewer', 403],
      ['not-yet', 'elsewhere', 403],
      // No algorithm can have this name.
      ['status', 'owner', 404],
    ] as const) {
      expect([id, who, (await batch(id, who, 'upload', oid)).status]).toEqual([id, who, status])
      expect([id, who, (await put(id, who, oid, content)).status]).toEqual([id, who, status])
    }
    expect((await batch('not-yet', 'neighbour', 'download', oid)).status).toBe(404)
  })

  test.each(['application/json', 'application/vnd.git-lfs+json', 'text/plain', 'application/octet-stream'])(
    'a stranger’s body of the type %s is not waited for, and a member’s is kept',
    async (type) => {
      const content = randomBytes(1_000)
      const oid = digestOf(content)
      for (const [method, path] of [
        ['PUT', oid],
        ['POST', 'batch'],
      ] as const) {
        const headers = { 'content-type': type, 'transfer-encoding': 'chunked' }
        const address = `${folderOf('weighs')}/${path}`
        const answer = await answerBeforeEnd(address, { method, headers }, content)
        expect([method, answer.statusCode]).toEqual([method, 401])
      }
      const sent = await fetch(`${folderOf('weighs')}/${oid}`, {
        method: 'PUT',
        headers: { ...as('owner'), 'content-type': type },
        body: content,
      })
      expect(sent.status).toBe(200)
      expect(await world.models.owned(owner.id, [oid])).toMatchObject([{ size: content.length }])
    },
    15_000,
  )

  test.each(['', '{', '{"operation":"upload","objects":[{"oid":"../../x","size":1}]}', '[]'])(
    'the batch request %j is refused with a message',
    async (body) => {
      const answer = await fetch(`${folderOf('weighs')}/batch`, {
        method: 'POST',
        headers: { ...as('owner'), 'content-type': 'application/vnd.git-lfs+json' },
        body,
      })
      expect([answer.status, typeof (await answer.json()).message]).toEqual([422, 'string'])
    },
  )
})

test('a push of a pointer whose file was not sent says which file is missing', async () => {
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  await client(['clone', '--quiet', `${origin.replace('://', '://any:owner@')}/git/other.git`, '.'], folder)
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'1'.repeat(64)}\nsize 123\n`
  await writeFile(join(folder, 'absent.bin'), pointer)
  await client(['add', '--all'], folder)
  await client(['commit', '--quiet', '-m', 'a pointer'], folder)
  const { output } = await client(['push', 'origin', 'HEAD:main'], folder)
  expect(output).toContain(
    'This is now code version v2. This algorithm does not have the model file absent.bin yet',
  )
})
