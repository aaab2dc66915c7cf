import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { git } from '../../adapters/code-host/git-command.ts'
import { neighbour, openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'

const people: Record<string, ReturnType<typeof testActor>> = {
  owner: testActor('user'),
  neighbour,
  viewer: testActor('viewer'),
  admin: testActor('admin', '33333333-3333-4333-8333-333333333333'),
}

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
beforeAll(async () => {
  world = await openWorld({ uploadBytes: 24 * 1024 ** 2 })
  host = await serveGit(world, {
    actorOf: (password) => people[password] ?? null,
    deployed: { pushes: true, otherBranches: true },
  })
})
afterAll(async () => {
  await world.close()
  expect(host.failures).toEqual([])
})

const client: (typeof host)['client'] = (...given) => host.client(...given)
const address = (id: string, password: string) => host.address(id, password)
const upload = (id: string) =>
  world.send('', {
    files: { 'ai_algorithm.py': smallest, '数据/词表.txt': '好' },
    fields: { algorithm_id: id },
  })

async function clone(id: string, password = 'owner') {
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  const result = await client(['clone', '--quiet', address(id, password), '.'], folder)
  return { folder, ...result }
}
async function commit(folder: string, path: string, content: string | Buffer, message = '改一改') {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), content)
  await client(['add', '--all'], folder)
  const made = await client(['commit', '--quiet', '-m', message], folder)
  expect(made).toMatchObject({ ok: true })
}
/** What git prints about the pipelines of a commit. */
async function linkTo(ref: string, folder: string): Promise<string> {
  const { output } = await client(['rev-parse', ref], folder)
  return `remote: Pipelines: ${host.origin}/pipelines?q=${output.trim().slice(0, 12)}`
}
const latest = async (id: string) => (await world.get(`/${id}/versions`)).json().items[0]

