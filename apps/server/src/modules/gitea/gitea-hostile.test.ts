import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { openGiteaForTest, type GiteaWorld } from './gitea.test-world.ts'
import { openInsideServer } from './inside-server.test-setup.ts'

const code = { 'ai_algorithm.py': smallest }

let server: GiteaStandIn
let world: GiteaWorld
/** A server in the network of this machine. What a repository names must not be asked. */
let inside: Awaited<ReturnType<typeof openInsideServer>>
let askedInside = 0
beforeEach(async () => {
  ;({ server, world } = await openGiteaForTest())
  askedInside = 0
  inside = await openInsideServer((_request, response) => {
    askedInside += 1
    response.writeHead(404).end()
  })
})
afterEach(() => inside.close())

const register = (body: object) => world.ask('POST', '/repos/register', body)
const exists = async (id: string) => (await world.algorithms.algorithms.get(id)) !== null

test.each([
  'ext::sh -c touch% /tmp/vitrine-was-here',
  'file:///etc/',
  '/etc',
  'ssh://git@127.0.0.1/team/demo.git',
  'git://127.0.0.1/team/demo.git',
  '--upload-pack=touch /tmp/vitrine-was-here',
  'http://any:secret@127.0.0.1/team/demo.git',
])('the address %s is refused before anything is asked', async (url) => {
  const before = server.asked.length
  for (const path of ['/repos/register', '/repos/inspect', '/repos/folders']) {
    const answer = await world.ask('POST', path, { repo_url: url })
    expect([path, answer.statusCode, answer.json().error.code]).toEqual([path, 422, 'request.invalid'])
  }
  expect(server.asked).toHaveLength(before)
})

test.each(['--upload-pack=touch x', '-b', 'a..b', 'main:refs/heads/x', 'x.lock', 'a b', 'refs/../x~1'])(
  'the branch %s is refused before anything is asked',
  async (branch) => {
    const before = server.asked.length
    for (const name of ['branch', 'tag']) {
      const answer = await register({ repo_url: `${server.url}/team/demo`, [name]: branch })
      expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'request.invalid'])
    }
    expect(server.asked).toHaveLength(before)
  },
)

test('branches there that look like options are fetched as branches, and do no harm', async () => {
  const { url, fullName, name } = await world.create()
  const head = await world.push(await world.clone(fullName), 'main', code, 'first')
  for (const branch of ['--upload-pack=touch x', '-c', '--help'].map((one) => one.replaceAll(' ', '_')))
    await server.git(name, ['update-ref', `refs/heads/${branch}`, head])
  expect((await register({ repo_url: url })).statusCode).toBe(201)
  expect((await world.ask('POST', '/repos/pull', { algorithm_id: name })).json().commit).toBe(head)
})

test('submodules, hooks, filters and addresses that a repository names are neither asked nor run', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  const modules = ['http', 'ext'].map((kind) => {
    const target = kind === 'http' ? `${inside.url}/sub.git` : 'ext::sh -c touch% ran'
    return `[submodule "${kind}"]\n\tpath = ${kind}\n\turl = ${target}\n`
  })
  const head = await world.push(clone, 'main', code, 'first')
  // What `git submodule add` writes.
  await world.run(['update-index', '--add', '--cacheinfo', `160000,${head},http`], clone)
  const hostile = {
    '.gitmodules': modules.join(''),
    '.lfsconfig': `[lfs]\n\turl = ${inside.url}/lfs\n`,
    '.gitattributes': '*.py filter=evil diff=evil merge=evil\n',
    '.gitconfig': '[filter "evil"]\n\tsmudge = touch ran\n[core]\n\thooksPath = hooks\n',
    'hooks/post-checkout': '#!/bin/sh\ntouch ran\n',
  }
  await world.push(clone, 'main', hostile, 'hostile')
  const registered = await register({ repo_url: url })
  expect(registered.statusCode).toBe(201)
  const { algorithm } = registered.json()
  const commit = (await world.algorithms.codeHost.resolve(algorithm.id, 'HEAD')) ?? ''
  const folder = join(world.folder, 'checked-out')
  await world.algorithms.codeHost.checkout({ algorithmId: name, commit, folder })
  const paths = (await world.algorithms.codeHost.files(name, commit)).map(({ path }) => path)
  expect(paths).toContain('.gitmodules')
  expect(paths.filter((path) => path.startsWith('http') || path.endsWith('ran'))).toEqual([])
  expect(askedInside).toBe(0)
})

