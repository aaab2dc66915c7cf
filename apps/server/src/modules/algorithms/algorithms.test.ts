import { readdir, writeFile, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { platformActor } from '../../lib/actor.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'
import { AppError } from '../../lib/errors.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { localisedDetails } from '../../lib/words.ts'
import { getVersion } from './algorithms.usecases.ts'
import { codeHostIn } from './code-host.test-setup.ts'
import { registerFolder } from './store-package.ts'

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

describe('access', () => {
  test('a viewer neither reads nor uploads', async () => {
    expect((await world.get('', 'viewer')).statusCode).toBe(403)
    expect((await world.send('', files('viewers'), as('viewer'))).statusCode).toBe(403)
  })

  test('all users read another person’s algorithm, but only its owner and administrators change it', async () => {
    await world.send('', files('owned'))
    expect((await world.get('/owned', 'neighbour')).statusCode).toBe(200)
    const refused = [
      await world.send('', files('owned', { 'b.txt': '' }), as('neighbour')),
      await world.change('PATCH', '/owned', 'neighbour', { name: 'mine' }),
      await world.change('DELETE', '/owned', 'neighbour'),
    ]
    expect(refused.map((answer) => [answer.statusCode, answer.json().error.code])).toEqual(
      Array.from({ length: 3 }, () => [403, 'algorithm.not_owner']),
    )
    expect((await world.get('/owned')).json()).toMatchObject({ latest_version: 1, owner: 'user-tester' })
    expect((await world.send('', files('owned', { 'c.txt': '' }), as('admin'))).json()).toMatchObject({
      algorithm: { owner: 'user-tester' },
      version: { number: 2, created_by: 'admin-tester' },
    })
  })
})

test('the id of a new algorithm is none that a preview could have', async () => {
  const answer = await world.send('', files('out-of-reach--dev'))
  expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'id.for_previews'])
  expect((await world.get('/out-of-reach--dev')).statusCode).toBe(404)
})

test('a key that is limited to services reaches only their algorithms', async () => {
  await world.send('', files('out-of-reach'))
  const made = [
    await world.send('', files('within-reach'), as('limited')),
    await world.send('', files('out-of-reach', { 'b.txt': '' }), as('limited')),
    await world.send('', files('not-there-yet'), as('limited')),
  ]
  expect(made.map((answer) => answer.statusCode)).toEqual([201, 403, 403])
})

