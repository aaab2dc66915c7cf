import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CodeCommit } from '@vitrine/contract'
import { openCodeWorld, refusalOf } from './code.test-world.ts'

const run = promisify(execFile)
let world: Awaited<ReturnType<typeof openCodeWorld>>
beforeAll(async () => {
  world = await openCodeWorld()
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await world.leftovers()).toEqual([])
})

describe('history', () => {
  test('tells the commits of all files or of one, newest first, with the versions that they are', async () => {
    const first = await world.upload('story', { 'a.txt': 'one\n', 'b.txt': 'b\n' })
    const second = await world.upload('story', { 'a.txt': 'one\ntwo\n', 'b.txt': 'b\n' })
    const third = await world.upload('story', { 'a.txt': 'one\ntwo\n', 'b.txt': 'bb\n' })
    expect((await world.history('story')).items.map(({ commit, version }) => [commit, version])).toEqual([
      [third, 3],
      [second, 2],
      [first, 1],
    ])
    const ofFile = await world.history('story', 'path=a.txt')
    expect(ofFile.items.map(({ commit }) => commit)).toEqual([second, first])
    expect(ofFile.items[0]).toMatchObject({ author: 'user-tester', parents: [first] })
    expect(
      (await world.history('story', `ref=${second}&page_size=1`)).items.map(({ commit }) => commit),
    ).toEqual([second])
  })

  test('comes in pages', async () => {
    for (const text of ['1', '2', '3']) await world.upload('pages', { 'a.txt': text })
    const [page, next] = [
      await world.history('pages', 'page_size=2'),
      await world.history('pages', 'page_size=2&page=2'),
    ]
    expect([page.items.length, page.has_more, next.items.length, next.has_more]).toEqual([2, true, 1, false])
  })

  test.each([
    ['ref=--output=/tmp/x', 'algorithm.ref_not_found'],
    ['ref=main..main', 'algorithm.ref_not_found'],
    ['ref=ext::sh', 'algorithm.ref_not_found'],
    ['path=../../etc/passwd', 'algorithm.path_not_found'],
    ['path=%00', 'algorithm.path_not_found'],
    ['path=--all', 'algorithm.path_not_found'],
    ['path=:(top)', 'algorithm.path_not_found'],
    ['ref=%FF%FE', 'algorithm.ref_not_found'],
    ['page=0', 'request.invalid'],
  ])('of %s is refused with %s', async (query, code) => {
    await world.upload('careful', {})
    const answer = await world.get(`/careful/commits?${query}`)
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.statusCode).toBeLessThan(500)
    expect(answer.json().error.code).toBe(code)
  })
})

describe('differences', () => {
  test('between any two commits are told with their lines', async () => {
    const first = await world.upload('changes', { 'a.txt': 'one\n', 'gone.txt': 'x\n', 'c.txt': 'c\n' })
    await world.upload('changes', { 'a.txt': 'one\ntwo\n', 'gone.txt': 'x\n', 'c.txt': 'c\n' })
    const last = await world.upload('changes', { 'a.txt': 'one\ntwo\nthree\n', 'c.txt': 'c\n' })
    const { files } = await world.diff('changes', `from=${first}&to=${last}`)
    expect(files.map(({ path, change, added, removed }) => [path, change, added, removed])).toEqual([
      ['a.txt', 'changed', 2, 0],
      ['gone.txt', 'removed', 0, 1],
    ])
    const one = await world.diff('changes', `from=${first}&to=${last}&path=a.txt`)
    expect(one.files.map(({ path }) => path)).toEqual(['a.txt'])
  })

  test('of one commit are those from its parent, and of the first one all files', async () => {
    const first = await world.upload('parents', { 'a.txt': 'one\n' })
    const second = await world.upload('parents', { 'a.txt': 'two\n' })
    expect(await world.diff('parents', `to=${second}`)).toMatchObject({
      from: { commit: first, version: 1 },
      files: [{ path: 'a.txt', added: 1, removed: 1 }],
    })
    expect(await world.diff('parents', `to=${first}`)).toMatchObject({
      from: null,
      files: [
        { path: 'a.txt', change: 'added' },
        { path: 'ai_algorithm.py', change: 'added' },
      ],
    })
  })

  test('of a binary and of a very long file are not told line by line', async () => {
    const first = await world.upload('binaries', { 'm.bin': Buffer.from([0, 1]), 'long.txt': 'a\n' })
    const last = await world.upload('binaries', {
      'm.bin': Buffer.from([0, 2]),
      'long.txt': 'b\n'.repeat(50_000),
    })
    const { files } = await world.diff('binaries', `from=${first}&to=${last}`)
    expect(files).toMatchObject([
      { path: 'long.txt', patch: null, is_binary: false, added: 50_000, removed: 1 },
      { path: 'm.bin', patch: null, is_binary: true, added: null },
    ])
  })
})

