import { execFileSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'

const owner = testActor('user')

/** A world, and what stores the algorithm `any` in it once its server is ready. */
async function openHost() {
  const world = await openWorld()
  onTestFinished(() => world.close())
  const files = { 'ai_algorithm.py': smallest }
  const upload = () => world.send('', { files, fields: { algorithm_id: 'any' } })
  return { world, upload }
}

test('a push whose client leaves while room is taken for it leaves that room and stores nothing', async () => {
  const { world, upload } = await openHost()
  const events = new EventEmitter()
  const waits = once(events, 'waits')
  const closed = once(events, 'closed')
  const found = once(events, 'found')
  const left = once(events, 'left')
  world.app.addHook('onRequest', async (_request, reply) => {
    reply.raw.once('close', () => events.emit('closed'))
  })
  const { codeQuota } = world.deps
  const { origin, failures } = await serveGit(world, {
    actorOf: () => owner,
    algorithms: {
      codeQuota: {
        ...codeQuota,
        async enter(_actor, _algorithm, most) {
          events.emit('waits')
          await found
          return { bytes: most, giveBack: () => events.emit('left') }
        },
      },
    },
  })
  await upload()
  const { hostname, port } = new URL(origin)
  const client = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void client.destroy())
  const lines = [
    'POST /git/any.git/git-receive-pack HTTP/1.1',
    'Host: any',
    'Authorization: Basic eDp5',
    'Content-Type: application/x-git-receive-pack-request',
    'Content-Length: 100',
  ]
  client.write(`${lines.join('\r\n')}\r\n\r\n`)
  await waits
  client.destroy()
  await closed
  events.emit('found')
  await expect(left).resolves.toEqual([])
  expect((await world.get('/any/versions')).json().total).toBe(1)
  expect(failures).toEqual([])
})

/** A git host with one repository, and a clone of it. `meanwhile` runs between the end of git and the look at what it has done. */
async function openClone(meanwhile: (bare: string) => void) {
  const { world, upload } = await openHost()
  const { address, client, failures, pushes } = await serveGit(world, { actorOf: () => owner })
  await upload()
  pushes.subscribe(() => meanwhile(join(world.repositories, 'any.git')))
  const clone = await mkdtemp(join(world.folder, 'clone-'))
  const run = async (...args: string[]) => {
    const { ok, output } = await client(args, clone)
    if (!ok) throw new Error(output)
    return output.trim()
  }
  await run('clone', '--quiet', address('any'), '.')
  const commit = async (message: string) => {
    await run('commit', '--quiet', '--allow-empty', '-m', message)
    return run('rev-parse', 'HEAD')
  }
  /** What pushes have made, the first one first. */
  const pushed = async () => {
    expect(failures).toEqual([])
    const { items } = (await world.get('/any/versions')).json()
    return items
      .filter(({ number }: { number: number }) => number > 1)
      .map((version: { created_by: string; commit: string; message: string }) => ({
        by: version.created_by,
        commit: version.commit,
        message: version.message,
      }))
      .toReversed()
  }
  return { run, commit, pushed, world }
}

test('what somebody else pushes at the same time is not taken for one’s own', async () => {
  let theirs: string | null = null
  const { run, commit, pushed } = await openClone((bare) => {
    // Their push to main ends here.
    if (theirs !== null)
      execFileSync('git', ['--git-dir', bare, 'update-ref', 'refs/heads/main', theirs], { stdio: 'ignore' })
  })
  const mine = await commit('mine')
  const other = await commit('theirs, on top of it')
  await run('push', '--quiet', 'origin', `${other}:refs/heads/aside`)
  expect(await pushed()).toEqual([])
  theirs = other
  await run('push', '--quiet', 'origin', `${mine}:refs/heads/main`)
  expect(await pushed()).toEqual([{ by: 'user-tester', commit: mine, message: 'mine' }])
  // Who pushes elsewhere has not pushed what came to main meanwhile.
  const next = await commit('aside')
  theirs = await commit('theirs again')
  await run('push', '--quiet', 'origin', `${theirs}:refs/heads/store`)
  await run('push', '--quiet', 'origin', `${next}:refs/heads/aside`)
  expect(await pushed()).toHaveLength(1)
})

test('a push that is refused, or of what is there already, is none', async () => {
  const { run, commit, pushed } = await openClone(() => undefined)
  const [one, two] = [await commit('one'), await commit('two')]
  await run('push', '--quiet', 'origin', `${two}:refs/heads/main`)
  await run('reset', '--quiet', '--hard', one)
  const other = await commit('other')
  for (const refused of [one, other])
    await expect(run('push', '--quiet', '--force', 'origin', `${refused}:refs/heads/main`)).rejects.toThrow(
      'non-fast-forward',
    )
  await run('push', '--quiet', 'origin', `${two}:refs/heads/main`, `${other}:refs/heads/aside`)
  expect((await pushed()).map(({ commit: each }: { commit: string }) => each)).toEqual([two])
})

test('few commands, and so few sandboxes, are begun for a push that becomes a version, and for its deploy', async () => {
  const { run, commit, pushed, world } = await openClone(() => undefined)
  const begun = vi.spyOn(noSandbox, 'wrap')
  onTestFinished(() => begun.mockRestore())
  const countOf = async (work: () => Promise<unknown>) => {
    begun.mockClear()
    await work()
    return begun.mock.calls.filter(([{ cwd }]) => cwd.startsWith(world.repositories)).length
  }
  const one = await commit('one')
  // The list of refs; where the branch is, git itself, what has arrived; the index; the files of the commit, and writing them out.
  expect(await countOf(() => run('push', '--quiet', 'origin', 'HEAD:main'))).toBe(7)
  expect(await pushed()).toHaveLength(1)
  const { codeHost } = world.deps
  // They are known from before, so they are only written out.
  const folder = join(world.folder, 'release')
  expect(await countOf(() => codeHost.checkout({ algorithmId: 'any', commit: one, folder }))).toBe(1)
})