describe('reading', () => {
  test('lists are searched, sorted and paged', async () => {
    for (const id of ['list-a', 'list-b', 'list-c']) await world.send('', files(id))
    const page = async (query: string) => (await world.get(`?${query}`)).json()
    expect(await page('q=LIST-&sort=-id&page_size=2')).toMatchObject({
      total: 3,
      items: [{ id: 'list-c' }, { id: 'list-b' }],
    })
    expect((await page('q=list-&sort=id&page_size=2&page=2')).items).toMatchObject([{ id: 'list-c' }])
    expect((await page('q=list_a')).total).toBe(0)
    expect((await world.get('?sort=owner')).statusCode).toBe(422)
  })

  test('a text file is shown, a binary or long file is not, and each can be downloaded', async () => {
    const long = 'x'.repeat(1024 ** 2 + 1)
    await world.send('', {
      files: {
        'ai_algorithm.py': smallest,
        '图 片.svg': '<svg onload="x">',
        'b.png': new Uint8Array([0x89, 0x50, 0, 1]),
        'long.txt': long,
      },
      fields: { algorithm_id: 'reading' },
    })
    expect((await world.get('/reading/files?path=ai_algorithm.py')).json()).toEqual({
      type: 'file',
      size: smallest.length,
      content: smallest,
    })
    expect((await world.get('/reading/files?path=b.png')).json()).toEqual({
      type: 'file',
      size: 4,
      content: null,
    })
    expect((await world.get('/reading/files?path=long.txt')).json()).toMatchObject({ content: null })
    const svg = await world.get(`/reading/files?raw=1&path=${encodeURIComponent('图 片.svg')}`)
    expect([svg.statusCode, svg.payload]).toEqual([200, '<svg onload="x">'])
    expect(svg.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent('图 片.svg')}`,
    })
    expect((await world.get('/reading/files?raw=1&path=b.png')).headers['content-type']).toBe('image/png')
    expect((await world.get('/reading/files?raw=1&path=long.txt')).payload).toBe(long)
  })

  test.each([
    ['/nobody', 'algorithm.not_found'],
    ['/nobody/versions', 'algorithm.not_found'],
    ['/present/files?path=gone', 'algorithm.path_not_found'],
    ['/present/files?path=../../x', 'algorithm.path_not_found'],
    ['/present/files?path=&raw=1', 'algorithm.path_not_found'],
    ['/present/files?ref=--all', 'algorithm.ref_not_found'],
  ])('%s is 404 %s', async (path, code) => {
    await world.send('', files('present'))
    const answer = await world.get(path)
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, code])
  })
})

describe('deleting', () => {
  test('removes the rows and the repository, and frees the id for somebody else', async () => {
    await world.send('', files('gone'))
    expect((await world.change('DELETE', '/gone', 'user')).statusCode).toBe(204)
    expect((await world.get('/gone')).statusCode).toBe(404)
    expect(await readdir(world.repositories)).not.toContain('gone.git')
    const again = await world.send('', files('gone'), as('neighbour'))
    expect(again.json()).toMatchObject({ version: { number: 1 }, algorithm: { owner: 'user-tester' } })
  })

  test('is refused while a service runs the algorithm, with the name of the service', async () => {
    await world.send('', files('used'))
    world.inUse.set('used', 'used-service')
    const answer = await world.change('DELETE', '/used', 'user')
    expect([answer.statusCode, answer.json().error.details.service_id]).toEqual([409, 'used-service'])
    expect((await world.get('/used')).statusCode).toBe(200)
  })
})

describe('for other modules', () => {
  test('a folder of the machine is registered once, without caches and environments', async () => {
    const folder = join(world.folder, 'example-folder')
    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true })
    await symlink('/bin/sh', join(folder, 'node_modules/.bin/x'))
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    const first = await registerFolder(world.deps, { folder, actor: platformActor })
    const second = await registerFolder(world.deps, { folder, actor: platformActor })
    expect(first).toMatchObject({
      version: { number: 1 },
      algorithm: { row: { id: 'example-folder', ownerName: 'vitrine' } },
    })
    expect(second.version.id).toBe(first.version.id)
  })

  test('getVersion gives the newest version, or the one that a ref names', async () => {
    const first = (await world.send('', files('asked'))).json().version
    const second = (await world.send('', files('asked', { 'algorithm.yaml': 'version: "2"' }))).json().version
    const ask = (ref?: string) => getVersion(world.deps, { algorithmId: 'asked', ref })
    expect(await ask()).toMatchObject({ commit: second.commit, number: 2, manifest: { version: '2' } })
    expect(await ask('main')).toMatchObject({ number: 2 })
    expect(await ask(first.commit)).toMatchObject({ number: 1, manifest: { version: '1.0.0' } })
    await expect(ask('gone')).rejects.toMatchObject({ code: 'algorithm.ref_not_found' })
    await expect(getVersion(world.deps, { algorithmId: 'nobody' })).rejects.toMatchObject({ status: 404 })
  })

  test('problems of a commit are described in every language, because they may be stored before they are read', async () => {
    await world.send('', files('flawed'))
    const folder = join(world.folder, 'flawed-folder')
    await mkdir(folder)
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    await writeFile(join(folder, 'algorithm.yaml'), 'cover: nowhere.png\n')
    const { commit } = await world.deps.codeHost.commitFolder({
      algorithmId: 'flawed',
      folder,
      message: '',
      author: { name: 'a', email: 'a' },
    })
    const said = { zh: '封面 nowhere.png 不在包里', en: 'The cover nowhere.png is not in the package' }
    const error = await getVersion(world.deps, { algorithmId: 'flawed', ref: commit }).catch(
      (refused: unknown) => refused,
    )
    if (!(error instanceof AppError)) throw error
    expect(error.messageIn('zh')).toContain(said.zh)
    expect(error.messageIn('en')).toContain(said.en)
    expect(localisedDetails(error.details, 'en')).toMatchObject({ problems: [{ message: said.en }] })
  })

  test('a commit that is not a version is recognised when it is needed', async () => {
    await world.send('', files('pushed'))
    const folder = join(world.folder, 'pushed-folder')
    await mkdir(join(folder, 'lib'), { recursive: true })
    await writeFile(join(folder, '算法.py'), smallest)
    await writeFile(join(folder, 'lib/x.py'), '')
    const author = { name: 'a', email: 'a' }
    const { commit } = await world.deps.codeHost.commitFolder({
      algorithmId: 'pushed',
      folder,
      message: '',
      author,
    })
    expect(await getVersion(world.deps, { algorithmId: 'pushed', ref: commit })).toMatchObject({
      number: null,
      manifest: { id: 'pushed', form: 'python-package', entry: '算法.py:Algorithm' },
    })
  })

  test('git starts no program for each file of a commit that is recognised', async () => {
    await world.send('', files('many'))
    const folder = join(world.folder, 'many-folder')
    await mkdir(folder)
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    for (let count = 0; count < 30; count++) await writeFile(join(folder, `part_${count}.py`), 'x = 1\n')
    const author = { name: 'a', email: 'a' }
    const made = { algorithmId: 'many', folder, message: '', author }
    const { commit } = await world.deps.codeHost.commitFolder(made)
    let programs = 0
    const codeHost = codeHostIn(world.repositories, {
      sandbox: { ...noSandbox, wrap: (...call) => ((programs += 1), noSandbox.wrap(...call)) },
    })
    const found = await getVersion({ ...world.deps, codeHost }, { algorithmId: 'many', ref: commit })
    expect(found).toMatchObject({ number: null, manifest: { id: 'many' } })
    expect(programs).toBeGreaterThan(0)
    expect(programs).toBeLessThan(10)
  })
})