describe('authors of lines', () => {
  test('are the commits that wrote them last', async () => {
    const first = await world.upload('lines', { 'a.txt': 'one\ntwo\nthree\n' })
    const second = await world.upload('lines', { 'a.txt': 'one\n2\nthree\n' })
    const answer = (await world.get('/lines/blame?path=a.txt')).json()
    expect(answer.lines).toEqual([
      { line: 1, count: 1, commit: first, older: false },
      { line: 2, count: 1, commit: second, older: false },
      { line: 3, count: 1, commit: first, older: false },
    ])
    expect(answer.commits.map((one: CodeCommit) => [one.author, one.version]).toSorted()).toEqual([
      ['user-tester', 1],
      ['user-tester', 2],
    ])
  })

  test('of a file that very many commits have changed are those of its newest changes, and on request all', async () => {
    const first = await world.upload('often', { 'a.txt': 'old\nnew\n' })
    const changes = Array.from({ length: 1_010 }, (_, at) => {
      const [text, message] = [`old\n${at}\n`, `change ${at}\n`]
      const from = at === 0 ? `from ${first}\n` : ''
      const head = `commit refs/heads/main\ncommitter A <a@example.com> ${2_000_000_000 + at} +0000\n`
      const said = `data ${message.length}\n${message}${from}`
      return `${head}${said}M 100644 inline a.txt\ndata ${text.length}\n${text}\n`
    })
    const file = join(world.folder, 'often.import')
    await writeFile(file, changes.join(''))
    await run('sh', [
      '-c',
      'git -C "$1" fast-import --quiet <"$2"',
      'sh',
      join(world.repositories, 'often.git'),
      file,
    ])
    const newest = await world.deps.codeHost.resolve('often', 'main')
    const blame = async (query = '') => (await world.get(`/often/blame?path=a.txt${query}`)).json()
    const recent = await blame()
    expect(recent.lines).toMatchObject([
      { line: 1, older: true },
      { line: 2, commit: newest, older: false },
    ])
    // 1,000 changes before the newest one.
    expect(recent.commits.map((one: CodeCommit) => one.subject)).toContain('change 9')
    expect((await blame('&all=true')).lines).toMatchObject([
      { line: 1, commit: first, older: false },
      { line: 2, commit: newest, older: false },
    ])
  })

  test('come in pages, and not of what is no text', async () => {
    await world.upload('many-lines', {
      'a.txt': 'x\n'.repeat(1_500),
      'b.bin': Buffer.from([0]),
      'empty.txt': '',
    })
    const pages = [1, 2].map((page) => world.get(`/many-lines/blame?path=a.txt&page=${page}`))
    const [page, next] = (await Promise.all(pages)).map((answer) => answer.json())
    expect([page.lines, page.has_more]).toMatchObject([[{ line: 1, count: 1_000 }], true])
    expect([next.lines, next.has_more]).toMatchObject([[{ line: 1_001, count: 500 }], false])
    expect((await world.get('/many-lines/blame?path=empty.txt')).json().lines).toEqual([])
    expect(refusalOf(await world.get('/many-lines/blame?path=b.bin'))).toEqual([422, 'code.not_text'])
    expect(refusalOf(await world.get('/many-lines/blame?path=a.txt&page=3'))).toEqual([
      404,
      'algorithm.path_not_found',
    ])
  })
})

test('branches and tags are listed with their commits', async () => {
  const commit = await world.upload('refs', {})
  const git = (...args: string[]) => run('git', ['-C', join(world.repositories, 'refs.git'), ...args])
  await git('branch', '特征/新的', commit)
  await git('-c', 'user.name=a', '-c', 'user.email=a@x', 'tag', '-a', 'v1.0', '-m', '第一版', commit)
  expect((await world.get('/refs/refs')).json()).toMatchObject({
    followed: 'main',
    branches: [
      { name: 'main', commit },
      { name: '特征/新的', commit },
    ],
    tags: [{ name: 'v1.0', commit, subject: '第一版' }],
  })
  expect((await world.get(`/refs/refs?q=${encodeURIComponent('特征')}`)).json().branches).toHaveLength(1)
})

