import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sandboxHere } from '../../lib/sandbox/sandbox.test-setup.ts'
import { git, gitLine, type Repository } from './git-command.ts'
import { resolveRef } from './git-resolve.ts'

const who = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a',
}
let repository: Repository
/** What is on the followed branch, and what somebody else has pushed. */
let [reviewed, other] = ['', '']

const commitOf = async (message: string) => {
  const tree = await gitLine({ repository, args: ['mktree'], input: '' })
  return gitLine({ repository, args: ['commit-tree', tree, '-m', message], env: who })
}
/** Makes refs at a commit, as a push does. */
async function put(commit: string, ...refs: string[]): Promise<void> {
  const input = refs.map((ref) => `create ${ref} ${commit}\n`).join('')
  await git({ repository, args: ['update-ref', '--stdin'], input })
}

beforeEach(async () => {
  repository = { path: await mkdtemp(join(tmpdir(), 'vitrine-resolve-')), sandbox: sandboxHere }
  await git({ repository, args: ['init', '--bare', '--initial-branch=main', '--quiet'] })
  ;[reviewed, other] = [await commitOf('reviewed'), await commitOf('other')]
  await put(reviewed, 'refs/heads/main')
})
afterEach(() => rm(repository.path, { recursive: true, force: true }))

test('a tag does not stand in for the branch whose name it has', async () => {
  await put(other, 'refs/tags/main', 'refs/tags/refs/heads/main', 'refs/heads/refs/heads/main')
  expect(await resolveRef(repository, 'main')).toBe(reviewed)
  expect(await resolveRef(repository, 'refs/heads/main')).toBe(reviewed)
  expect(await resolveRef(repository, 'refs/tags/main')).toBe(other)
  expect(await resolveRef(repository, 'tags/main')).toBe(other)
})

test('no branch stands in for the followed one, or for a complete ID', async () => {
  await put(other, 'refs/heads/HEAD', 'refs/tags/HEAD', `refs/heads/${reviewed}`, `refs/tags/${reviewed}`)
  expect(await resolveRef(repository, 'HEAD')).toBe(reviewed)
  expect(await resolveRef(repository, reviewed)).toBe(reviewed)
})

test.each(['heads', 'tags'])(
  'one of the %s does not stand in for a commit whose ID begins so',
  async (kind) => {
    const digits = reviewed.slice(0, 8)
    expect(await resolveRef(repository, digits)).toBe(reviewed)
    await put(other, `refs/${kind}/${digits}`)
    await expect(resolveRef(repository, digits)).rejects.toMatchObject({ code: 'code_host.ref_ambiguous' })
    expect(await resolveRef(repository, `refs/${kind}/${digits}`)).toBe(other)
    expect(await resolveRef(repository, reviewed.slice(0, 9))).toBe(reviewed)
  },
)

test('a name of digits is found, and also one that is the beginning of the commit that it names', async () => {
  await put(other, 'refs/tags/20240101', 'refs/heads/2024', `refs/tags/${other.slice(0, 7)}`)
  for (const name of ['20240101', '2024', other.slice(0, 7)])
    expect([name, await resolveRef(repository, name)]).toEqual([name, other])
})

test('a tag with a message stands for its commit, and what is no name for nothing', async () => {
  await git({ repository, args: ['tag', '-m', 'x', 'v1', other], env: who })
  expect(await resolveRef(repository, 'v1')).toBe(other)
  for (const name of ['nothing', 'refs/heads/nothing', 'main~1', '-main', 'main:a', '@{1}', '0'.repeat(40)])
    expect([name, await resolveRef(repository, name)]).toEqual([name, null])
})
