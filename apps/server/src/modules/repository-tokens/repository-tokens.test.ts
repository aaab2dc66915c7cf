import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { algorithmRepositories } from '../algorithms/algorithm-repositories.tables.ts'
import { serveGit } from '../git-host/git-host.test-world.ts'
import { defaultUploadLimits } from '../sources/upload-limits.ts'
import { roles, users } from '../users/users.tables.ts'
import { createRepositoryTokens } from './repository-tokens.repository.ts'
import { addRepositoryTokenRoutes } from './repository-tokens.routes.ts'
import { authenticateGit } from './repository-tokens.usecases.ts'

const owner = testActor('user')
let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
let now = new Date()
const mebibyte = 1024 ** 2
const usualLimits = { uploadBytes: 24 * mebibyte, unpackedBytes: 100 * mebibyte }
const limits = { ...usualLimits }
const uploadLimits = {
  ...defaultUploadLimits,
  get uploadBytes() {
    return limits.uploadBytes
  },
  get unpackedBytes() {
    return limits.unpackedBytes
  },
}

beforeAll(async () => {
  world = await openWorld()
  const { db } = world
  await db.insert(roles).values({ name: 'user', description: '' }).onConflictDoNothing()
  await db.insert(users).values({ id: owner.id, username: owner.name, passwordHash: 'x', role: 'user' })
  const { algorithms } = world.deps
  const deps = {
    algorithms,
    tokens: createRepositoryTokens({ db }),
    clock: () => now,
    streams: world.app.openStreams,
  }
  addRepositoryTokenRoutes(world.app, deps)
  host = await serveGit(world, {
    actorOf: () => null,
    algorithms: { uploads: { ...world.deps.uploads, limits: uploadLimits } },
    clock: () => now,
  })
  for (const id of ['mine', 'other'])
    await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: id } })
})
afterAll(async () => {
  await world.close()
  expect(host.failures).toEqual([])
})
beforeEach(() => {
  now = new Date()
  Object.assign(limits, usualLimits)
})

const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, role = 'user') =>
  world.app.inject({
    method,
    url: `/api/v1/algorithms/${path}`,
    headers: { 'x-test-role': role },
    ...(payload && { payload }),
  })
const create = async (body: object): Promise<{ id: string; token: string }> => {
  const answer = await ask('POST', 'mine/tokens', body)
  expect(answer.statusCode).toBe(201)
  return answer.json()
}
const listed = async () => (await ask('GET', 'mine/tokens')).json().items

async function clone(token: string, id = 'mine', user = 'ci') {
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  const address = host.address(id, token).replace('://any:', `://${user}:`)
  return { folder, ...(await host.client(['clone', '--quiet', address, '.'], folder)) }
}
async function push(folder: string, content: string) {
  await writeFile(join(folder, 'notes.txt'), content)
  await host.client(['add', '--all'], folder)
  await host.client(['commit', '--quiet', '-m', content], folder)
  return host.client(['push', 'origin', 'HEAD:main'], folder)
}

test('a token that may push clones and pushes its repository, in the name of who made it', async () => {
  const { token } = await create({ name: 'CI', may_write: true })
  const { folder, ok } = await clone(token)
  expect(ok).toBe(true)
  expect(await push(folder, 'by the CI')).toMatchObject({ ok: true })
  expect((await world.get('/mine/versions')).json().items[0]).toMatchObject({
    message: 'by the CI',
    created_by: owner.name,
  })
})

test('a token that may read clones, and cannot push', async () => {
  const { token } = await create({ name: 'reader' })
  const { folder, ok } = await clone(token)
  expect(ok).toBe(true)
  expect((await push(folder, 'no')).ok).toBe(false)
  expect((await world.get('/mine/versions')).json().items[0].message).not.toBe('no')
})

test('an API key cannot make a token, which would outlive it', async () => {
  const answer = await ask('POST', 'mine/tokens', { name: 'ci', may_write: true }, 'deploying-key')
  expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'auth.scope_missing'])
})

