import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { multipart } from '../../../../../tests/support/multipart.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { digestOf, pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { getVersion } from '../algorithms/algorithms.usecases.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'
import { ruleFor } from './gitea.uploads.ts'

const owner = testActor('admin')
const tracked = '*.bin filter=lfs diff=lfs merge=lfs -text\n'
/** More than the world lets be pushed with git. */
const tooLarge = 3.5 * 1024 ** 2

let server: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
})

/** An algorithm whose code is in Gitea, with some more files; in a folder of its repository if one is given. */
async function registered(more: Record<string, string> = {}, folder = '') {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  const top = folder === '' ? '' : `${folder}/`
  await world.push(clone, 'main', { [`${top}ai_algorithm.py`]: smallest, ...more }, 'first')
  const asked = { repo_url: url, algorithm_id: name, ...(folder !== '' && { folder }) }
  expect((await world.ask('POST', '/repos/register', asked)).statusCode).toBe(201)
  return name
}
/** Adds files as the page does. */
async function add(id: string, files: Record<string, string | Uint8Array<ArrayBuffer>>) {
  const body = await multipart({ files, fields: { algorithm_id: id } })
  const headers = { 'x-test-role': 'admin', 'accept-language': 'en', ...body.headers }
  const url = '/api/v1/gitea/repos/upload'
  return world.app.inject({ method: 'POST', url, payload: body.payload, headers })
}
/** Uploads a package that takes the place of all that the algorithm has. */
async function uploadPackage(id: string, files: Record<string, string | Buffer>) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return registerFolder(world.algorithms, { folder, actor: owner, algorithmId: id, language: 'en' })
}
const there = (id: string, path: string) => server.git(id, ['cat-file', 'blob', `main:${path}`])
const bytes = (length: number) => new Uint8Array(randomBytes(length))
const codesOf = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code)
const missing = 'preflight.model_missing'

/** Does what a deploy does with model files, and returns what is at a path then. */
async function deployed(algorithmId: string, path: string): Promise<Buffer> {
  const { manifest } = await getVersion(world.algorithms, { algorithmId })
  const folder = await mkdtemp(join(world.folder, 'release-'))
  const wanted = { algorithmId, manifest, serviceOwnerId: owner.id }
  await world.modelFiles.require({ ...wanted, giver: owner })
  const signal = new AbortController().signal
  await world.modelFiles.place({ ...wanted, folder, signal, report: async () => undefined })
  return readFile(join(folder, path))
}

test('a file that the repository gives to Git LFS is sent there, and its pointer is pushed', async () => {
  const id = await registered({ '.gitattributes': tracked })
  const weights = bytes(50_000)
  const answer = await add(id, { 'deep/model.bin': weights, 'plain.txt': 'text' })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(codesOf(answer.json().warnings)).not.toContain(missing)
  expect(await there(id, 'deep/model.bin')).toBe(pointerTo(Buffer.from(weights)).trim())
  expect(await there(id, 'plain.txt')).toBe('text')
  expect([...server.lfs.of(id).keys()]).toEqual([digestOf(weights)])
  expect((await deployed(id, 'deep/model.bin')).equals(weights)).toBe(true)
  // The same once more changes nothing.
  expect((await add(id, { 'deep/model.bin': weights })).json()).toMatchObject({ version: { number: 2 } })
})

test('an edit in the page of such a file is sent there too', async () => {
  const id = await registered({ '.gitattributes': tracked })
  const base = (await getVersion(world.algorithms, { algorithmId: id })).commit
  const files = [{ path: 'words.bin', content: 'edited' }]
  const answer = await world.change('POST', `/${id}/commits`, 'admin', {
    message: 'Edit',
    base_commit: base,
    files,
  })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(await there(id, 'words.bin')).toBe(pointerTo(Buffer.from('edited')).trim())
  expect((await deployed(id, 'words.bin')).toString()).toBe('edited')
})