describe('with the git client', () => {
  test('after clone, commit and push, the push is the next version, and git says so', async () => {
    await upload('roundtrip')
    const { folder, ok } = await clone('roundtrip')
    expect(ok).toBe(true)
    expect(await readFile(join(folder, '数据/词表.txt'), 'utf8')).toBe('好')
    await commit(folder, '模型/新 词表.txt', '更好', '新的词表')
    await chmod(join(folder, 'ai_algorithm.py'), 0o755)
    await commit(folder, 'a.txt', 'x', '第二次')
    const pushed = await client(['push', 'origin', 'HEAD:main'], folder)
    expect(pushed).toMatchObject({
      ok: true,
      output: expect.stringContaining('remote: This is now code version v2'),
    })
    expect(pushed.output).toContain(await linkTo('HEAD', folder))
    expect(await latest('roundtrip')).toMatchObject({
      number: 2,
      message: '第二次',
      created_by: 'user-tester',
    })
    const out = join(world.folder, 'roundtrip-out')
    await world.deps.codeHost.checkout({
      algorithmId: 'roundtrip',
      commit: (await latest('roundtrip')).commit,
      folder: out,
    })
    expect(await readFile(join(out, '模型/新 词表.txt'), 'utf8')).toBe('更好')
    expect((await stat(join(out, 'ai_algorithm.py'))).mode & 0o111).not.toBe(0)
  })

  test('an unrecognised push is kept but becomes no version, and the person is told in their language', async () => {
    await upload('strange')
    const { folder } = await clone('strange')
    await client(['rm', '--quiet', 'ai_algorithm.py'], folder)
    await commit(folder, 'a.txt', 'x')
    const pushed = await client(['push', 'origin', 'HEAD:main'], folder, 'zh_CN')
    expect(pushed.ok).toBe(true)
    expect(pushed.output).toContain('没有成为新版本')
    expect(pushed.output).not.toContain('/pipelines')
    expect((await latest('strange')).number).toBe(1)
    const shown = async () => (await world.get('/strange')).json().refused_push
    expect(await shown()).toMatchObject({ message: '改一改', pushed_by: 'user-tester' })
    const { reason } = await shown()
    expect(pushed.output.replaceAll(/\s|remote:/g, '')).toContain(reason.replaceAll(/\s/g, ''))
    await commit(folder, 'ai_algorithm.py', smallest)
    expect(await client(['push', 'origin', 'HEAD:main'], folder)).toMatchObject({ ok: true })
    expect((await latest('strange')).number).toBe(2)
    expect(await shown()).toBeNull()
  })

  test('a push to a name that no algorithm has creates it, and leaves nothing if it is not recognised', async () => {
    const folder = await mkdtemp(join(world.folder, 'new-'))
    await client(['init', '--quiet', '--initial-branch=main', '.'], folder)
    await commit(folder, 'notes.txt', 'x', 'Only words')
    const pushTo = (id: string, who = 'owner') => client(['push', address(id, who), 'HEAD:main'], folder)
    const refused = await pushTo('newcomer')
    expect(refused.ok).toBe(false)
    expect(refused.output).toContain('No algorithm was created')
    expect(refused.output).toContain(
      '[remote rejected] HEAD -> main (no algorithm was created, nothing is kept)',
    )
    expect(await world.deps.codeHost.resolve('newcomer', 'main')).toBeNull()
    await commit(folder, 'ai_algorithm.py', smallest, '第一版')
    expect((await pushTo('newcomer')).output).toContain('remote: This is now code version v1')
    expect(await readdir(join(world.repositories, 'newcomer.git/objects/info'))).toContain('commit-graphs')
    expect(await latest('newcomer')).toMatchObject({
      number: 1,
      message: '第一版',
      created_by: 'user-tester',
    })
    expect((await pushTo('newcomer', 'neighbour')).output).toContain('403')
    for (const [id, who] of [
      ['status', 'owner'],
      ['another', 'viewer'],
    ] as const)
      expect((await pushTo(id, who)).ok).toBe(false)
  })

  test('a push to another branch makes no version', async () => {
    await upload('branches')
    const { folder } = await clone('branches')
    await commit(folder, 'a.txt', 'x')
    const pushed = await client(['push', 'origin', 'HEAD:refs/heads/试验'], folder)
    expect(pushed).toMatchObject({ ok: true, output: expect.not.stringContaining('version') })
    expect((await latest('branches')).number).toBe(1)
  })

  test('a file of 20 MB can be pushed and cloned', async () => {
    await upload('heavy')
    const { folder } = await clone('heavy')
    const weights = randomBytes(20_000_000)
    await commit(folder, '权重.bin', weights)
    expect(await client(['push', 'origin', 'HEAD:main'], folder)).toMatchObject({ ok: true })
    const again = await clone('heavy')
    expect((await readFile(join(again.folder, '权重.bin'))).equals(weights)).toBe(true)
  })

  test('a push larger than the limit is refused', async () => {
    await upload('huge')
    const { folder } = await clone('huge')
    await commit(folder, 'huge.bin', randomBytes(26 * 1024 ** 2))
    const pushed = await client(['push', 'origin', 'HEAD:main'], folder)
    expect(pushed.ok).toBe(false)
    expect((await latest('huge')).number).toBe(1)
  })

  test('versions are permanent: history cannot be rewritten and main cannot be deleted', async () => {
    await upload('history')
    const { folder } = await clone('history')
    await client(['commit', '--quiet', '--amend', '-m', 'rewritten'], folder)
    expect((await client(['push', '--force', 'origin', 'HEAD:main'], folder)).ok).toBe(false)
    expect((await client(['push', 'origin', ':main'], folder)).ok).toBe(false)
    // Another branch may go.
    expect((await client(['push', 'origin', 'HEAD:aside'], folder)).ok).toBe(true)
    expect((await client(['push', 'origin', ':aside'], folder)).ok).toBe(true)
    expect(await world.deps.codeHost.resolve('history', 'main')).toBe((await latest('history')).commit)
  })

  test('what a version is made of cannot be replaced by something else under its name', async () => {
    await upload('replaced')
    const { folder } = await clone('replaced')
    const { commit: version } = await latest('replaced')
    await commit(folder, 'ai_algorithm.py', `${smallest}\n# another program`)
    await client(['replace', version, 'HEAD'], folder)
    const pushed = await client(['push', 'origin', `refs/replace/${version}`], folder)
    expect(pushed).toMatchObject({ ok: false, output: expect.stringContaining('hidden ref') })
    // Nor where it was pushed to an earlier platform.
    const repository = { path: join(world.repositories, 'replaced.git'), sandbox: noSandbox }
    await client(['push', 'origin', 'HEAD:refs/heads/aside'], folder)
    const other = await world.deps.codeHost.resolve('replaced', 'aside')
    await git({ repository, args: ['update-ref', `refs/replace/${version}`, other ?? ''] })
    const out = join(world.folder, 'replaced-out')
    await world.deps.codeHost.checkout({ algorithmId: 'replaced', commit: version, folder: out })
    expect(await readFile(join(out, 'ai_algorithm.py'), 'utf8')).toBe(smallest)
  })

  test('what the platform keeps of forgotten branches cannot be pushed away', async () => {
    await upload('kept')
    const { folder } = await clone('kept')
    const { commit: version } = await latest('kept')
    await world.deps.codeHost.pin('kept', version)
    await commit(folder, 'a.txt', 'x')
    const pushed = await client(['push', 'origin', `HEAD:refs/vitrine/kept/${version}`], folder)
    expect(pushed).toMatchObject({ ok: false, output: expect.stringContaining('hidden ref') })
  })

  test('an upload after a push continues from it', async () => {
    await upload('both')
    const { folder } = await clone('both')
    await commit(folder, 'a.txt', 'x')
    await client(['push', 'origin', 'HEAD:main'], folder)
    expect((await upload('both')).json().version.number).toBe(3)
    expect(await client(['pull', '--quiet', '--ff-only'], folder)).toMatchObject({ ok: true })
  })
})