test('branches with more words than are read for one list are there with their commits, and the newest of some', async () => {
  const commit = await world.upload('wordy', {})
  const repository = join(world.repositories, 'wordy.git')
  const message = Buffer.alloc(1024 ** 2, 'word ')
  const branches = Array.from({ length: 30 }, (_, at) =>
    Buffer.concat([
      Buffer.from(`commit refs/heads/wordy-${at}\ncommitter a <a@x> ${1_700_000_000 + at} +0000\n`),
      Buffer.from(`data ${message.length}\n`),
      message,
      Buffer.from(`\nfrom ${commit}\n\n`),
    ]),
  )
  const stream = join(world.folder, 'wordy.stream')
  await writeFile(stream, Buffer.concat(branches))
  await run('sh', ['-ec', 'git -C "$1" fast-import --quiet <"$2"', 'sh', repository, stream])
  const listed = (await world.get('/wordy/refs')).json()
  const names: string[] = listed.branches.map(({ name }: { name: string }) => name)
  expect([names.length, listed.has_more]).toEqual([31, false])
  // HEAD's branch is read whatever there is, and those that were not read come last.
  expect(names).toContain('main')
  const times: (string | null)[] = listed.branches.map(({ at }: { at: string | null }) => at)
  expect(times.findIndex((at) => at === null)).toBeGreaterThan(20)
  expect(times.at(-1)).toBeNull()
  const found = (await world.get('/wordy/refs?q=MAIN')).json()
  expect(found.branches).toMatchObject([{ name: 'main', commit, at: expect.any(String) }])
})

test('of more branches than a list has it says that there are more', async () => {
  const commit = await world.upload('many-refs', {})
  const updates = Array.from({ length: 100 }, (_, at) => `create refs/heads/b${at} ${commit}`).join('\n')
  const script = 'printf "%s\\n" "$2" | git -C "$1" update-ref --stdin'
  await run('sh', ['-ec', script, 'sh', join(world.repositories, 'many-refs.git'), updates])
  const listed = (await world.get('/many-refs/refs')).json()
  expect([listed.branches.length, listed.has_more]).toEqual([100, true])
})

test.each(['zip', 'tar.gz'] as const)(
  'a version is downloaded as %s, whatever the attributes of the code say',
  async (format) => {
    const id = `archive-${format.replace('.', '-')}`
    await world.upload(id, { 'a.txt': '一\n', '.gitattributes': 'a.txt export-ignore\n' })
    const answer = await world.get(`/${id}/archive?format=${format}`)
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${id}-v1.${format}"`)
    const file = join(world.folder, `out.${format}`)
    await writeFile(file, answer.rawPayload)
    const out = await (format === 'zip'
      ? run('python3', ['-m', 'zipfile', '-l', file])
      : run('tar', ['-tzf', file]))
    expect(out.stdout).toContain(`${id}-v1/a.txt`)
  },
)

test('a name that another machine would unpack outside of its folder is in no zip', async () => {
  await world.upload('odd-names', {})
  const script = `cd "$1"
    blob=$(git rev-parse main:ai_algorithm.py)
    tree=$(printf '100644 blob %s\\t%s\\n' "$blob" "$2" | git mktree)
    git update-ref refs/heads/odd "$(git -c user.name=a -c user.email=a@x commit-tree "$tree" -m odd)"`
  const name = '..\\..\\evil'
  await run('sh', ['-ec', script, 'sh', join(world.repositories, 'odd-names.git'), name])
  const refused = await world.get('/odd-names/archive?ref=odd')
  expect(refusalOf(refused)).toEqual([422, 'code_host.name_unsafe'])
  expect(refused.json().error.details).toEqual({ path: name })
  expect((await world.get('/odd-names/archive?ref=odd&format=tar.gz')).statusCode).toBe(200)
  expect((await world.get('/odd-names/archive')).statusCode).toBe(200)
})

test('a key that is limited to other services reads nothing of the history', async () => {
  await world.upload('unreachable', {})
  for (const path of ['commits', 'refs', 'archive', 'diff?to=HEAD', 'blame?path=ai_algorithm.py'])
    expect(refusalOf(await world.get(`/unreachable/${path}`, 'limited'))).toEqual([
      403,
      'auth.service_not_allowed',
    ])
})
