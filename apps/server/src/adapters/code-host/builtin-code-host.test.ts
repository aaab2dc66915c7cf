import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { sandboxHere } from '../../lib/sandbox/sandbox.test-setup.ts'
import { createBuiltinCodeHost } from './builtin-code-host.ts'
import { codeHostSuite } from './code-host.test-suite.ts'
import { compareSuite } from './compare.test-suite.ts'
import { git } from './git-command.ts'

/** How many commands started their own sandbox. Starting one takes as long as the command itself. */
let begun = 0
const counting: typeof sandboxHere = {
  ...sandboxHere,
  wrap: (...given) => {
    begun += 1
    return sandboxHere.wrap(...given)
  },
}

async function openHost() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-repositories-'))
  const close = () => rm(folder, { recursive: true, force: true })
  const limits = {
    files: 30_000,
    entries: 300_000,
    unpackedBytes: 1024 ** 3,
    pathBytes: 1_000,
    pathDepth: 40,
  }
  const host = createBuiltinCodeHost({
    folder,
    account: null,
    jobs: jobAccounts(null),
    sandbox: counting,
    limits,
  })
  return { host, folder, close }
}

codeHostSuite('built-in code host', openHost)
compareSuite('built-in code host', openHost)

let opened: Awaited<ReturnType<typeof openHost>>
beforeEach(async () => (opened = await openHost()))
afterEach(() => opened.close())

test('few commands, and so few sandboxes, are started for the first commit, another one and a checkout', async () => {
  const { host, folder } = opened
  const source = await mkdtemp(join(folder, 'source-'))
  const author = { name: 'a', email: 'a' }
  const countOf = async (work: () => Promise<unknown>) => {
    const before = begun
    await work()
    return begun - before
  }
  let commit = ''
  const commitWith = async (text: string) => {
    await writeFile(join(source, 'a.txt'), text)
    ;({ commit } = await host.commitFolder({ algorithmId: 'few', folder: source, message: '', author }))
  }
  expect(await countOf(() => commitWith('one'))).toBe(2)
  // One command asks for the position of the branch, and one updates the index of the history, which the pages use.
  expect(await countOf(() => commitWith('two'))).toBe(4)
  const out = join(folder, 'out')
  expect(await countOf(() => host.checkout({ algorithmId: 'few', commit, folder: out }))).toBe(2)
  expect(await readFile(join(out, 'a.txt'), 'utf8')).toBe('two')
})

test('a pushed symbolic link is checked out as a plain file', async () => {
  const { host, folder } = opened
  const source = await mkdtemp(join(folder, 'source-'))
  await host.commitFolder({
    algorithmId: 'demo',
    folder: source,
    message: '',
    author: { name: '', email: '' },
  })
  const repository = { path: join(folder, 'demo.git'), sandbox: sandboxHere }
  const run = async (args: string[], input?: string) =>
    (await git({ repository, args, input })).toString().trim()
  const target = await run(['hash-object', '-w', '--stdin'], '/etc/passwd')
  const tree = await run(['mktree'], `120000 blob ${target}\tlink\n`)
  const who = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a',
  }
  const made = await git({ repository, args: ['commit-tree', tree, '-m', 'x'], env: who })
  const out = join(folder, 'out')
  await host.checkout({ algorithmId: 'demo', commit: made.toString().trim(), folder: out })
  const [entry] = await readdir(out, { withFileTypes: true })
  expect([entry?.name, entry?.isFile()]).toEqual(['link', true])
})

test('no temporary files are left', async () => {
  const { host, folder } = opened
  const author = { name: '', email: '' }
  const source = await mkdtemp(join(folder, 'source-'))
  const input = { algorithmId: 'demo', folder: source, message: '', author }
  const { commit } = await host.commitFolder(input)
  await host.checkout({ algorithmId: 'demo', commit, folder: join(folder, 'out') })
  expect((await readdir(join(folder, 'demo.git'))).filter((name) => name.startsWith('index'))).toEqual([])
  expect((await readdir(folder)).filter((name) => name.startsWith('.new'))).toEqual([])
})

test('what a killed git has locked is free after the next start, so that its branch can be pushed to again', async () => {
  const { host, folder } = opened
  const source = await mkdtemp(join(folder, 'source-'))
  const author = { name: 'a', email: 'a' }
  const commitWith = async (text: string) => {
    await writeFile(join(source, 'a.txt'), text)
    return host.commitFolder({ algorithmId: 'locked', folder: source, message: text, author })
  }
  await commitWith('first')
  const repository = join(folder, 'locked.git')
  const locks = ['packed-refs.lock', 'refs/heads/main.lock', 'refs/heads/deep/er.lock']
  await mkdir(join(repository, 'refs/heads/deep'))
  for (const lock of locks) await writeFile(join(repository, lock), '')
  await expect(commitWith('second')).rejects.toMatchObject({ code: 'code_host.git_failed' })
  await host.prepare()
  await expect(commitWith('second')).resolves.toMatchObject({ changed: true })
  const names = await readdir(repository, { recursive: true })
  expect(names.filter((name) => name.endsWith('.lock'))).toEqual([])
})
