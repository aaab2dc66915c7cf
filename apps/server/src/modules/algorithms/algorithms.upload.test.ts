import { readdir, writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { tooManyUploads } from '../quotas/quotas.errors.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld({ uploadBytes: 3 * 1024 ** 2 })
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
})

const as = (role: string, language = 'en') => ({ 'x-test-role': role, 'accept-language': language })
const files = (id: string, more: Record<string, string> = {}) => ({
  files: { 'ai_algorithm.py': smallest, ...more },
  fields: { algorithm_id: id },
})

describe('uploading', () => {
  test('a folder becomes an algorithm with its first version; Chinese names and nested paths survive', async () => {
    const answer = await world.send('', {
      files: {
        '情感分析/ai_algorithm.py': smallest,
        '情感分析/数据/词表.txt': '好\n',
        '情感分析/.git/config': 'x',
      },
      fields: { algorithm_id: 'sentiment', name: '情感分析' },
    })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      algorithm: {
        id: 'sentiment',
        name: '情感分析',
        owner: 'user-tester',
        latest_version: 1,
        repository_url: 'http://localhost:80/git/sentiment.git',
      },
      version: {
        number: 1,
        manifest: { form: 'single-file', entry: 'ai_algorithm.py:Algorithm', name: '情感分析' },
      },
      warnings: [{ code: 'package.left_out', path: '情感分析/.git' }],
    })
    expect((await world.get('/sentiment/files?path=数据')).json()).toEqual({
      type: 'folder',
      entries: [{ name: '词表.txt', type: 'file', size: 4 }],
    })
  })

  test('a package too many at once is refused, and each that is received gives its place back', async () => {
    const giveBack = vi.fn()
    const places = vi
      .spyOn(world.arrived.storageQuota, 'forPackage')
      .mockRejectedValueOnce(tooManyUploads({ limit: 20 }))
      .mockResolvedValueOnce(giveBack)
    const refused = await world.send('/inspect', files('too-many'))
    expect([refused.statusCode, refused.json().error.code]).toEqual([429, 'quota.uploads'])
    expect((await world.send('/inspect', files('too-many'))).statusCode).toBe(200)
    expect(giveBack).toHaveBeenCalledTimes(1)
    places.mockRestore()
  })

  test('inspecting and uploading both say where the id and title were taken from', async () => {
    const code = `"""Reviews of films."""\n${smallest}`
    const from = { id: 'given', name: 'docstring' }
    const upload = { files: { 'ai_algorithm.py': code }, fields: { algorithm_id: 'films' } }
    expect((await world.send('/inspect', upload)).json()).toMatchObject({
      manifest: { name: 'Reviews of films' },
      named_from: from,
    })
    expect((await world.send('', upload)).json()).toMatchObject({
      algorithm: { id: 'films', name: 'Reviews of films' },
      named_from: from,
    })
    const plain = await world.send('', {
      ...upload,
      files: { 'ai_algorithm.py': smallest },
      fields: { algorithm_id: 'books' },
    })
    expect(plain.json()).toMatchObject({ algorithm: { name: 'books' }, named_from: { name: 'id' } })
  })

  test('an archive becomes an algorithm too, with an id made from its name', async () => {
    const bytes = new Uint8Array(zipFile([{ name: 'ai_algorithm.py', content: smallest }]))
    const answer = await world.send('', { archive: { name: '图像识别.zip', bytes } })
    expect(answer.json()).toMatchObject({ algorithm: { id: 'tu-xiang-shi-bie', name: '图像识别' } })
  })

  test('the next upload replaces the files and becomes the next version; an unchanged one answers the existing version', async () => {
    await world.send('', files('versions', { 'old.txt': '1' }))
    const second = await world.send('', files('versions', { 'new.txt': '1' }))
    const third = await world.send('', files('versions', { 'new.txt': '1' }))
    expect([second.json().version.number, third.json().version.number]).toEqual([2, 2])
    expect(third.json().version.id).toBe(second.json().version.id)
    expect((await world.get('/versions/files')).json().entries.map((e: { name: string }) => e.name)).toEqual([
      'ai_algorithm.py',
      'new.txt',
    ])
    const list = (await world.get('/versions/versions')).json()
    expect([list.total, list.items.map((item: { number: number }) => item.number)]).toEqual([2, [2, 1]])
  })

  test('simultaneous uploads of one algorithm are numbered one after the other', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4].map((n) => world.send('', files('racing', { 'n.txt': String(n) }))),
    )
    expect(all.map((answer) => answer.statusCode)).toEqual([201, 201, 201, 201])
    expect(all.map((answer) => answer.json().version.number).toSorted()).toEqual([1, 2, 3, 4])
  })

  test('an unrecognised package is refused with a list of what was looked for, and nothing is stored', async () => {
    const answer = await world.send(
      '',
      { files: { 'a.txt': 'x' }, fields: { algorithm_id: 'unknown' } },
      as('user'),
    )
    expect(answer.statusCode).toBe(422)
    expect(answer.json().error).toMatchObject({ code: 'algorithm.not_recognised' })
    expect(answer.json().error.details.looked_for.join()).toContain('package.json whose main exports predict')
    expect((await world.get('/unknown')).statusCode).toBe(404)
    expect(await readdir(world.repositories)).not.toContain('unknown.git')
  })

  test('problems refuse an upload, in the reader’s language', async () => {
    const broken = files('broken', { 'algorithm.yaml': 'cover: gone.png' })
    const answer = await world.send('', broken, as('user', 'zh'))
    expect(answer.json().error).toMatchObject({
      code: 'algorithm.invalid',
      details: {
        problems: [{ code: 'manifest.cover_missing', message: '封面 gone.png 不在包里', path: 'gone.png' }],
      },
    })
    expect((await world.get('/broken')).statusCode).toBe(404)
  })

  test.each([
    ['a path that escapes', { files: { '../evil.py': 'x' } }, 422, 'upload.path_escapes'],
    [
      'a hostile archive',
      { archive: { name: 'a.zip', bytes: new Uint8Array(zipFile([{ name: '/etc/x' }])) } },
      422,
      'upload.path_escapes',
    ],
    ['nothing', { fields: { name: 'x' } }, 422, 'upload.empty'],
    ['only what is left out', { files: { 'node_modules/a.js': 'x' } }, 422, 'upload.empty'],
    [
      'a reserved id',
      { files: { 'a.py': 'x' }, fields: { algorithm_id: 'inspect' } },
      422,
      'request.invalid',
    ],
    [
      'files and an archive',
      { files: { 'a.py': 'x' }, archive: { name: 'a.zip', bytes: new Uint8Array(zipFile([])) } },
      422,
      'request.invalid',
    ],
    ['too much', { files: { 'a.bin': new Uint8Array(4 * 1024 ** 2) } }, 413, 'upload.too_large'],
  ])('%s is refused and leaves nothing behind', async (_name, parts, status, code) => {
    const answer = await world.send('', parts)
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code])
  })

  test('a body that ends too early or is not a form is 4xx', async () => {
    const headers = { ...as('user'), 'content-type': 'multipart/form-data; boundary=x' }
    const payload = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.py"\r\n\r\ncut'
    const cut = await world.app.inject({ method: 'POST', url: '/api/v1/algorithms', headers, payload })
    expect([cut.statusCode, cut.json().error.code]).toEqual([400, 'upload.interrupted'])
    const json = { ...as('user'), 'content-type': 'application/json' }
    const wrong = await world.app.inject({
      method: 'POST',
      url: '/api/v1/algorithms',
      headers: json,
      payload: '{}',
    })
    expect(wrong.statusCode).toBeGreaterThanOrEqual(400)
    expect(wrong.statusCode).toBeLessThan(500)
  })

  test('a title changed by hand stays until the package states another', async () => {
    await world.send('', files('titled', { 'algorithm.yaml': 'name: First' }))
    await world.change('PATCH', '/titled', 'user', { name: 'By hand' })
    const same = await world.send('', files('titled', { 'algorithm.yaml': 'name: First', 'a.txt': '' }))
    const other = await world.send('', files('titled', { 'algorithm.yaml': 'name: Second' }))
    expect([same.json().algorithm.name, other.json().algorithm.name]).toEqual(['By hand', 'Second'])
  })
})