test('a symbolic link that leads out of a repository leads nowhere here', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  await symlink('/etc/passwd', join(clone, 'passwd'))
  await symlink('../../..', join(clone, 'up'))
  await world.push(clone, 'main', code, 'links')
  await register({ repo_url: url })
  const answer = await world.app.inject({
    url: `/api/v1/algorithms/${name}/code?path=passwd`,
    headers: { 'x-test-role': 'admin' },
  })
  expect(answer.body).not.toContain('root:')
})

test('a commit that stands for very many files is refused, and leaves no algorithm', async () => {
  const { url, fullName, name } = await world.create()
  await world.push(await world.clone(fullName), 'main', code, 'first')
  const inThere = (args: readonly string[], input = '') => server.git(name, args, input)
  const blob = await inThere(['hash-object', '-w', '--stdin'], smallest)
  let tree = await inThere(['mktree'], `100644 blob ${blob}\tai_algorithm.py\n`)
  // Ten folders in each of ten, six times: a million files in seven objects.
  for (let depth = 0; depth < 6; depth += 1)
    tree = await inThere(
      ['mktree'],
      Array.from({ length: 10 }, (_, at) => `040000 tree ${tree}\tf${at}\n`).join(''),
    )
  const who = ['-c', 'user.name=x', '-c', 'user.email=x']
  const commit = await inThere([...who, 'commit-tree', '-m', 'bomb', tree])
  await inThere(['update-ref', 'refs/heads/main', commit])
  const answer = await register({ repo_url: url })
  expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'code_host.too_large'])
  expect(await exists(name)).toBe(false)
})

// The refs, and the pack that follows.
test.each([[[10]], [[Number.MAX_SAFE_INTEGER, 200]]])(
  'a server that dies in the middle of an answer (%j) leaves nothing half-made, and is asked again',
  async (breaks) => {
    const { url, fullName, name } = await world.create()
    const clone = await world.clone(fullName)
    await world.push(clone, 'main', { ...code, 'more.bin': 'x'.repeat(5_000) }, 'first')
    server.pushes.breaks = [...breaks]
    const answer = await register({ repo_url: url })
    expect([answer.statusCode, answer.json().error.code]).toEqual([502, 'gitea.unreachable'])
    expect(await exists(name)).toBe(false)
    expect(await world.algorithms.codeHost.names()).not.toContain(name)
    server.pushes.breaks = []
    expect((await register({ repo_url: url })).statusCode).toBe(201)
    const head = await world.push(clone, 'main', { 'more.bin': 'y' }, 'second')
    server.pushes.breaks = [...breaks]
    const pulled = await world.ask('POST', '/repos/pull', { algorithm_id: name })
    expect(pulled.json().error.code).toBe('gitea.unreachable')
    server.pushes.breaks = []
    expect((await world.ask('POST', '/repos/pull', { algorithm_id: name })).json()).toMatchObject({
      commit: head,
      changed: true,
    })
  },
)

test('one person fetches so many repositories at once, and further ones wait for their turn', async () => {
  const { url, fullName, name } = await world.create()
  const head = await world.push(await world.clone(fullName), 'main', code, 'first')
  const { fetches } = world.algorithms.gitQueues
  const ends = [1, 2, 3].map(() => fetches.take(testActor('admin').id))
  const waiting = [
    world.ask('POST', '/repos/inspect', { repo_url: url }),
    world.ask('POST', '/repos/folders', { repo_url: url }),
    register({ repo_url: url }),
  ]
  await expect.poll(() => fetches.waiting(), { timeout: patienceMs }).toBe(3)
  const pull = world.ask('POST', '/repos/pull', { algorithm_id: name })
  await expect.poll(() => fetches.waiting(), { timeout: patienceMs }).toBe(4)
  for (const end of ends) end()
  expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 201])
  // It began while the repository was being registered, or after that.
  expect([200, 404]).toContain((await pull).statusCode)
  expect((await world.ask('POST', '/repos/pull', { algorithm_id: name })).json().commit).toBe(head)
})
