import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { packet } from '../../adapters/code-host/pkt-line.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { openWorld, smallest } from '../algorithms/algorithms.test-world.ts'
import { serveGit } from './git-host.test-world.ts'
import { receivePush } from './receive-push.ts'

const owner = testActor('user')
const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a',
}

/** A git host with one algorithm, `any`, and commits on top of it that no branch has yet. */
async function openHost(algorithms: (of: AlgorithmsDeps) => Partial<AlgorithmsDeps> = () => ({})) {
  const world = await openWorld()
  onTestFinished(() => world.close())
  const { deps, failures } = await serveGit(world, {
    actorOf: () => owner,
    algorithms: algorithms(world.deps),
  })
  await world.send('', { files: { 'ai_algorithm.py': smallest }, fields: { algorithm_id: 'any' } })
  const bare = join(world.repositories, 'any.git')
  const git = (args: string[], input?: string) =>
    execFileSync('git', ['--git-dir', bare, ...args], { input, env: { PATH: process.env.PATH, ...identity } })
  const line = (...args: string[]) => git(args).toString().trim()
  const before = line('rev-parse', 'main')
  const commit = line('commit-tree', 'main^{tree}', '-p', before, '-m', 'next')
  /** The push of this commit, as git sends it. */
  const push = () => {
    const command = packet(Buffer.from(`${before} ${commit} refs/heads/main\0 report-status side-band-64k`))
    const pack = git(['pack-objects', '--revs', '--stdout'], `${commit}\n^${before}\n`)
    const bytes = Buffer.concat([command, Buffer.from('0000'), pack])
    const contentType = 'application/x-git-receive-pack-request'
    return receivePush(deps, {
      algorithmId: 'any',
      actor: owner,
      headers: { contentType, contentLength: String(bytes.length) },
      language: 'en',
      origin: 'http://vitrine.example',
      body: Readable.from([bytes]),
      closed: new AbortController().signal,
    })
  }
  const versions = async (): Promise<string[]> =>
    (await world.get('/any/versions')).json().items.map((one: { commit: string }) => one.commit)
  return { world, deps, failures, push, commit, before, versions, branch: () => line('rev-parse', 'main') }
}

test('what git has stored becomes a version, even if the client leaves before it gets the answer', async () => {
  const { push, commit, before, branch, versions, failures, deps } = await openHost()
  const answer = push()
  expect(await answer.next()).toMatchObject({ value: { status: 200 } })
  // Nobody reads the answer any more, and git goes on by itself.
  expect(await waitFor(async () => branch() === commit, { timeoutMs: patienceMs })).toBe(true)
  await answer.return()
  expect(await versions()).toEqual([commit, before])
  expect(failures).toEqual([])
  expect(deps.openPushes.isUnderWay('any')).toBe(false)
})

test('git is not ended in the middle of a push that it has got', async () => {
  const { push, commit, branch, versions } = await openHost()
  const answer = push()
  await answer.next()
  await answer.return()
  expect(branch()).toBe(commit)
  expect((await versions())[0]).toBe(commit)
})

test('a push that the platform fails to deal with is left to be tried again, with who has sent it', async () => {
  let fails = true
  const { world, push, commit, before, versions, deps, failures } = await openHost((of) => ({
    algorithms: {
      ...of.algorithms,
      async inTransaction(work) {
        if (fails) throw new Error('the database is away')
        return of.algorithms.inTransaction(work)
      },
    },
  }))
  let said = ''
  for await (const part of push()) said += Buffer.isBuffer(part) ? part.toString() : ''
  fails = false
  expect(said).toContain('The platform tries again by itself')
  expect(await versions()).toEqual([before])
  expect(failures).toHaveLength(1)
  const { refused_push: refused } = (await world.get('/any')).json()
  expect(refused).toMatchObject({ commit, reason: '平台内部出错' })
  expect([...deps.openPushes.left()]).toMatchObject([['any', { push: { commit, actor: { id: owner.id } } }]])
})