describe('inspecting', () => {
  test('says what the package would become and stores nothing', async () => {
    const answer = await world.send('/inspect', files('inspected'), as('user'))
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      recognised: 'single-file',
      because: [expect.stringContaining('Algorithm'), expect.any(String)],
      manifest: { id: 'inspected' },
      files: [{ path: 'ai_algorithm.py', size: smallest.length }],
      problems: [],
    })
    expect((await world.get('/inspected')).statusCode).toBe(404)
  })

  test('answers also when the package is not recognised', async () => {
    const answer = await world.send('/inspect', { files: { 'a.txt': 'x' } })
    expect(answer.json()).toMatchObject({
      recognised: null,
      manifest: null,
      problems: [{ code: 'algorithm.not_recognised' }],
    })
  })

  test('reports an id that belongs to somebody else as a problem', async () => {
    await world.send('', files('taken'))
    const answer = await world.send('/inspect', files('taken'), as('neighbour'))
    expect(answer.json().problems).toMatchObject([{ code: 'algorithm.not_owner' }])
  })
})

describe('when something fails in the middle', () => {
  test('a new algorithm whose rows cannot be written leaves no repository', async () => {
    const fail = vi
      .spyOn(world.deps.algorithms, 'inTransaction')
      .mockRejectedValueOnce(new Error('connection lost'))
    const answer = await world.send('', files('half'))
    fail.mockRestore()
    expect(answer.statusCode).toBe(500)
    expect(await readdir(world.repositories)).not.toContain('half.git')
    expect((await world.get('/half')).statusCode).toBe(404)
  })

  test('a commit whose row was lost becomes a version when it is uploaded again', async () => {
    await world.send('', files('healing'))
    const fail = vi
      .spyOn(world.deps.algorithms, 'inTransaction')
      .mockRejectedValueOnce(new Error('connection lost'))
    expect((await world.send('', files('healing', { 'b.txt': '' }))).statusCode).toBe(500)
    fail.mockRestore()
    expect((await world.get('/healing')).json().latest_version).toBe(1)
    expect((await world.send('', files('healing', { 'b.txt': '' }))).json().version.number).toBe(2)
  })

  test('what an interrupted creation left behind does not become history of the next algorithm', async () => {
    const { codeHost } = world.deps
    const folder = join(world.folder, 'orphan')
    await mkdir(folder)
    await writeFile(join(folder, 'secret.txt'), 'x')
    const author = { name: 'a', email: 'a' }
    const orphan = await codeHost.commitFolder({
      algorithmId: 'orphan',
      folder,
      message: '',
      author,
    })
    await world.send('', files('orphan'), as('neighbour'))
    expect(await codeHost.resolve('orphan', orphan.commit)).toBeNull()
  })

  test('a repository that cannot be written leaves no row', async () => {
    const fail = vi.spyOn(world.deps.codeHost, 'commitFolder').mockRejectedValueOnce(new Error('disk full'))
    const answer = await world.send('', files('rowless'))
    fail.mockRestore()
    expect(answer.statusCode).toBe(500)
    expect((await world.get('/rowless')).statusCode).toBe(404)
  })
})
