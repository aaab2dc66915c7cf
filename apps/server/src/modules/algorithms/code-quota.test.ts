import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { errorBody } from '@vitrine/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { noSandbox, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { serveGit } from '../git-host/git-host.test-world.ts'
import { defaultQuotas } from '../quotas/quotas.ts'
import { removeLeftCode } from './algorithms.usecases.ts'
import { neighbour, openWorld, smallest } from './algorithms.test-world.ts'

/** One person may store 3 MB of code. Random bytes take as much on the disk as they are. */
const megabyte = 1_000_000
const limit = 3 * megabyte
const owner = testActor('user')

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
const client: (typeof host)['client'] = (...given) => host.client(...given)
const address = (id: string, who = 'one') => host.address(id, who)
/** Called when room was taken for a push, before anything of it is received. */
let received: () => Promise<void>

beforeEach(async () => {
  const quotas = defaultQuotas()
  quotas.person.codeBytes = limit
  world = await openWorld({ uploadBytes: 24 * megabyte }, quotas)
  received = async () => undefined
  const { codeQuota } = world.deps
  host = await serveGit(world, {
    actorOf: (password) => (password === 'neighbour' ? neighbour : owner),
    algorithms: {
      codeQuota: {
        ...codeQuota,
        async enter(...about) {
          const reservation = await codeQuota.enter(...about)
          await received()
          return reservation
        },
      },
    },
  })
})
afterEach(async () => {
  await world.close()
  expect(host.failures).toEqual([])
})

const upload = (id: string, bytes: number) =>
  world.send('', {
    files: { 'ai_algorithm.py': smallest, 'weights.bin': randomBytes(bytes) },
    fields: { algorithm_id: id },
  })
const statuses = async (answers: Promise<{ statusCode: number }>[]) =>
  (await Promise.all(answers)).map(({ statusCode }) => statusCode).toSorted()
const pushSome = async (id: string, bytes: number) => {
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  expect(await client(['clone', '--quiet', address(id), '.'], folder)).toMatchObject({ ok: true })
  await writeFile(join(folder, `${bytes}.bin`), randomBytes(bytes))
  await client(['add', '--all'], folder)
  await client(['commit', '--quiet', '-m', 'more'], folder)
  return client(['push', 'origin', 'HEAD:main'], folder)
}
const stored = async (id: string) => (await world.deps.codeHost.sizes([id])).get(id) ?? 0

describe('the code of one person', () => {
  test('is bounded over all algorithms and versions, also for simultaneous uploads, until some is deleted', async () => {
    const sent = ['one', 'two', 'three', 'four'].map((id) => upload(id, 2 * megabyte))
    expect(await statuses(sent)).toEqual([201, 201, 413, 413])
    const refused = await upload('five', 10)
    expect(errorBody.parse(refused.json()).error).toMatchObject({
      code: 'quota.code',
      details: { limit_bytes: limit },
    })
    const [kept = ''] = await readdir(world.repositories)
    expect((await upload(kept.replace('.git', ''), 10)).statusCode).toBe(413)
    expect((await world.change('DELETE', `/${kept.replace('.git', '')}`, 'user')).statusCode).toBe(204)
    expect((await upload('five', 10)).statusCode).toBe(201)
  })

  test('is not what others have: their uploads and pushes go on', async () => {
    expect(await statuses([upload('full', 3 * megabyte)])).toEqual([201])
    const theirs = await world.send(
      '',
      { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: 'theirs' } },
      { 'x-test-role': 'neighbour' },
    )
    expect(theirs.statusCode).toBe(201)
  })

  test('a push without room is refused with words before anything is sent', async () => {
    await upload('full', 3 * megabyte)
    const before = await stored('full')
    const pushed = await pushSome('full', 10)
    expect(pushed).toMatchObject({ ok: false, output: expect.stringContaining('no room for more code') })
    expect(await stored('full')).toBe(before)
  })

  test('is measured once for a push', async () => {
    await upload('pushed', 10)
    const sizes = vi.spyOn(world.deps.codeHost, 'sizes')
    expect(await pushSome('pushed', 10)).toMatchObject({ ok: true })
    expect(sizes.mock.calls.filter(([ids]) => ids.length > 0)).toHaveLength(1)
    expect(await pushSome('pushed', 11)).toMatchObject({ ok: true })
    expect(sizes.mock.calls.filter(([ids]) => ids.length > 0)).toHaveLength(2)
  })

  test('a push that is larger than the room that is left is refused, and leaves nothing', async () => {
    await upload('nearly', 2 * megabyte)
    const pushed = await pushSome('nearly', 2 * megabyte)
    const words = expect.stringContaining('pack exceeds maximum allowed size')
    expect(pushed).toMatchObject({ ok: false, output: words })
    expect(await stored('nearly')).toBeLessThan(limit)
    expect(await pushSome('nearly', megabyte / 2)).toMatchObject({ ok: true })
    expect(await stored('nearly')).toBeGreaterThan(2.5 * megabyte)
  })

  test('counts what a push that broke off has left, which is removed after a day', async () => {
    await upload('cut', 10)
    const before = await stored('cut')
    const left = join(world.repositories, 'cut.git', 'objects', 'tmp_objdir-incoming-x')
    await mkdir(left)
    await writeFile(join(left, 'pack'), randomBytes(megabyte))
    expect(await stored('cut')).toBeGreaterThan(before + 0.9 * megabyte)
    const dayBefore = new Date(Date.now() - 25 * 3_600_000)
    await utimes(left, dayBefore, dayBefore)
    expect(await stored('cut')).toBe(before)
  })
})

