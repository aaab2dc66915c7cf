import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gate } from '../../../../../tests/support/gate.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { FaultyServer, type Fault } from '../../adapters/gitea/gitea-faults.test-setup.ts'
import { usualWaits } from '../../adapters/gitea/gitea-fetch.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { pointerTo } from '../../adapters/gitea/gitea-lfs.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { bringFromGitea } from './gitea.algorithms.ts'
import { openMoves } from './gitea-move.test-world.ts'
import { openGiteaWorld, type GiteaWorld } from './gitea.test-world.ts'

const owner = testActor('admin')
const all: Fault[] = ['late', 'half', 'killed']
const unreachable = { statusCode: 502, code: 'gitea.unreachable' }

let server: GiteaStandIn
let faulty: FaultyServer
let world: GiteaWorld
beforeEach(async () => {
  server = await GiteaStandIn.open()
  faulty = await FaultyServer.before(server.url)
  world = await openGiteaWorld({ url: faulty.url, token: server.token, owner: server.owner })
  await world.setUp()
})
afterEach(async () => {
  await world.close()
  await faulty.close()
  await server.close()
})

/** Lets requests go wrong. Who waits for a late answer gives up soon. */
function breaks(kind: Fault, on: RegExp): void {
  faulty.breaks(kind, on)
  Object.assign(world.gitea.waits, { answerMs: 4_000, silenceMs: 4_000 })
}
function mend(): void {
  expect(faulty.met).not.toEqual([])
  faulty.mend()
  Object.assign(world.gitea.waits, usualWaits)
}
const refusalOf = (answer: { statusCode: number; json: () => { error: { code: string } } }) => ({
  statusCode: answer.statusCode,
  code: answer.json().error.code,
})

/** A repository in Gitea that is not yet an algorithm. */
async function made() {
  const repository = await world.create()
  const clone = await world.clone(repository.fullName)
  await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'first')
  return { ...repository, clone }
}
const register = ({ url, name }: { url: string; name: string }) =>
  world.ask('POST', '/repos/register', { repo_url: url, algorithm_id: name })
async function registered() {
  const repository = await made()
  expect((await register(repository)).statusCode).toBe(201)
  return repository
}
/** An algorithm of the platform with a pointer to weights that it may use. */
async function kept(id: string) {
  const weights = randomBytes(1000)
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), smallest)
  await writeFile(join(folder, 'model.bin'), pointerTo(weights))
  await registerFolder(world.algorithms, { folder, actor: owner, algorithmId: id })
  await world.keep(owner, weights)
}
/** A folder with changed code. */
async function changed(): Promise<string> {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# 2\n`)
  return folder
}
const headThere = (name: string) => server.git(name, ['rev-parse', 'main'])
const versionOf = async (id: string) => (await world.get(`/${id}`)).json().latest_version
const providerOf = async (id: string) => (await world.gitea.places.get(id))?.provider

test.each(all)(
  'the settings: a server that does not answer is told, and nothing is saved (%s)',
  async (kind) => {
    breaks(kind, /^GET \/api\/v1\/user$/)
    const tested = await world.ask('GET', '/test-connection')
    expect(tested.json()).toMatchObject({ ok: false, findings: [{ code: 'unreachable' }] })
    const saved = await world.ask('POST', '/config', { ...world.settings, repo_prefix: 'other-' })
    expect(refusalOf(saved)).toEqual({ statusCode: 422, code: 'gitea.test_failed' })
    mend()
    expect((await world.ask('GET', '/config')).json().config).toMatchObject({ repo_prefix: '' })
  },
)

test.each(all)('a registration and a deploy leave nothing of the algorithm (%s)', async (kind) => {
  const repository = await made()
  const { name, url } = repository
  for (const on of [/^GET \/api\/v1\/repos/, /info\/refs/, /^POST .*git-upload-pack/]) {
    breaks(kind, on)
    expect(refusalOf(await register(repository))).toEqual(unreachable)
    if (kind === 'killed') faulty.mend()
    breaks(kind, on)
    const deploy = bringFromGitea(world.gitea, { actor: owner, id: name, url, language: 'en' })
    await expect(deploy).rejects.toMatchObject({ code: 'gitea.unreachable' })
    expect([(await world.get(`/${name}`)).statusCode, await world.algorithms.codeHost.names()]).toEqual([
      404,
      [],
    ])
    mend()
  }
  expect(await world.leftovers()).toEqual([])
  expect((await register(repository)).statusCode).toBe(201)
})

test.each(all)(
  'a pull leaves the version as it is, and works when the server does again (%s)',
  async (kind) => {
    const { name, clone } = await registered()
    const pushed = await world.push(clone, 'main', { 'b.txt': 'new' }, 'second')
    const pull = () => world.ask('POST', '/repos/pull', { algorithm_id: name })
    for (const on of [/info\/refs/, /^POST .*git-upload-pack/]) {
      breaks(kind, on)
      expect(refusalOf(await pull())).toEqual(unreachable)
      // Asked once: git's own client asks again and again where a connection ends without an answer.
      expect([faulty.met.length, await versionOf(name)]).toEqual([1, 1])
      mend()
    }
    expect((await pull()).json()).toMatchObject({ commit: pushed, changed: true })
  },
)

