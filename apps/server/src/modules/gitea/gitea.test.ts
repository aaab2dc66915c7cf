import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { isSupported } from './gitea.check.ts'
import { idAfter } from './gitea.algorithms.ts'
import { repositoryIn } from './gitea.repositories.ts'
import { giteaSuite } from './gitea.test-suite.ts'
import { openGiteaForTest, openGiteaWorld, type GiteaWorld } from './gitea.test-world.ts'

giteaSuite('with a stand-in for Gitea', async () => {
  const server = await GiteaStandIn.open()
  return {
    server,
    // The platform's own git host, which answers here, refuses rewritten histories.
    async forcePush(world, { folder, name, branch }) {
      await world.run(['push', '--quiet', 'origin', `${branch}:aside`], folder)
      await server.moveBranch(name, { from: 'aside', to: branch })
    },
    rename: (name, to) => server.rename(name, to),
    close: () => server.close(),
  }
})

/** A Gitea server to test with: these three variables. Repositories that begin with `demo-` and `ai-` are left in it. */
const { GITEA_URL: url, GITEA_TOKEN: token, GITEA_OWNER: owner } = process.env
if (url && token && owner)
  giteaSuite(`with the Gitea server at ${url}`, async () => ({
    server: { url, token, owner },
    forcePush: (world, { folder, branch }) =>
      world.run(['push', '--quiet', '--force', 'origin', branch], folder),
    rename: (name, to) =>
      fetch(`${url}/api/v1/repos/${owner}/${name}`, {
        method: 'PATCH',
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: to }),
      }),
    close: async () => undefined,
  }))
else test.skip('with a real Gitea server: set GITEA_URL, GITEA_TOKEN and GITEA_OWNER')

const code = { 'ai_algorithm.py': smallest }

