import { execFileSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { gitClient } from '../algorithms/git-client.test-setup.ts'
import { registerGitHttp } from './git-http.routes.ts'

test('a push whose client leaves while room is taken for it leaves that room and stores nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-git-http-'))
  const events = new EventEmitter()
  const waits = once(events, 'waits')
  const closed = once(events, 'closed')
  const found = once(events, 'found')
  const left = once(events, 'left')
  const pushed: string[] = []
  const app = await createTestApp()
  app.addHook('onRequest', async (_request, reply) => {
    reply.raw.once('close', () => events.emit('closed'))
  })
  await registerGitHttp(app, {
    repositoriesFolder: folder,
    sandbox: noSandbox,
    packBytes: 1_000,
    authenticateBasic: async () => testActor('user'),
    authorise: async () => 'known',
    incoming: () => Promise.reject(new Error('nothing is new')),
    needRoom: async () => undefined,
    async takeRoom(_actor, _id, most) {
      events.emit('waits')
      await found
      return { bytes: most, giveBack: () => events.emit('left') }
    },
    async onPushed({ algorithmId }) {
      pushed.push(algorithmId)
      return ''
    },
  })
  const { hostname, port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const client = connect({ host: hostname, port: Number(port) })
  try {
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
    expect(pushed).toEqual([])
  } finally {
    client.destroy()
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
})

/** A git host with one repository, and a clone of it. `meanwhile` runs between the end of git and the look at what it has done. */
async function openHost(meanwhile: (bare: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-git-http-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [bare, clone] = [join(folder, 'repositories/any.git'), join(folder, 'clone')]
  await mkdir(clone)
  const client = gitClient(folder)
  const run = async (...args: string[]) => {
    const { ok, output } = await client(args, clone)
    if (!ok) throw new Error(output)
    return output.trim()
  }
  await run('init', '--quiet', '--bare', '--initial-branch=main', bare)
  await run('--git-dir', bare, 'config', 'http.receivepack', 'true')
  const pushed: { by: string; commit: string; message: string }[] = []
  const app = await createTestApp()
  onTestFinished(() => app.close())
  await registerGitHttp(app, {
    repositoriesFolder: join(folder, 'repositories'),
    sandbox: noSandbox,
    packBytes: 1_000_000,
    authenticateBasic: async () => testActor('user'),
    authorise: async () => 'known',
    incoming: () => Promise.reject(new Error('nothing is new')),
    needRoom: async () => undefined,
    takeRoom: async (_actor, _id, most) => ({ bytes: most, giveBack: () => undefined }),
    onReceived: () => meanwhile(bare),
    async onPushed({ actor, commit, message }) {
      pushed.push({ by: actor.name, commit, message })
      return ''
    },
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  await run('clone', '--quiet', `${origin.replace('://', '://any:x@')}/git/any.git`, '.')
  await run('checkout', '--quiet', '-B', 'main')
  const commit = async (message: string) => {
    await run('commit', '--quiet', '--allow-empty', '-m', message)
    return run('rev-parse', 'HEAD')
  }
  return { run, commit, pushed }
}

test('what somebody else pushes at the same time is not taken for one’s own', async () => {
  let theirs: string | null = null
  const { run, commit, pushed } = await openHost((bare) => {
    // Their push to main ends here.
    if (theirs !== null)
      execFileSync('git', ['--git-dir', bare, 'update-ref', 'refs/heads/main', theirs], { stdio: 'ignore' })
  })
  const mine = await commit('mine')
  const other = await commit('theirs, on top of it')
  await run('push', '--quiet', 'origin', `${other}:refs/heads/aside`)
  expect(pushed).toEqual([])
  theirs = other
  await run('push', '--quiet', 'origin', `${mine}:refs/heads/main`)
  expect(pushed).toEqual([{ by: 'user-tester', commit: mine, message: 'mine' }])
  // Who pushes elsewhere has not pushed what came to main meanwhile.
  const next = await commit('aside')
  theirs = await commit('theirs again')
  await run('push', '--quiet', 'origin', `${theirs}:refs/heads/store`)
  await run('push', '--quiet', 'origin', `${next}:refs/heads/aside`)
  expect(pushed).toHaveLength(1)
})

test('a push that is refused, or of what is there already, is none', async () => {
  const { run, commit, pushed } = await openHost(() => undefined)
  const [one, two] = [await commit('one'), await commit('two')]
  await run('push', '--quiet', 'origin', `${two}:refs/heads/main`)
  await run('reset', '--quiet', '--hard', one)
  const other = await commit('other')
  for (const refused of [one, other])
    await expect(run('push', '--quiet', '--force', 'origin', `${refused}:refs/heads/main`)).rejects.toThrow(
      'non-fast-forward',
    )
  await run('push', '--quiet', 'origin', `${two}:refs/heads/main`, `${other}:refs/heads/aside`)
  expect(pushed.map(({ commit: each }) => each)).toEqual([two])
})
