import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { runCommand } from '../../lib/run-command.ts'
import { serveGit } from '../git-host/git-host.test-world.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'
import { getVersion } from './algorithms.usecases.ts'

/** Small packs stand for more files, bytes and longer paths than any disk or memory has. */

const limits = { files: 1_000, entries: 10_000, unpackedBytes: 20_000_000 }

let world: Awaited<ReturnType<typeof openWorld>>
let host: Awaited<ReturnType<typeof serveGit>>
beforeAll(async () => {
  world = await openWorld(limits)
  host = await serveGit(world, { actorOf: () => testActor('user') })
})
afterAll(async () => {
  await world.close()
  expect(host.failures).toEqual([])
})

/** Pushes a commit that a script makes in a clone. `$tree` is its tree. */
async function push(id: string, script: string) {
  const files = { 'ai_algorithm.py': smallest }
  expect((await world.send('', { files, fields: { algorithm_id: id } })).statusCode).toBe(201)
  const folder = await mkdtemp(join(world.folder, 'clone-'))
  const { address, client } = host
  expect(await client(['clone', '--quiet', address(id), '.'], folder)).toMatchObject({ ok: true })
  const made = await runCommand({
    file: '/bin/sh',
    args: [
      '-ec',
      `${script}
      commit=$(git -c user.name=a -c user.email=a@b commit-tree "$tree" -p HEAD -m bomb)
      git update-ref refs/heads/bomb "$commit"`,
    ],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1' },
  })
  expect(made.stderr).toEqual([])
  return client(['push', 'origin', 'bomb:main'], folder)
}
const refused = { ok: true, output: expect.stringContaining('This commit is too large') }
const isRefused = async (id: string) => {
  await expect(getVersion(world.deps, { algorithmId: id, ref: 'main' })).rejects.toMatchObject({
    code: 'code_host.too_large',
    status: 422,
  })
  const commit = (await world.deps.codeHost.resolve(id, 'main')) ?? ''
  const folder = join(world.folder, `${id}-out`)
  await expect(world.deps.codeHost.checkout({ algorithmId: id, commit, folder })).rejects.toMatchObject({
    code: 'code_host.too_large',
  })
}

test('a commit of ten million files in eight small objects becomes no version and is never written out', async () => {
  const pushed = await push(
    'folders',
    `tree=$(printf '100644 blob %s\\tx\\n' $(printf y | git hash-object -w --stdin) | git mktree)
    for level in 1 2 3 4 5 6 7; do
      tree=$(for name in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\t%s\\n' "$tree" $name; done | git mktree)
    done`,
  )
  expect(pushed).toMatchObject(refused)
  await isRefused('folders')
})

test('so does a commit of folders without any file', async () => {
  const pushed = await push(
    'empty',
    `tree=$(git mktree </dev/null)
    for level in 1 2 3 4 5 6 7; do
      tree=$(for name in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\t%s\\n' "$tree" $name; done | git mktree)
    done`,
  )
  expect(pushed).toMatchObject(refused)
  await isRefused('empty')
})

test('so does a commit with more bytes than an upload may unpack', async () => {
  const pushed = await push(
    'zeros',
    `blob=$(head -c 30000000 /dev/zero | git hash-object -w --stdin)
    tree=$(printf '100644 blob %s\\tzeros\\n' "$blob" | git mktree)`,
  )
  expect(pushed).toMatchObject(refused)
  await isRefused('zeros')
})

test.each([
  ['a path longer than that of an upload', 'long', 1_000, 1],
  ['a path of more bytes than git writes at once', 'longest', 4_000, 30],
  ['a path of very many folders', 'deep', 1, 50],
])(
  'so does a commit with %s',
  async (_what, id, nameBytes, depth) => {
    const pushed = await push(
      id,
      `name=$(head -c ${nameBytes} /dev/zero | tr '\\0' n)
      tree=$(printf '100644 blob %s\\tx\\n' $(printf y | git hash-object -w --stdin) | git mktree)
      level=0
      while [ $level -lt ${depth} ]; do
        level=$((level + 1))
        tree=$(printf '040000 tree %s\\t%s\\n' "$tree" "$name" | git mktree)
      done`,
    )
    expect(pushed).toMatchObject(refused)
    await isRefused(id)
  },
  60_000,
)

test('a file that was once enormous is not read line by line', async () => {
  const id = 'once-enormous'
  const before = await push(
    id,
    `head -c 140000000 /dev/zero > notes.txt
    git add notes.txt
    git -c user.name=a -c user.email=a@b commit -qm large
    echo small > notes.txt
    git add notes.txt
    tree=$(git write-tree)`,
  )
  expect(before.ok).toBe(true)
  const commit = (await world.deps.codeHost.resolve(id, 'main')) ?? ''
  const asked = { commit, path: 'notes.txt', from: 1, count: 1, back: 30 }
  await expect(world.deps.codeHost.blame(id, asked)).rejects.toMatchObject({
    code: 'code_host.history_large',
    status: 422,
  })
  expect(
    await world.deps.codeHost.history(id, { commit, path: 'notes.txt', skip: 0, limit: 3 }),
  ).toHaveLength(2)
})