describe('settings', () => {
  let server: GiteaStandIn
  let world: GiteaWorld
  beforeEach(async () => {
    server = await GiteaStandIn.open()
    world = await openGiteaWorld(server)
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })
  const save = (change: object) => world.ask('POST', '/config', { ...world.settings, ...change })
  const problems = async (change: object) => {
    const answer = await save(change)
    expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'gitea.test_failed'])
    return answer.json().error.details.findings.map((one: { code: string }) => one.code)
  }

  test('say that repositories cannot be created, and leave none there to find that out', async () => {
    server.creation = {
      status: 403,
      message: 'Given user is not allowed to create repository in organization.',
    }
    const saved = await save({})
    expect([saved.statusCode, saved.json().check]).toMatchObject([
      200,
      { ok: true, findings: [{ code: 'cannot_create', severity: 'warning' }] },
    ])
    const [{ message }] = saved.json().check.findings
    expect(message).toContain('Gitea says: HTTP 403 Given user is not allowed to create repository')
    server.creation = null
    expect((await world.ask('GET', '/test-connection')).json().findings).toEqual([])
    expect(
      (await world.ask('GET', '/repos')).json().items.map((one: { full_name: string }) => one.full_name),
    ).toEqual(['others/secret'])
  })

  test('say that the default owner is another user, whose existing repositories can be used', async () => {
    const { check } = (await save({ default_owner: 'others' })).json()
    expect(check).toMatchObject({ ok: true, findings: [{ code: 'owner_other', severity: 'warning' }] })
  })

  test('show nothing of the token but its end, and the database has it only encrypted', async () => {
    expect((await save({})).json()).toMatchObject({ check: { ok: true, version: '1.21.11', findings: [] } })
    const shown = await world.ask('GET', '/config')
    expect(shown.json().config.access_token).toBe(`••••${server.token.slice(-4)}`)
    expect(shown.body).not.toContain(server.token)
    expect(JSON.stringify(await world.configs.active())).not.toContain(server.token)
  })

  test('that do not work are refused with what is wrong, and nothing is saved', async () => {
    expect(await problems({ access_token: 'wrong' })).toEqual(['token_refused'])
    expect(await problems({ access_token: server.narrowToken })).toEqual(['scope_missing'])
    expect(await problems({ default_owner: 'nobody' })).toEqual(['owner_unknown'])
    expect(await problems({ server_url: `${server.url}/nowhere` })).toEqual(['not_gitea'])
    expect((await world.ask('GET', '/config')).json()).toMatchObject({ config: null })
    const { url: address } = server
    await server.close()
    expect(await problems({ server_url: address })).toEqual(['unreachable'])
    server = await GiteaStandIn.open()
  })

  test('keep their history, and a saved token for the same server alone', async () => {
    await save({})
    const { access_token: _, ...rest } = world.settings
    const kept = await world.ask('POST', '/config', { ...rest, repo_prefix: 'x-' })
    expect(kept.statusCode).toBe(200)
    const history = await world.ask('GET', '/config/history')
    expect(history.json()).toMatchObject({
      total: 2,
      items: [{ repo_prefix: 'x-', is_active: true }, { is_active: false }],
    })
    const other = await GiteaStandIn.open()
    const moved = await world.ask('POST', '/config', { ...rest, server_url: other.url })
    expect(moved.json()).toMatchObject({ error: { details: { findings: [{ code: 'token_refused' }] } } })
    await other.close()
  })

  test('can follow their server to another address: the algorithms follow', async () => {
    await save({})
    const repository = await world.create()
    await world.push(await world.clone(repository.fullName), 'main', code, 'x')
    await world.ask('POST', '/repos/register', { repo_url: repository.url })
    const other = await GiteaStandIn.open()
    const { url: server_url, token: access_token } = other
    expect((await save({ server_url, access_token })).statusCode).toBe(200)
    expect((await world.get(`/${repository.name}`)).json()).toMatchObject({
      repository_url: `${other.url}/${repository.fullName}.git`,
    })
    await other.close()
  })

  test('whose token was sealed elsewhere are shown, and Gitea’s refusal asks for a token', async () => {
    await save({})
    const saved = await world.configs.active()
    if (!saved) throw new Error('nothing is saved')
    const { id: _, ...row } = saved
    await world.configs.save({ ...row, accessToken: 'c2VhbGVkIGVsc2V3aGVyZSwgbG9uZyBlbm91Z2g=' })
    expect((await world.ask('GET', '/config')).json()).toMatchObject({ config: { server_url: server.url } })
    expect((await world.ask('GET', '/test-connection')).json()).toMatchObject({
      ok: false,
      findings: [{ code: 'token_refused' }],
    })
  })

  test('are an administrator’s', async () => {
    for (const [method, path] of [
      ['GET', '/config'],
      ['DELETE', '/config'],
      ['GET', '/test-connection'],
      ['GET', '/config/history'],
    ] as const)
      expect((await world.ask(method, path, undefined, 'user')).statusCode).toBe(403)
  })

  test('are not removed while an algorithm has its code there', async () => {
    await save({})
    const repository = await world.create()
    await world.push(await world.clone(repository.fullName), 'main', code, 'x')
    await world.ask('POST', '/repos/register', { repo_url: repository.url })
    const refused = await world.ask('DELETE', '/config')
    expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'gitea.in_use'])
    await world.change('DELETE', `/${repository.name}`, 'admin')
    expect((await world.ask('DELETE', '/config')).statusCode).toBe(204)
    // The repository is not the platform's to delete.
    expect(server.asked.filter((route) => route.startsWith('DELETE'))).toEqual([])
  })

  test('of the environment come first, and cannot be changed here', async () => {
    const { url: address } = server
    const set = await openGiteaWorld(server, { GITEA_SERVER_URL: address, GITEA_ACCESS_TOKEN: server.token })
    const changed = await set.ask('POST', '/config', set.settings)
    expect([changed.statusCode, changed.json().error.code]).toEqual([409, 'gitea.set_by_environment'])
    expect((await set.ask('GET', '/config')).json()).toMatchObject({
      config: { server_url: address, sources: { server_url: 'environment' } },
    })
    await set.close()
  })

  test('without any, every use says so', async () => {
    for (const [method, path, body] of [
      ['GET', '/repos', undefined],
      ['GET', '/test-connection', undefined],
      ['POST', '/repos/register', { repo_url: 'http://git.example/a/b' }],
    ] as const)
      expect((await world.ask(method, path, body)).json()).toMatchObject({
        error: { code: 'gitea.not_configured' },
      })
  })

  test('of a server that leads elsewhere say where: the token does not follow', async () => {
    server.broken = 301
    expect(await problems({})).toEqual(['redirected'])
    server.broken = null
  })

  test('that do not count any more have no token', async () => {
    await save({})
    await save({ repo_prefix: 'x-' })
    const { items } = await world.configs.history({ page: 1, page_size: 10, q: '', sort: '' })
    expect(items.map(({ status, accessToken }) => [status, accessToken === ''])).toEqual([
      ['active', false],
      ['inactive', true],
    ])
  })

  test('of a server that fails later: a clear error, and the code that is here can still be read', async () => {
    await save({})
    const repository = await world.create()
    await world.push(await world.clone(repository.fullName), 'main', code, 'x')
    await world.ask('POST', '/repos/register', { repo_url: repository.url })
    const pull = async () =>
      (await world.ask('POST', '/repos/pull', { algorithm_id: repository.name })).json().error.code
    server.broken = 401
    expect(await pull()).toBe('gitea.token_refused')
    server.broken = 500
    expect(await pull()).toBe('gitea.failed')
    expect((await world.get(`/${repository.name}/files`)).statusCode).toBe(200)
  })
})