test('a whole package is treated by its own rules, and an algorithm in a folder by those above it', async () => {
  const whole = await registered()
  const weights = randomBytes(5000)
  const files = { 'ai_algorithm.py': smallest, 'model.bin': weights }
  const { version, warnings } = await uploadPackage(whole, { ...files, '.gitattributes': tracked })
  expect(codesOf(warnings)).not.toContain(missing)
  expect(version.manifest.models).toMatchObject([{ path: 'model.bin', sha256: digestOf(weights) }])
  expect(await there(whole, 'model.bin')).toBe(pointerTo(weights).trim())
  expect((await deployed(whole, 'model.bin')).equals(weights)).toBe(true)
  const inFolder = await registered({ '.gitattributes': tracked }, 'one')
  await uploadPackage(inFolder, files)
  expect(await there(inFolder, 'one/model.bin')).toBe(pointerTo(weights).trim())
})

test('a file that is too large for a push is sent there, with a rule beside those that there are', async () => {
  const id = await registered({ '.gitattributes': '*.txt text' })
  const data = bytes(tooLarge)
  const answer = await add(id, { 'big one.dat': data })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(codesOf(answer.json().warnings)).toContain('preflight.sent_to_git_lfs')
  expect(await there(id, 'big one.dat')).toBe(pointerTo(Buffer.from(data)).trim())
  expect(await there(id, '.gitattributes')).toBe(`*.txt text\n${ruleFor('big one.dat')}`.trim())
  const attribute = ['check-attr', '--source=main', 'filter', '--', 'big one.dat']
  expect(await server.git(id, attribute)).toBe('big one.dat: filter: lfs')
  expect(server.lfs.of(id).get(digestOf(data))?.equals(data)).toBe(true)
})

test('the file of the store for which a pointer is uploaded is sent there, and none of another person', async () => {
  const id = await registered()
  const [own, foreign] = [randomBytes(4000), randomBytes(4000)]
  await world.keep(owner, own)
  await world.keep({ id: '22222222-2222-4222-8222-222222222222', name: 'neighbour' }, foreign)
  const answer = await add(id, { 'model.bin': pointerTo(own), 'other.bin': pointerTo(foreign) })
  expect(answer.statusCode, answer.body).toBe(201)
  expect([...server.lfs.of(id).keys()]).toEqual([digestOf(own)])
})

test('what Gitea does not take is told, and nothing is pushed or stored', async () => {
  const id = await registered({ '.gitattributes': tracked })
  server.lfs.mostBytes = 1000
  const before = await server.git(id, ['rev-parse', 'main'])
  const answer = await add(id, { 'model.bin': bytes(5000) })
  expect([answer.statusCode, answer.json().error]).toMatchObject([
    409,
    { code: 'gitea.lfs_refused', details: { reason: '422 Size must be less than or equal to 1000' } },
  ])
  expect(await server.git(id, ['rev-parse', 'main'])).toBe(before)
  expect((await world.get(`/${id}`)).json()).toMatchObject({ latest_version: 1 })
})

test('where Git LFS is turned off, files are pushed as they are, and that is said', async () => {
  const id = await registered({ '.gitattributes': tracked })
  server.lfs.isOn = false
  const answer = await add(id, { 'model.bin': new TextEncoder().encode('weights') })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(codesOf(answer.json().warnings)).toContain('preflight.git_lfs_off')
  expect(await there(id, 'model.bin')).toBe('weights')
})

test('rules that are too large for one more are refused, and neither replaced nor sent around', async () => {
  const long = '*.txt text\n'.repeat(100_000)
  const given = await registered()
  const files = {
    'ai_algorithm.py': smallest,
    'big.dat': Buffer.from(bytes(tooLarge)),
    '.gitattributes': long,
  }
  await expect(uploadPackage(given, files)).rejects.toMatchObject({ code: 'gitea.rules_too_large' })
  const kept = await registered({ '.gitattributes': long })
  const added = await add(kept, { 'big.dat': bytes(tooLarge) })
  expect([added.statusCode, added.json().error.code]).toEqual([409, 'gitea.rules_too_large'])
  for (const id of [given, kept]) expect([...server.lfs.of(id).keys()]).toEqual([])
})

test('a change that does not fit is refused before a file of it is sent', async () => {
  const id = await registered({ '.gitattributes': tracked, a: 'a file' })
  const answer = await add(id, { 'a/model.bin': bytes(5000) })
  expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'code.path_clash'])
  expect([...server.lfs.of(id).keys()]).toEqual([])
})