test.each(all)(
  'a push that is not answered is found there, and one that did not arrive is told (%s)',
  async (kind) => {
    const { name } = await registered()
    const before = await headThere(name)
    // A commit of the platform that Gitea does not have.
    const { commit } = await world.deps.codeHost.commitFolder({
      algorithmId: name,
      folder: await changed(),
      message: 'here',
      author: { name: 'li', email: 'li@example.com' },
    })
    const push = () => world.ask('POST', '/repos/push', { algorithm_id: name })
    breaks(kind, /^POST .*git-receive-pack/)
    const answer = await push()
    if (kind === 'killed') expect(refusalOf(answer)).toEqual(unreachable)
    else expect(answer.statusCode, answer.body).toBe(200)
    expect(await headThere(name)).toBe(kind === 'killed' ? before : commit)
    mend()
    expect((await push()).statusCode).toBe(200)
    expect(await headThere(name)).toBe(commit)
  },
)

test('an upload whose push does not arrive becomes no version', async () => {
  const { name } = await registered()
  const before = await headThere(name)
  const folder = await changed()
  const upload = () => registerFolder(world.algorithms, { folder, actor: owner, algorithmId: name })
  breaks('killed', /^POST .*git-receive-pack/)
  await expect(upload()).rejects.toMatchObject({ code: 'gitea.unreachable' })
  mend()
  expect([await versionOf(name), await headThere(name)]).toEqual([1, before])
  expect((await upload()).version.number).toBe(2)
})

test.each(all)(
  'the creation of a repository: that it may be there is told, and it can be adopted (%s)',
  async (kind) => {
    await kept('creates')
    breaks(kind, /^POST \/api\/v1\/user\/repos/)
    const answer = await world.ask('POST', '/repos', { algorithm_id: 'creates' })
    expect(refusalOf(answer)).toEqual({ statusCode: 502, code: 'gitea.creation_unanswered' })
    expect(await providerOf('creates')).toBe('builtin')
    mend()
    const again = await world.ask('POST', '/repos', { algorithm_id: 'creates', existing: 'adopt' })
    expect(again.statusCode, again.body).toBe(201)
  },
)

test.each(all)(
  'a move removes the repository that it has created, or says that it is left (%s)',
  async (kind) => {
    for (const [at, on] of [/^POST .*objects\/batch/, /^PUT .*info\/lfs/].entries()) {
      const id = `moves-${at}`
      await kept(id)
      const { begin, ended } = openMoves(world)
      breaks(kind, on)
      const task = await ended((await begin('gitea', [id])).id)
      const why = kind === 'killed' ? /could neither be filled nor deleted/ : /does not answer/
      expect(task).toMatchObject({
        state: 'failed',
        error: { code: 'gitea.move_incomplete', details: { ids: [id], en: expect.stringMatching(why) } },
      })
      mend()
      expect(await providerOf(id)).toBe('builtin')
      const { items } = (await world.ask('GET', `/repos?q=${id}`)).json()
      expect(items).toHaveLength(kind === 'killed' ? 1 : 0)
    }
  },
)

test('a cancelled move says which repository it could not delete', async () => {
  await kept('moves')
  const { begin, ended, runner } = openMoves(world)
  const { codeHost } = world.gitea.algorithms
  const pushes = gate()
  const cancelled = gate()
  codeHost.push = async ({ signal }) => {
    pushes.open()
    await cancelled.passed
    signal?.throwIfAborted()
    return { changed: false }
  }
  breaks('killed', /^DELETE /)
  const { id } = await begin('gitea', ['moves'])
  await pushes.passed
  await runner.cancel(id)
  cancelled.open()
  expect(await ended(id)).toMatchObject({
    state: 'cancelled',
    error: { code: 'task.cancelled', message: { en: expect.stringMatching(/cancelled.*nor deleted/) } },
  })
  mend()
  expect((await world.ask('GET', '/repos?q=moves')).json().items).toHaveLength(1)
})

test.each(all)('a move back leaves the code in Gitea (%s)', async (kind) => {
  const { name, clone } = await registered()
  const pushed = await world.push(clone, 'main', { 'b.txt': 'new' }, 'second')
  breaks(kind, /^POST .*git-upload-pack/)
  await expect(world.moveBack(name)).rejects.toMatchObject({ code: 'gitea.unreachable' })
  expect(await providerOf(name)).toBe('gitea')
  mend()
  await world.moveBack(name)
  expect(await world.algorithms.codeHost.resolve(name, 'main')).toBe(pushed)
})