test('an object that git refuses is named, with what helps', async () => {
  const { server, world } = await openGiteaForTest()
  const repository = await world.create()
  await world.push(await world.clone(repository.fullName), 'main', code, 'x')
  await world.ask('POST', '/repos/register', { repo_url: repository.url })
  // A file that is called `.git`, which no honest client commits.
  const inThere = (args: readonly string[], input = '') => server.git(repository.name, args, input)
  const blob = await inThere(['hash-object', '-w', '--stdin'], 'x')
  const tree = await inThere(['mktree'], `100644 blob ${blob}\t.git\n`)
  const who = ['-c', 'user.name=x', '-c', 'user.email=x']
  const commit = await inThere([...who, 'commit-tree', '-m', 'x', tree])
  await inThere(['update-ref', 'refs/heads/aside', commit])
  const pulled = await world.ask('POST', '/repos/pull', { algorithm_id: repository.name })
  expect(pulled.json().error).toMatchObject({
    code: 'code_host.object_refused',
    message: expect.stringContaining('hasDotgit'),
  })
})

describe('who is no administrator', () => {
  test('reaches the repositories of the default owner alone', async () => {
    const { server, world } = await openGiteaForTest()
    const body = { repo_url: `${server.url}/others/secret` }
    const answer = await world.ask('POST', '/repos/register', body, 'user')
    expect(answer.json()).toMatchObject({ error: { code: 'gitea.repository_not_found' } })
    expect(server.asked).not.toContain('GET /repos/others/secret')
    const namesFor = async (role: string) =>
      (await world.ask('GET', '/repos?page_size=1&page=1', undefined, role)).json().items
    const { fullName } = await world.create()
    expect(await namesFor('user')).toMatchObject([{ full_name: fullName }])
    const { total } = (await world.ask('GET', '/repos?q=secret', undefined, 'user')).json()
    expect(total).toBe(0)
    expect((await world.ask('GET', '/repos?q=secret')).json()).toMatchObject({
      total: 1,
      items: [{ full_name: 'others/secret' }],
    })
    expect((await world.ask('GET', '/repos/others/secret/branches', undefined, 'user')).statusCode).toBe(404)
  })
})

test.each([
  ['https://git.example/team/Word.Count', 'team/Word.Count', 'https://git.example'],
  ['https://git.example/sub/team/demo.git', 'team/demo', 'https://git.example/sub'],
  ['http://git.example:3000/team/demo/', 'team/demo', 'http://git.example:3000'],
])('%s is the address of a repository', (address, fullName, at) => {
  expect(repositoryIn(address)).toEqual({ fullName, server: at })
})

test.each([
  'https://git.example/team',
  'https://git.example/../x/-y',
  'https://git.example/a/b?c',
  'nothing',
])('%s is not', (address) => expect(repositoryIn(address)).toBeNull())

test.each([
  ['team/Word.Count', '', 'word-count'],
  ['team/ai-upper', 'ai-', 'upper'],
  ['detectors/数词', '', 'shu-ci'],
  ['detectors/ImageRecog', '', 'image-recog'],
])('the repository or folder %s with the prefix “%s” gives the id %s', async (name, prefix, id) => {
  expect(await idAfter(name, prefix)).toBe(id)
})

test('versions from 1.20 on are supported', () => {
  expect(
    ['1.20.0', '1.21.11', '1.22.0+dev-12', '2.0.0', '1.19.4', '1.15.11', '1.9'].map(isSupported),
  ).toEqual([...[true, true, true, true], ...[false, false, false]])
})
