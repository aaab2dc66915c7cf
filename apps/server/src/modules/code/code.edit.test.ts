import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FileChange } from '@vitrine/contract'
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

describe('a change in the page', () => {
  test('becomes the next version, by its author, and leaves all other files as they are', async () => {
    const base = await world.upload('edited', { 'a.txt': 'one\n', 'keep/b.txt': 'b\n', 'gone.txt': '' })
    const answer = await world.edit('edited', base, [
      { path: 'a.txt', content: '一\n' },
      { path: 'new/c.txt', content: 'c\n' },
      { path: 'gone.txt', deleted: true },
    ])
    expect(answer.statusCode, answer.body).toBe(201)
    const { version, algorithm } = answer.json()
    expect([version.number, version.message, algorithm.latest_version]).toEqual([2, 'Change it', 2])
    expect([await world.textOf('edited', 'a.txt'), await world.textOf('edited', 'new/c.txt')]).toEqual([
      '一\n',
      'c\n',
    ])
    expect(await world.textOf('edited', 'keep/b.txt')).toBe('b\n')
    expect((await world.get('/edited/files?path=gone.txt')).statusCode).toBe(404)
    expect((await world.history('edited')).items[0]).toMatchObject({ author: 'user-tester', version: 2 })
  })

  test('of code that has moved meanwhile is refused, and tells where it is', async () => {
    const base = await world.upload('moved', { 'a.txt': 'one\n' })
    const head = await world.upload('moved', { 'a.txt': 'two\n' })
    const answer = await world.edit('moved', base, [{ path: 'a.txt', content: 'three\n' }])
    expect(refusalOf(answer)).toEqual([409, 'code_host.branch_moved'])
    expect(answer.json().error.details).toMatchObject({ base, head })
    expect(await world.textOf('moved', 'a.txt')).toBe('two\n')
  })

  test('of two at once from the same commit, one is stored and the other refused', async () => {
    const base = await world.upload('at-once', { 'a.txt': 'one\n' })
    const answers = await Promise.all(
      ['two\n', 'three\n'].map((content) => world.edit('at-once', base, [{ path: 'a.txt', content }])),
    )
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
    expect((await world.history('at-once')).items).toHaveLength(2)
  })

  test('that breaks the package is refused before it is stored', async () => {
    const base = await world.upload('broken', {})
    const answer = await world.edit('broken', base, [{ path: 'ai_algorithm.py', deleted: true }])
    expect(refusalOf(answer)).toEqual([422, 'algorithm.not_recognised'])
    expect((await world.history('broken')).items.map(({ commit }) => commit)).toEqual([base])
  })

  test('of a link makes it a file, and an executable file stays executable', async () => {
    const commit = await world.upload('modes', { 'run.sh': '#!/bin/sh\n', 'a.txt': '' })
    const folder = join(world.folder, 'modes')
    const git = (...args: string[]) =>
      run('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@x', ...args])
    const repository = join(world.repositories, 'modes.git')
    await run('git', ['clone', '-q', repository, folder])
    await run('ln', ['-s', '/etc/passwd', join(folder, 'link')])
    await git('add', '-A')
    await git('commit', '-q', '-m', 'A link')
    await git('push', '-q', 'origin', 'HEAD:main')
    const base = (await git('rev-parse', 'HEAD')).stdout.trim()
    expect(base).not.toBe(commit)
    const answer = await world.edit('modes', base, [
      { path: 'run.sh', content: 'echo\n' },
      { path: 'link', content: 'text' },
    ])
    expect(answer.statusCode, answer.body).toBe(201)
    const { stdout } = await run('git', ['-C', repository, 'ls-tree', 'HEAD', '--', 'run.sh', 'link'])
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 6)),
    ).toEqual(['100644', '100755'])
  })

  test.each<[string, FileChange[], number, string]>([
    ['a path outside', [{ path: '../a.txt', content: '' }], 422, 'upload.path_escapes'],
    ['an absolute path', [{ path: '/etc/passwd', content: '' }], 422, 'upload.path_escapes'],
    ['the folder of git', [{ path: '.git/config', content: '' }], 422, 'code.path_left_out'],
    ['the folder of git on Windows', [{ path: 'git~1/config', content: '' }], 422, 'upload.path_is_git'],
    ['a cache', [{ path: '__pycache__/a.pyc', content: '' }], 422, 'code.path_left_out'],
    ['a control character', [{ path: 'a\u0000b', content: '' }], 422, 'upload.path_invalid'],
    ['a file in place of a folder', [{ path: 'keep', content: '' }], 422, 'code.path_clash'],
    ['a folder in place of a file', [{ path: 'a.txt/b', content: '' }], 422, 'code.path_clash'],
    [
      'a removed file that is not there',
      [{ path: 'no.txt', deleted: true }],
      404,
      'algorithm.path_not_found',
    ],
    [
      'the same file twice',
      [
        { path: 'a.txt', content: '1' },
        { path: './a.txt', content: '2' },
      ],
      422,
      'upload.path_duplicate',
    ],
    ['nothing new', [{ path: 'a.txt', content: 'one\n' }], 422, 'code.nothing_changed'],
    ['no file', [], 422, 'request.invalid'],
    ['a file of 2 MB', [{ path: 'a.txt', content: 'x'.repeat(2_000_000) }], 422, 'request.invalid'],
    ['a file of 50 MB', [{ path: 'a.txt', content: 'x'.repeat(50_000_000) }], 413, 'request.too_large'],
  ])('with %s is refused, and nothing is stored', async (_what, files, status, code) => {
    const base = await world.upload('hostile', { 'a.txt': 'one\n', 'keep/b.txt': 'b\n' })
    expect(refusalOf(await world.edit('hostile', base, files))).toEqual([status, code])
    expect((await world.history('hostile')).items[0]?.commit).toBe(base)
  })

  test('is for the owner and administrators, and for the branch that is followed', async () => {
    const base = await world.upload('mine', { 'a.txt': 'one\n' })
    const files: FileChange[] = [{ path: 'a.txt', content: 'two\n' }]
    expect(refusalOf(await world.edit('mine', base, files, { role: 'neighbour' }))).toEqual([
      403,
      'algorithm.not_owner',
    ])
    expect(refusalOf(await world.edit('mine', base, files, { branch: '--force' }))).toEqual([
      422,
      'code.other_branch',
    ])
    expect((await world.edit('mine', base, files, { role: 'admin', branch: 'main' })).statusCode).toBe(201)
  })
})