describe('access', () => {
  test.each([
    ['a wrong password', 'wrong', 'Authentication failed'],
    ['a viewer', 'viewer', '403'],
  ])('%s may not clone', async (_name, password, words) => {
    await upload('private')
    const result = await clone('private', password)
    expect(result).toMatchObject({ ok: false, output: expect.stringContaining(words) })
  })

  test('another user may clone but not push, and is told why; an administrator may push', async () => {
    await upload('shared')
    const theirs = await clone('shared', 'neighbour')
    expect(theirs.ok).toBe(true)
    await commit(theirs.folder, 'b.txt', 'x')
    const refused = await client(['push', 'origin', 'HEAD:main'], theirs.folder)
    expect(refused.ok).toBe(false)
    expect(refused.output).toContain('belongs to user-tester')
    expect(await client(['push', address('shared', 'admin'), 'HEAD:main'], theirs.folder)).toMatchObject({
      ok: true,
    })
    expect(await latest('shared')).toMatchObject({ number: 2, created_by: 'admin-tester' })
  })
})

describe('over plain HTTP', () => {
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`x:${password}`).toString('base64')}`,
  })
  const ask = (path: string, password?: string) =>
    world.app.inject({ url: `/git/${path}`, headers: password ? basic(password) : {} })

  test('an anonymous request is asked to sign in', async () => {
    const answer = await ask('any.git/info/refs?service=git-upload-pack')
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ])
  })

  test.each([
    ['plain.git/info/refs', 403],
    ['plain.git/info/refs?service=git-upload-archive', 403],
    ['plain.git/HEAD', 404],
    ['plain.git/objects/info/packs', 404],
    ['plain/info/refs?service=git-upload-pack', 404],
    ['nobody.git/info/refs?service=git-upload-pack', 404],
    ['..%2Fplain.git/info/refs?service=git-upload-pack', 404],
    ['%2e%2e.git/info/refs?service=git-upload-pack', 404],
  ])('%s is refused with %i', async (path, status) => {
    await upload('plain')
    expect((await ask(path, 'owner')).statusCode).toBe(status)
  })

  test('a compressed request body is understood', async () => {
    await upload('zipped')
    const body = gzipSync('0014command=ls-refs\n0000')
    const answer = await world.app.inject({
      method: 'POST',
      url: '/git/zipped.git/git-upload-pack',
      headers: {
        ...basic('owner'),
        'content-type': 'application/x-git-upload-pack-request',
        'content-encoding': 'gzip',
        'git-protocol': 'version=2',
      },
      payload: body,
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.payload).toContain('refs/heads/main')
  })

  test('the repositories on disk are intact after all this', async () => {
    await upload('sound')
    const repository = join(world.repositories, 'sound.git')
    expect(
      (
        await git({ repository: { path: repository, sandbox: noSandbox }, args: ['fsck', '--strict'] })
      ).toString(),
    ).toBe('')
  })
})
