import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
const client: (typeof host)['client'] = (...given) => host.client(...given)

beforeAll(async () => {
  world = await openWorld()
  const watched = { watched: new Map([['production', 'word-count']]) }
  host = await serveGit(world, { actorOf: () => testActor('user'), watched })
})
afterAll(async () => {
  await world.close()
  expect(host.failures).toEqual([])
})

/** A clone of a new algorithm, whose newest commit is not the one of `main` any more but another one in its place. */
async function rewritten(id: string, more: string[] = []) {
  await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: id } })
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  const push = async (args: string[], language = 'en') => {
    const { ok, output } = await client(['push', ...args], folder, language)
    return { ok, told: output.replaceAll(/\s*\n(?:remote: )?/g, ' ') }
  }
  await client(['clone', '--quiet', ...more, host.address(id), '.'], folder)
  const commit = async (text: string) => {
    await writeFile(join(folder, 'notes.txt'), text)
    await client(['add', '--all'], folder)
    expect(await client(['commit', '--quiet', '-m', text], folder)).toMatchObject({ ok: true })
  }
  await commit('first')
  expect(await push(['origin', 'HEAD:main', 'HEAD:trial', 'HEAD:production'])).toMatchObject({ ok: true })
  await client(['commit', '--quiet', '--amend', '-m', 'in its place'], folder)
  const at = (ref: string) => world.deps.codeHost.resolve(id, ref)
  const here = async () => (await client(['rev-parse', 'HEAD'], folder)).output.trim()
  return { folder, push, commit, at, here }
}

test('another branch can be rewritten by a forced push, which makes no version', async () => {
  const { push, at, here } = await rewritten('rewritten')
  const main = await at('main')
  const pushed = await push(['--force', 'origin', 'HEAD:trial'])
  expect(pushed).toMatchObject({ ok: true, told: expect.stringContaining('(forced update)') })
  expect(pushed.told).not.toContain('version')
  expect([await at('trial'), await at('main')]).toEqual([await here(), main])
  expect(await push(['--force-with-lease', 'origin', 'HEAD~1:trial'])).toMatchObject({ ok: true })
})

test('a forced push to main is refused, and git says why and what to do', async () => {
  const { push, at } = await rewritten('permanent')
  const before = await at('main')
  const refused = await push(['--force', 'origin', 'HEAD:main'])
  expect(refused.ok).toBe(false)
  expect(refused.told).toContain('main was not changed: its commits are code versions')
  expect(refused.told).toContain('git revert')
  expect((await push(['--force', 'origin', 'HEAD:main'], 'zh_CN')).told).toContain('main 没有改动')
  expect((await push(['origin', ':main'])).told).toContain('main cannot be deleted')
  expect(await at('main')).toBe(before)
})

test('so is one to a branch that is deployed by itself, and git names the service', async () => {
  const { push, at } = await rewritten('watched')
  const before = await at('production')
  const refused = await push(['--force', 'origin', 'HEAD:production'])
  expect(refused).toMatchObject({ ok: false, told: expect.stringContaining('the service word-count') })
  expect(await at('production')).toBe(before)
  expect(await push(['--force', 'origin', 'HEAD:trial'])).toMatchObject({ ok: true })
})

test('in one push with main another branch is not rewritten, and git says to push it alone', async () => {
  const { push, at, commit, here } = await rewritten('together')
  const before = await at('trial')
  const both = await push(['--force', 'origin', 'HEAD:main', 'HEAD:trial'])
  expect(both).toMatchObject({
    ok: false,
    told: expect.stringContaining('trial was not changed: push it alone'),
  })
  expect(await at('trial')).toBe(before)
  await commit('another')
  expect(await push(['--force', 'origin', 'HEAD:trial'])).toMatchObject({ ok: true })
  expect(await at('trial')).toBe(await here())
})

test('a shallow clone, as machines make it, can rewrite another branch, and not main', async () => {
  const { push, at, here } = await rewritten('shallow', ['--depth=1'])
  const main = await at('main')
  expect(await push(['--force', 'origin', 'HEAD:trial'])).toMatchObject({ ok: true })
  expect(await push(['--force', 'origin', 'HEAD:main'])).toMatchObject({ ok: false })
  expect([await at('trial'), await at('main')]).toEqual([await here(), main])
})