test('a token clones nothing of an algorithm that is a folder of a repository with others', async () => {
  const { token } = await create({ name: 'folder' })
  const { db } = world
  const ofMine = eq(algorithmRepositories.algorithmId, 'mine')
  await db.update(algorithmRepositories).set({ folder: 'a' }).where(ofMine)
  expect(await clone(token)).toMatchObject({ ok: false, output: expect.stringContaining('403') })
  await db.update(algorithmRepositories).set({ folder: '' }).where(ofMine)
  expect((await clone(token)).ok).toBe(true)
})

test('a token opens no other repository, and is none of an API key', async () => {
  const { token } = await create({ name: 'narrow', may_write: true })
  expect((await clone(token, 'other')).ok).toBe(false)
  const { db } = world
  const git = {
    tokens: createRepositoryTokens({ db }),
    clock: () => now,
    authenticateBasic: async () => null,
  }
  expect(await authenticateGit(git, `Bearer ${token}`)).toBeNull()
})

test('the list shows what a token may do and when it was used, and never the token itself', async () => {
  const { id, token } = await create({ name: 'shown' })
  const find = async () => (await listed()).find((one: { id: string }) => one.id === id)
  expect(await find()).toMatchObject({
    name: 'shown',
    may_write: false,
    created_by: owner.name,
    last_used_at: null,
    prefix: token.slice(0, 8),
  })
  await clone(token)
  expect((await find()).last_used_at).toBe(now.toISOString())
  expect(JSON.stringify(await listed())).not.toContain(token)
})

test('a revoked token opens nothing, and neither does one that has expired or whose owner is disabled', async () => {
  const revoked = await create({ name: 'revoked' })
  expect((await ask('DELETE', `mine/tokens/${revoked.id}`)).statusCode).toBe(204)
  expect((await clone(revoked.token)).ok).toBe(false)
  const again = await ask('DELETE', `mine/tokens/${revoked.id}`)
  expect([again.statusCode, again.json().error.code]).toEqual([404, 'git.token_not_found'])
  const inAnHour = new Date(now.getTime() + 3_600_000)
  const short = await create({ name: 'short', expires_at: inAnHour.toISOString() })
  expect((await clone(short.token)).ok).toBe(true)
  now = inAnHour
  expect((await clone(short.token)).ok).toBe(false)
  const lasting = await create({ name: 'lasting' })
  const { db } = world
  const setDisabled = (disabled: boolean) => db.update(users).set({ disabled }).where(eq(users.id, owner.id))
  await setDisabled(true)
  expect((await clone(lasting.token)).ok).toBe(false)
  await setDisabled(false)
  expect((await clone(lasting.token)).ok).toBe(true)
})

test('tokens are the owner’s: others neither see nor make them, and one in the past is refused', async () => {
  for (const [method, payload] of [
    ['GET', undefined],
    ['POST', { name: 'x' }],
  ] as const)
    expect((await ask(method, 'mine/tokens', payload, 'neighbour')).statusCode).toBe(403)
  const late = await ask('POST', 'mine/tokens', { name: 'x', expires_at: '2020-01-01T00:00:00.000Z' })
  expect([late.statusCode, late.json().error.code]).toEqual([422, 'git.token_expiry_in_past'])
})

test('a push is limited as an upload is, by the limits of that moment, and git shows why', async () => {
  const { token } = await create({ name: 'large', may_write: true })
  const { folder } = await clone(token)
  await writeFile(join(folder, 'notes.txt'), randomBytes(2 * mebibyte).toString('hex'))
  await host.client(['add', '--all'], folder)
  await host.client(['commit', '--quiet', '-m', 'large'], folder)
  limits.uploadBytes = mebibyte
  const refused = await host.client(['push', 'origin', 'HEAD:main'], folder)
  expect(refused.ok).toBe(false)
  expect(refused.output).toMatch(/exceeds maximum allowed size|1048576/)
  limits.uploadBytes = usualLimits.uploadBytes
  limits.unpackedBytes = mebibyte
  const kept = await host.client(['push', 'origin', 'HEAD:main'], folder)
  expect(kept.ok).toBe(true)
  expect(kept.output).toMatch(/(?:no new version|没有成为新版本).*1 MB/)
  limits.unpackedBytes = usualLimits.unpackedBytes
  expect((await push(folder, 'small')).output).toMatch(/code version|代码版本/)
})
