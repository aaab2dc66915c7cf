import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import type { TestGitea } from '../../adapters/gitea/gitea.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { giteaFilesSuite } from './gitea-files.test-suite.ts'
import { giteaFoldersSuite } from './gitea-folders.test-suite.ts'
import { giteaHooksSuite } from './gitea-hooks.test-suite.ts'
import { openGiteaWorld, type GiteaWorld } from './gitea.test-world.ts'

const code = { 'ai_algorithm.py': smallest }
const changed = (n: number) => ({ 'ai_algorithm.py': `${smallest}\n# ${n}\n` })

type ForcePush = (
  world: Pick<GiteaWorld, 'run'>,
  push: { folder: string; name: string; branch: string },
) => Promise<unknown>

/** What the platform does with a Gitea server. `open` starts one, or leads to a real one. */
export function giteaSuite(
  title: string,
  open: () => Promise<{
    server: TestGitea
    /** Replaces a branch by what a clone has of it, whatever was there. */
    forcePush: ForcePush
    /** Gives a repository of the owner another name. */
    rename: (name: string, to: string) => Promise<unknown>
    close: () => Promise<void>
  }>,
): void {
  describe(title, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let world: GiteaWorld
    beforeAll(async () => {
      opened = await open()
      world = await openGiteaWorld(opened.server)
      expect((await world.setUp('ai-')).statusCode).toBe(200)
    })
    afterAll(async () => {
      await world.close()
      await opened.close()
    })

    giteaHooksSuite(() => ({ world, server: opened.server }))
    giteaFoldersSuite(() => ({ world }))
    giteaFilesSuite(() => ({ world }))

    /** A repository with one commit, registered as an algorithm. */
    async function registered() {
      const repository = await world.create()
      const folder = await world.clone(repository.fullName)
      const commit = await world.push(folder, 'trunk', code, '第一版')
      const answer = await world.ask('POST', '/repos/register', {
        repo_url: repository.url,
        branch: 'trunk',
      })
      expect(answer.json()).toMatchObject({ algorithm: { id: repository.name } })
      return { ...repository, folder, commit, answer: answer.json() }
    }

    test('a registered repository is an algorithm whose first version is the newest commit of its branch', async () => {
      const { name, commit, answer } = await registered()
      expect(answer).toMatchObject({
        algorithm: { id: name, code_host: 'gitea', branch: 'trunk', latest_version: 1 },
        version: { number: 1, commit, message: '第一版' },
      })
      expect((await world.get(`/${name}/files?path=ai_algorithm.py`)).json()).toMatchObject({
        content: smallest,
      })
    })

    test('pulling makes what was pushed the next version, and says when there is nothing new', async () => {
      const { name, folder } = await registered()
      const commit = await world.push(folder, 'trunk', changed(2), '第二版')
      const pull = () => world.ask('POST', '/repos/pull', { algorithm_id: name })
      expect((await pull()).json()).toEqual({ algorithm_id: name, branch: 'trunk', commit, changed: true })
      expect((await pull()).json()).toMatchObject({ commit, changed: false })
      expect((await world.get(`/${name}/versions`)).json()).toMatchObject({
        total: 2,
        items: [{ number: 2, commit, message: '第二版' }, { number: 1 }],
      })
    })

    test('after a rewritten history, the version of a commit that is gone there can still be read', async () => {
      const { name, folder, commit: first } = await registered()
      await world.run(['commit', '--quiet', '--amend', '-m', 'anew'], folder)
      await opened.forcePush(world, { folder, name, branch: 'trunk' })
      expect((await world.ask('POST', '/repos/pull', { algorithm_id: name })).json()).toMatchObject({
        changed: true,
      })
      const { codeHost } = world.algorithms
      expect(await codeHost.resolve(name, first)).toBe(first)
      expect(await codeHost.files(name, first)).toHaveLength(1)
    })

    test('an upload to an algorithm in Gitea is a commit there, on top of what others have pushed', async () => {
      const { name, fullName, folder } = await registered()
      await world.push(folder, 'trunk', { 'notes.txt': 'mine' }, 'notes')
      const upload = await mkdtemp(join(world.folder, 'upload-'))
      await writeFile(join(upload, 'ai_algorithm.py'), changed(3)['ai_algorithm.py'])
      const stored = await registerFolder(world.algorithms, {
        folder: upload,
        actor: testActor('admin'),
        algorithmId: name,
      })
      const log = await world.run(['log', '--format=%H', 'origin/trunk'], await world.clone(fullName))
      expect(log.output.split('\n')).toHaveLength(3)
      expect(log.output).toMatch(new RegExp(`^${stored.version.commit}`))
    })

    test('a change in the page is a commit there, and is refused when others have pushed meanwhile', async () => {
      const { name, folder, commit: first } = await registered()
      const edit = (base: string) =>
        world.app.inject({
          method: 'POST',
          url: `/api/v1/algorithms/${name}/commits`,
          headers: { 'x-test-role': 'admin' },
          payload: { message: '改', base_commit: base, files: [{ path: 'a.txt', content: `on ${base}` }] },
        })
      const version = (await edit(first)).json().version
      expect(version).toMatchObject({ number: 2, message: '改' })
      await world.run(['pull', '--quiet', 'origin', 'trunk'], folder)
      expect((await world.run(['rev-parse', 'HEAD'], folder)).output.trim()).toBe(version.commit)
      const theirs = await world.push(folder, 'trunk', changed(3), '别人的')
      const refused = await edit(version.commit)
      expect(refused.json()).toMatchObject({
        error: { code: 'code_host.branch_moved', details: { head: theirs } },
      })
      expect((await world.get(`/${name}/versions`)).json()).toMatchObject({ total: 2 })
    })

    test('an algorithm moves to a new repository with its history, and its code stays the same', async () => {
      const upload = await mkdtemp(join(world.folder, 'upload-'))
      await mkdir(join(upload, '数据'))
      await writeFile(join(upload, 'ai_algorithm.py'), smallest)
      const id = `moved-${randomBytes(4).toString('hex')}`
      const stored = await registerFolder(world.algorithms, {
        folder: upload,
        actor: testActor('admin'),
        algorithmId: id,
      })
      const moved = await world.ask('POST', '/repos', { algorithm_id: id })
      expect(moved.json()).toMatchObject({
        full_name: `${opened.server.owner}/ai-${id}`,
        is_private: true,
        algorithm_id: id,
      })
      const log = await world.run(
        ['log', '--format=%H', 'origin/main'],
        await world.clone(moved.json().full_name),
      )
      expect(log.output).toBe(stored.version.commit)
      expect((await world.get(`/${id}`)).json()).toMatchObject({ code_host: 'gitea', latest_version: 1 })
    })

    test('a repository that was renamed there is followed to its new name', async () => {
      const { url, fullName, name } = await world.create()
      const head = await world.push(await world.clone(fullName), 'main', code, 'first')
      await world.ask('POST', '/repos/register', { repo_url: url, algorithm_id: name })
      await opened.rename(name, `${name}-renamed`)
      const pull = () => world.ask('POST', '/repos/pull', { algorithm_id: name })
      const to = `${opened.server.owner}/${name}-renamed`
      expect((await pull()).json().error).toMatchObject({ code: 'gitea.repository_moved', details: { to } })
      const followed = await world.ask('POST', '/repos/follow', { algorithm_id: name, to })
      expect(followed.json()).toMatchObject({ repository: { full_name: to }, algorithm_ids: [name] })
      expect((await pull()).json()).toMatchObject({ commit: head, changed: false })
      // Another one gets the name that it has given up.
      await opened.rename(`${name}-renamed`, `${name}-away`)
      await world.create(`${name}-renamed`)
      expect((await pull()).json().error).toMatchObject({ code: 'gitea.repository_replaced' })
    })

    test('a repository that exists is never written over', async () => {
      const upload = await mkdtemp(join(world.folder, 'upload-'))
      await writeFile(join(upload, 'ai_algorithm.py'), smallest)
      const id = `taken-${randomBytes(4).toString('hex')}`
      const actor = testActor('admin')
      await registerFolder(world.algorithms, { folder: upload, actor, algorithmId: id })
      await world.ask('POST', '/repos', { algorithm_id: id })
      await world.change('DELETE', `/${id}`, 'admin')
      await registerFolder(world.algorithms, { folder: upload, actor, algorithmId: id })
      const again = await world.ask('POST', '/repos', { algorithm_id: id })
      expect([again.statusCode, again.json().error.code]).toEqual([409, 'gitea.repository_exists'])
      expect((await world.get(`/${id}`)).json()).toMatchObject({ code_host: 'builtin' })
    })

    test('one that exists is adopted on request if it is empty or has the same history, and else never changed', async () => {
      const upload = await mkdtemp(join(world.folder, 'upload-'))
      await writeFile(join(upload, 'ai_algorithm.py'), smallest)
      const actor = testActor('admin')
      const id = `known-${randomBytes(4).toString('hex')}`
      const adopt = () => world.ask('POST', '/repos', { algorithm_id: id, existing: 'adopt' })
      const { version } = await registerFolder(world.algorithms, { folder: upload, actor, algorithmId: id })
      const { fullName } = await world.create(`ai-${id}`)
      expect((await world.ask('POST', '/repos', { algorithm_id: id })).statusCode).toBe(409)
      // Empty.
      expect((await adopt()).json()).toMatchObject({ full_name: fullName, algorithm_id: id })
      const there = await world.clone(fullName)
      const headThere = async (branch = 'main') => {
        await world.run(['fetch', '--quiet', 'origin'], there)
        return (await world.run(['rev-parse', `origin/${branch}`], there)).output.trim()
      }
      expect(await headThere()).toBe(version.commit)
      // The same history: what there is goes on, and another branch there stays.
      await world.push(there, 'aside', { 'b.txt': 'b' }, 'aside')
      await world.moveBack(id)
      await writeFile(join(upload, 'a.txt'), 'a')
      const next = await registerFolder(world.algorithms, { folder: upload, actor, algorithmId: id })
      expect((await adopt()).json()).toMatchObject({ full_name: fullName, algorithm_id: id })
      expect([await headThere(), await headThere('aside')]).not.toContain(version.commit)
      expect(await headThere()).toBe(next.version.commit)
      // Another history: others have pushed there meanwhile.
      await world.moveBack(id)
      await world.run(['checkout', '--quiet', '--detach', 'origin/main'], there)
      const theirs = await world.push(there, 'main', { 'c.txt': 'c' }, 'theirs')
      const refused = await adopt()
      expect([refused.statusCode, refused.json().error]).toMatchObject([
        409,
        { code: 'gitea.repository_differs', details: { ref: 'main' } },
      ])
      expect(await headThere()).toBe(theirs)
      expect((await world.get(`/${id}`)).json()).toMatchObject({ code_host: 'builtin' })
    })

    test('another branch that is deployed once is a version, and stays when the branch is gone', async () => {
      const { name, folder } = await registered()
      const commit = await world.push(folder, 'trial', changed(5), '试一试')
      const pulled = await world.follow(name, 'trial')
      expect(pulled).toMatchObject({ commit })
      expect((await world.get(`/${name}/versions`)).json().items[0]).toMatchObject({
        commit,
        message: '试一试',
      })
      const { codeHost } = world.algorithms
      const repository = join(world.repositories, `${name}.git`)
      const refs = await world.run(['for-each-ref', '--format=%(refname)', 'refs/vitrine'], repository)
      expect(refs.output).toContain(`refs/vitrine/kept/${commit}`)
      expect(await codeHost.files(name, commit)).not.toEqual([])
    })

    test('repositories are listed with their algorithms, and found by name', async () => {
      const { name, fullName } = await registered()
      const { items, total } = (await world.ask('GET', `/repos?q=${name}`)).json()
      expect(total).toBe(1)
      expect(items).toMatchObject([{ full_name: fullName, algorithm_id: name, is_private: true }])
    })

    test('branches are listed with their newest commits, the default one first', async () => {
      const { fullName, folder } = await registered()
      const commit = await world.push(folder, 'another', changed(4), 'aside')
      const { default_branch, items } = (await world.ask('GET', `/repos/${fullName}/branches`)).json()
      expect(items[0].name).toBe(default_branch)
      expect(items).toContainEqual(expect.objectContaining({ name: 'another', commit, message: 'aside' }))
    })

    test('an inspection says what a branch would become, and stores nothing', async () => {
      const repository = await world.create()
      await world.push(await world.clone(repository.fullName), 'main', code, 'x')
      const answer = await world.ask('POST', '/repos/inspect', { repo_url: repository.url, branch: 'main' })
      expect(answer.json()).toMatchObject({ recognised: 'single-file', manifest: { id: repository.name } })
      expect((await world.get(`/${repository.name}`)).statusCode).toBe(404)
      expect((await readdir(world.repositories)).filter((name) => name.startsWith('inspect-'))).toEqual([])
    })

    test('code that is not recognised leaves nothing behind', async () => {
      const repository = await world.create()
      await world.push(await world.clone(repository.fullName), 'main', { 'a.txt': 'no code' }, 'x')
      const answer = await world.ask('POST', '/repos/register', { repo_url: repository.url })
      expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'algorithm.not_recognised'])
      expect((await world.get(`/${repository.name}`)).statusCode).toBe(404)
      expect(await world.algorithms.codeHost.resolve(repository.name, 'HEAD')).toBeNull()
    })

    test('an empty repository, an unknown branch and an unknown repository are told apart', async () => {
      const empty = await world.create()
      const { url } = await registered()
      const codeOf = async (body: object) =>
        (await world.ask('POST', '/repos/register', body)).json().error.code
      expect(await codeOf({ repo_url: empty.url })).toBe('code_host.repository_empty')
      expect(await codeOf({ repo_url: url, branch: 'none', algorithm_id: 'aside' })).toBe(
        'code_host.branch_not_found',
      )
      expect(await codeOf({ repo_url: `${url}-no` })).toBe('gitea.repository_not_found')
    })

    test('more than may be brought is not fetched', async () => {
      const repository = await world.create()
      const big = randomBytes(12 * 1024 ** 2).toString('base64')
      await world.push(await world.clone(repository.fullName), 'main', { ...code, 'big.txt': big }, 'big')
      const answer = await world.ask('POST', '/repos/register', { repo_url: repository.url })
      expect([answer.statusCode, answer.json().error.code]).toEqual([413, 'gitea.repository_too_large'])
      expect((await world.get(`/${repository.name}`)).statusCode).toBe(404)
    })
  })
}
