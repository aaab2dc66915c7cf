import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/store-package.ts'
import { bringFromGitea } from './gitea.algorithms.ts'
import type { GiteaWorld as World } from './gitea.test-world.ts'

const codeOf = (word: string): string => `${smallest}\n# ${word}\n`
const two = {
  'README.md': '# two',
  'algos/face/ai_algorithm.py': codeOf('face'),
  'algos/face/notes.txt': 'of the face',
  'algos/voice/ai_algorithm.py': codeOf('voice'),
}

/** What the platform does with a repository of many algorithms, and with tags. */
export function giteaFoldersSuite(opened: () => { world: World }): void {
  /** A repository of two algorithms. Their ids are nobody else's. */
  async function pushed() {
    const { world } = opened()
    const repository = await world.create()
    const folder = await world.clone(repository.fullName)
    const commit = await world.push(folder, 'main', two, 'two of them')
    const [face, voice] = [`${repository.name}-face`, `${repository.name}-voice`]
    return { world, ...repository, folder, commit, face, voice }
  }
  async function registered() {
    const all = await pushed()
    const { world, url, face, voice } = all
    const register = (algorithm_id: string, folder: string) =>
      world.ask('POST', '/repos/register', { repo_url: url, folder, algorithm_id })
    const answers = [await register(face, 'algos/face'), await register(voice, 'algos/voice')]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201])
    return { ...all, first: answers[0]?.json() }
  }
  const paths = async (world: World, id: string) =>
    (await world.get(`/${id}/files`)).json().entries.map(({ name }: { name: string }) => name)

  test('the folders of a repository that are algorithms are found, with what they are', async () => {
    const { world, url } = await pushed()
    const answer = await world.ask('POST', '/repos/folders', { repo_url: url })
    expect(answer.json()).toMatchObject({
      folders: [
        { folder: 'algos/face', recognised: 'single-file', algorithm_id: 'face', is_known: false },
        { folder: 'algos/voice', recognised: 'single-file', algorithm_id: 'voice', problems: 0 },
      ],
      is_cut: false,
    })
    const inspected = await world.ask('POST', '/repos/inspect', { repo_url: url, folder: 'algos/voice' })
    expect(inspected.json()).toMatchObject({
      manifest: { id: 'voice' },
      files: [{ path: 'ai_algorithm.py' }],
    })
  })

  test('two folders of one repository are two algorithms, each with its own files', async () => {
    const { world, fullName, commit, face, voice, first } = await registered()
    expect(first).toMatchObject({
      algorithm: { id: face, folder: 'algos/face', code_host: 'gitea' },
      version: { number: 1, commit },
    })
    expect(await paths(world, face)).toEqual(['ai_algorithm.py', 'notes.txt'])
    expect(await paths(world, voice)).toEqual(['ai_algorithm.py'])
    expect((await world.get(`/${face}/files?path=../voice/ai_algorithm.py`)).statusCode).toBe(404)
    const { items } = (await world.ask('GET', `/repos?q=${fullName.split('/')[1]}`)).json()
    expect(items[0]).toMatchObject({
      algorithm_id: null,
      algorithms: [
        { algorithm_id: face, folder: 'algos/face' },
        { algorithm_id: voice, folder: 'algos/voice' },
      ],
    })
    const found = await world.ask('POST', '/repos/folders', { repo_url: items[0].url })
    expect(found.json().folders).toMatchObject([
      { algorithm_id: face, is_known: true },
      { algorithm_id: voice, is_known: true },
    ])
  })

  test('history, differences and archives of such an algorithm are those of its folder', async () => {
    const { world, folder, commit: first, face, voice } = await registered()
    const other = await world.push(folder, 'main', { 'algos/voice/more.txt': 'v' }, 'of the voice')
    const own = await world.push(folder, 'main', { 'algos/face/notes.txt': 'anew' }, 'of the face')
    for (const id of [face, voice]) await world.ask('POST', '/repos/pull', { algorithm_id: id })
    const commitsOf = async (id: string) =>
      (await world.get(`/${id}/commits`)).json().items.map((one: { commit: string }) => one.commit)
    expect(await commitsOf(face)).toEqual([own, first])
    expect(await commitsOf(voice)).toEqual([other, first])
    const diff = (await world.get(`/${face}/diff?from=${first}&to=${own}`)).json()
    expect(diff).toMatchObject({ to: { commit: own }, files: [{ path: 'notes.txt', change: 'changed' }] })
    expect(diff.files[0].patch).toMatch(/^--- a\/notes.txt\n\+\+\+ b\/notes.txt\n/)
    // The commit that is asked for, not the last one that changed the folder.
    expect((await world.get(`/${face}/diff?from=${first}&to=${other}`)).json()).toMatchObject({
      to: { commit: other },
      files: [],
    })
    const blamed = (await world.get(`/${face}/blame?path=notes.txt`)).json()
    expect(blamed.lines).toEqual([{ line: 1, count: 1, commit: own, older: false }])
  })

  test('an upload and an edit change the folder alone, and reach Gitea', async () => {
    const { world, face, fullName } = await registered()
    const upload = await mkdtemp(join(world.folder, 'upload-'))
    await writeFile(join(upload, 'ai_algorithm.py'), codeOf('anew'))
    const stored = await registerFolder(world.algorithms, {
      folder: upload,
      actor: testActor('admin'),
      algorithmId: face,
    })
    const edited = await world.app.inject({
      method: 'POST',
      url: `/api/v1/algorithms/${face}/commits`,
      headers: { 'x-test-role': 'admin' },
      payload: {
        message: 'a note',
        base_commit: stored.version.commit,
        files: [{ path: 'deep/note.txt', content: 'x' }],
      },
    })
    expect(edited.json()).toMatchObject({ version: { number: 3 } })
    const clone = await world.clone(fullName)
    const listed = await world.run(['ls-tree', '-r', '--name-only', 'HEAD'], clone)
    expect(listed.output.trim().split('\n')).toEqual([
      'README.md',
      'algos/face/ai_algorithm.py',
      'algos/face/deep/note.txt',
      'algos/voice/ai_algorithm.py',
    ])
  })

  test('a folder that is not there, leads elsewhere, or is a link is refused, and leaves nothing', async () => {
    const { world, url, folder } = await pushed()
    await mkdir(join(folder, 'more'), { recursive: true })
    await symlink('../algos/face', join(folder, 'more', 'link'))
    await world.push(folder, 'main', { 'more/x.txt': 'x' }, 'a link')
    const refusal = async (wanted: string) => {
      const body = { repo_url: url, folder: wanted, algorithm_id: 'aside' }
      const answer = await world.ask('POST', '/repos/register', body)
      return [answer.statusCode, answer.json().error.code]
    }
    for (const wanted of ['none', 'more/link', 'more/link/sub', 'README.md'])
      expect([wanted, ...(await refusal(wanted))]).toEqual([wanted, 422, 'code_host.folder_not_found'])
    for (const wanted of ['../x', 'algos/../../x', '/etc', 'algos/', 'a//b', './a', '.git/x', 'a\\b'])
      expect([wanted, ...(await refusal(wanted))]).toEqual([wanted, 422, 'request.invalid'])
    expect((await world.get('/aside')).statusCode).toBe(404)
    expect(await world.algorithms.codeHost.resolve('aside', 'HEAD')).toBeNull()
  })

  test('a tag is inspected, registered and deployed in place of the newest commit', async () => {
    const { world, url, fullName, folder, commit, face } = await pushed()
    await world.run(['tag', '--annotate', '-m', 'one', 'v1.0'], folder)
    await world.run(['push', '--quiet', 'origin', 'v1.0'], folder)
    const newest = await world.push(folder, 'main', { 'algos/face/more.txt': 'x' }, 'later')
    expect((await world.ask('GET', `/repos/${fullName}/branches`)).json().tags).toEqual([
      { name: 'v1.0', commit },
    ])
    const wanted = { repo_url: url, tag: 'v1.0', folder: 'algos/face' }
    const inspected = (await world.ask('POST', '/repos/inspect', wanted)).json()
    expect(inspected.files.map(({ path }: { path: string }) => path)).not.toContain('more.txt')
    const answer = await world.ask('POST', '/repos/register', { ...wanted, algorithm_id: face })
    expect(answer.json()).toMatchObject({ version: { number: 1, commit }, algorithm: { branch: 'main' } })
    const bring = (tag: string | undefined) =>
      bringFromGitea(world.gitea, {
        actor: testActor('admin'),
        id: face,
        url,
        tag,
        language: 'en' as const,
      })
    expect((await bring(undefined)).commit).toBe(newest)
    expect((await bring('v1.0')).commit).toBe(commit)
    await expect(bring('v9')).rejects.toMatchObject({ code: 'code_host.tag_not_found' })
    const unknown = await world.ask('POST', '/repos/inspect', { ...wanted, tag: 'v9' })
    expect(unknown.json().error.code).toBe('code_host.tag_not_found')
  })

  test('an algorithm of one folder is not deployed from another', async () => {
    const { world, url, face } = await registered()
    const bring = (folder: string) =>
      bringFromGitea(world.gitea, {
        actor: testActor('admin'),
        id: face,
        url,
        folder,
        language: 'en' as const,
      })
    await expect(bring('algos/voice')).rejects.toMatchObject({ code: 'gitea.algorithm_elsewhere' })
    await expect(bring('algos/face')).resolves.toMatchObject({ changed: false })
  })
}