describe('a push to a name that no algorithm has', () => {
  /** A repository of a person with one commit. */
  const begin = async (more: string) => {
    const folder = await mkdtemp(join(world.folder, 'new-'))
    await client(['init', '--quiet', '--initial-branch=main', '.'], folder)
    await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# ${more}\n`)
    await client(['add', '--all'], folder)
    await client(['commit', '--quiet', '-m', more], folder)
    return folder
  }
  const kept = () => readdir(world.repositories)

  test('makes nothing before it arrives, and keeps nothing without the branch main', async () => {
    await upload('there', 10)
    const asked = await world.app.inject({
      url: '/git/asked.git/info/refs?service=git-receive-pack',
      headers: { authorization: 'Basic b25lOm9uZQ==' },
    })
    expect(asked.statusCode).toBe(200)
    expect(await kept()).toEqual(['there.git'])
    const pushed = await client(['push', address('aside'), 'HEAD:aside'], await begin('one'))
    expect(pushed).toMatchObject({ ok: false, output: expect.stringContaining('No algorithm was created') })
    expect(await kept()).toEqual(['there.git'])
  })

  test('leaves nothing when its sender leaves before the end', async () => {
    await upload('there', 10)
    const { hostname, port } = new URL(address('broken'))
    const sender = connect({ host: hostname, port: Number(port) })
    const lines = [
      'POST /git/broken.git/git-receive-pack HTTP/1.1',
      'Host: any',
      'Authorization: Basic b25lOm9uZQ==',
      'Content-Type: application/x-git-receive-pack-request',
      'Content-Length: 1000',
    ]
    // Its commands, which are read first, and the beginning of what it sends.
    const command = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/main\0 report-status`
    const length = (command.length + 4).toString(16).padStart(4, '0')
    sender.write(`${lines.join('\r\n')}\r\n\r\n${length}${command}0000PACK`)
    await vi.waitFor(async () => expect(await kept()).toHaveLength(2), 60_000)
    sender.destroy()
    await vi.waitFor(async () => expect(await kept()).toEqual(['there.git']), 60_000)
  })

  test('leaves nothing when git fails before it takes what is pushed', async () => {
    const opened: string[] = []
    const codeHost = { ...world.deps.codeHost }
    vi.spyOn(world.deps.codeHost, 'incoming').mockImplementation(async () => {
      const { repository, ...rest } = await codeHost.incoming()
      opened.push(...(await kept()))
      const sandbox: Sandbox = {
        ...noSandbox,
        // The first look into it, which asks for the followed branch.
        wrap: async (command) =>
          command.args.some((arg) => arg.includes('symbolic-ref'))
            ? Promise.reject(new Error('no room for a sandbox'))
            : command,
      }
      return { ...rest, repository: { ...repository, sandbox } }
    })
    expect(await client(['push', address('unlucky'), 'HEAD:main'], await begin('one'))).toMatchObject({
      ok: false,
      output: expect.stringContaining('500'),
    })
    expect(opened).toHaveLength(1)
    expect(await kept()).toEqual([])
  })

  test('gets what its person has pushed, also when two come at once', async () => {
    const [mine, theirs] = [await begin('mine'), await begin('theirs')]
    let waiting = 0
    let begun = () => {}
    const both = new Promise<void>((resolve) => (begun = resolve))
    received = async () => {
      waiting += 1
      if (waiting === 2) begun()
      await both
    }
    const pushes = await Promise.all([
      client(['push', address('wanted'), 'HEAD:main'], mine),
      client(['push', address('wanted', 'neighbour'), 'HEAD:main'], theirs),
    ])
    const first = pushes.findIndex(({ output }) => output.includes('This is now code version v1'))
    expect(pushes[1 - first]?.output).toContain('No algorithm was created')
    const [version] = (await world.get('/wanted/versions')).json().items
    expect(version).toMatchObject({ number: 1, message: ['mine', 'theirs'][first] })
    const found = await world.deps.algorithms.get('wanted')
    expect(found?.row.ownerId).toBe([owner, neighbour][first]?.id)
    expect(await kept()).toEqual(['wanted.git'])
  })
})

test('a repository that no algorithm has is removed once an hour, and one without a name after a day', async () => {
  await upload('there', 10)
  const { keepAs } = await world.deps.codeHost.incoming()
  await keepAs('left')
  await world.deps.codeHost.incoming()
  const old = (await readdir(world.repositories)).find((name) => name.startsWith('.')) ?? ''
  await world.deps.codeHost.incoming()
  const dayBefore = new Date(Date.now() - 25 * 3_600_000)
  await utimes(join(world.repositories, old), dayBefore, dayBefore)
  await removeLeftCode(world.deps)
  const left = await readdir(world.repositories)
  expect(left).not.toContain(old)
  expect(left).toEqual([expect.stringMatching(/^\.push-/), 'there.git'])
})
