import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CodeHost } from './code-host.ts'

/**
 * Tests how a code host compares two commits, against the real thing. `open` returns one without
 * repositories.
 */
export function compareSuite(
  name: string,
  open: () => Promise<{ host: CodeHost; close: () => Promise<void> }>,
): void {
  describe(`${name}, comparing two commits`, () => {
    let host: CodeHost
    let close: () => Promise<void>
    let scratch: string
    beforeEach(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'vitrine-compare-'))
      ;({ host, close } = await open())
    })
    afterEach(async () => {
      await close()
      await rm(scratch, { recursive: true, force: true })
    })

    async function commit(files: Record<string, string | Buffer>): Promise<{ commit: string }> {
      const folder = await mkdtemp(join(scratch, 'tree-'))
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), content)
      }
      const author = { name: '张三', email: 'zhang@example.com' }
      return host.commitFolder({ algorithmId: 'demo', folder, message: '版\n\nwhy', author })
    }
    const compare = (from: string, to: string) => host.compare('demo', { from, to })

    test('lists the commits after an earlier one, newest first, with their whole messages', async () => {
      const { commit: first } = await commit({ 'a.txt': '1' })
      const { commit: second } = await commit({ 'a.txt': '2' })
      const { commit: third } = await commit({ 'a.txt': '3' })
      const between = (from: string | null, most = 10) => host.commits('demo', { from, to: third, most })
      expect(await between(first)).toMatchObject([
        { commit: third, author: '张三', message: '版\n\nwhy' },
        { commit: second, author: '张三', message: '版\n\nwhy' },
      ])
      expect((await between(null)).map((one) => one.commit)).toEqual([third, second, first])
      expect(await between(null, 1)).toHaveLength(1)
      expect(await between(third)).toEqual([])
      await expect(between('0'.repeat(40))).rejects.toMatchObject({ code: 'code_host.not_found' })
    })

    test('lists each added, removed or changed file with its patch, and binary files without', async () => {
      const { commit: from } = await commit({
        'old.txt': 'gone\n',
        '算法.py': 'a\nb\n',
        'same.txt': 'same\n',
        'weights.bin': Buffer.from([0, 1, 2]),
      })
      const { commit: to } = await commit({
        'new.txt': 'came\n',
        '算法.py': 'a\nc\n',
        'same.txt': 'same\n',
        'weights.bin': Buffer.from([0, 1, 3]),
        'empty.txt': '',
      })
      const { files, cut } = await compare(from, to)
      expect(cut).toBe(false)
      expect(files.map(({ path, change }) => `${change} ${path}`)).toEqual([
        'added empty.txt',
        'added new.txt',
        'removed old.txt',
        'changed weights.bin',
        'changed 算法.py',
      ])
      const patches = new Map(files.map(({ path, patch }) => [path, patch]))
      expect(patches.get('算法.py')).toBe('--- a/算法.py\n+++ b/算法.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n')
      expect(patches.get('old.txt')).toBe('--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n')
      expect(patches.get('weights.bin')).toBeNull()
      expect(patches.get('empty.txt')).toContain('new file mode 100644')
    })

    test('gives each file its own patch, and none to a file that became a folder', async () => {
      const { commit: from } = await commit({ 数据: 'one\n', '数据 2': 'a\n', 'quote"d': '1\n' })
      const { commit: to } = await commit({
        '数据/a': 'two\n',
        '数据 2': 'diff --git a b\rdiff --git a b\u2028diff --git a b\n',
        'quote"d': '2\n',
      })
      const { files } = await compare(from, to)
      const changedLines = (patch: string) =>
        patch.split('\n').filter((line) => /^[-+](?!--|\+\+)/.test(line))
      expect(
        Object.fromEntries(files.map(({ path, patch }) => [path, patch && changedLines(patch)])),
      ).toEqual({
        'quote"d': ['-1', '+2'],
        数据: null,
        '数据 2': ['-a', '+diff --git a b\rdiff --git a b\u2028diff --git a b'],
        '数据/a': ['+two'],
      })
    })

    test('finds nothing between a commit and itself', async () => {
      const { commit: id } = await commit({ 'a.txt': 'a\n' })
      expect(await compare(id, id)).toEqual({ files: [], cut: false })
    })

    test('leaves out long patches, and lists at most two hundred files', async () => {
      const { commit: from } = await commit({ 'a.txt': 'a\n' })
      const many = Object.fromEntries(Array.from({ length: 205 }, (_, index) => [`m/${1000 + index}`, 'x\n']))
      const { commit: to } = await commit({
        'a.txt': 'a\n',
        'big.csv': '1,2,3\n'.repeat(100_000),
        'long.csv': '1,2,3\n'.repeat(15_000),
        ...many,
      })
      const { files, cut } = await compare(from, to)
      expect([files.length, cut]).toEqual([200, true])
      expect(files.slice(0, 3).map(({ path, patch }) => [path, patch !== null])).toEqual([
        ['big.csv', false],
        ['long.csv', false],
        ['m/1000', true],
      ])
    })

    test('with a missing commit is an error', async () => {
      const { commit: id } = await commit({ 'a.txt': 'a\n' })
      await expect(compare(id, 'f'.repeat(40))).rejects.toMatchObject({ code: 'code_host.not_found' })
      await expect(compare('--output=/tmp/x', id)).rejects.toMatchObject({ code: 'code_host.not_found' })
    })
  })
}
