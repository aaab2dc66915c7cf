import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CodeHost } from './code-host.ts'

const author = { name: '张三', email: 'zhang@example.com' }

/** Tests for every code host, against the real thing. `open` returns one without repositories. */
export function codeHostSuite(
  name: string,
  open: () => Promise<{ host: CodeHost; close: () => Promise<void> }>,
): void {
  describe(name, () => {
    let host: CodeHost
    let close: () => Promise<void>
    let scratch: string
    beforeEach(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'vitrine-code-'))
      const opened = await open()
      host = opened.host
      close = opened.close
    })
    afterEach(async () => {
      await close()
      await rm(scratch, { recursive: true, force: true })
    })

    async function folderOf(files: Record<string, string | Buffer>): Promise<string> {
      const folder = await mkdtemp(join(scratch, 'tree-'))
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), content)
      }
      return folder
    }
    const commit = async (files: Record<string, string | Buffer>, algorithmId = 'demo') =>
      host.commitFolder({ algorithmId, folder: await folderOf(files), message: '第一版', author })
    const filesAt = async (commitId: string) => {
      const folder = join(scratch, `out-${commitId}-${randomBytes(4).toString('hex')}`)
      await host.checkout({ algorithmId: 'demo', commit: commitId, folder })
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => !entry.isDirectory())
      return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted()
    }

    test('a committed folder comes back byte for byte, Chinese names and odd bytes included', async () => {
      const odd = Buffer.from([0, 255, 13, 10, 10, 13, 128])
      const { commit: id, changed } = await commit({
        '模型/权重.bin': odd,
        'a b.txt': 'x\r\ny\n',
        '.gitattributes': '* text=auto',
        '.gitignore': '*',
      })
      expect([changed, id]).toEqual([true, expect.stringMatching(/^[0-9a-f]{40}$/)])
      expect(await filesAt(id)).toEqual(['.gitattributes', '.gitignore', 'a b.txt', '模型/权重.bin'])
      expect(await buffer(await host.read('demo', id, '模型/权重.bin'))).toEqual(odd)
      const folder = join(scratch, 'again')
      await host.checkout({ algorithmId: 'demo', commit: id, folder })
      expect(await readFile(join(folder, 'a b.txt'), 'utf8')).toBe('x\r\ny\n')
    })

    test('executable bits are kept', async () => {
      const folder = await folderOf({ 'start.sh': '#!/bin/sh', 'a.txt': '' })
      await chmod(join(folder, 'start.sh'), 0o755)
      const { commit: id } = await host.commitFolder({
        algorithmId: 'demo',
        folder,
        message: 'm',
        author,
      })
      const out = join(scratch, 'out')
      await host.checkout({ algorithmId: 'demo', commit: id, folder: out })
      expect((await stat(join(out, 'start.sh'))).mode & 0o111).not.toBe(0)
      expect((await stat(join(out, 'a.txt'))).mode & 0o111).toBe(0)
    })

    test('a commit has only the files of its folder, and an earlier commit keeps its own', async () => {
      const first = await commit({ 'a.txt': '1', 'b/c.txt': '1' })
      const second = await commit({ 'a.txt': '2', 'd.txt': '1' })
      expect(await filesAt(second.commit)).toEqual(['a.txt', 'd.txt'])
      expect(await text(await host.read('demo', second.commit, 'a.txt'))).toBe('2')
      expect(await filesAt(first.commit)).toEqual(['a.txt', 'b/c.txt'])
    })

    test('a commit may replace a file by a folder and a folder by a file', async () => {
      await commit({ a: '1', 'b/c': '1' })
      const { commit: id } = await commit({ 'a/x': '2', b: '2' })
      expect(await filesAt(id)).toEqual(['a/x', 'b'])
    })

    test('an unchanged tree gives the existing commit', async () => {
      const first = await commit({ 'a.txt': '1' })
      expect(await commit({ 'a.txt': '1' })).toEqual({ commit: first.commit, changed: false })
      expect((await commit({ 'a.txt': '2' })).changed).toBe(true)
    })

    test('simultaneous commits are all kept, in the order of the calls', async () => {
      const paths = Array.from({ length: 6 }, (_, n) => `f${n}.txt`)
      const folders = await Promise.all(paths.map((path) => folderOf({ [path]: '' })))
      const all = await Promise.all(
        folders.map((folder) => host.commitFolder({ algorithmId: 'demo', folder, message: '', author })),
      )
      expect(await host.resolve('demo', 'main')).toBe(all.at(-1)?.commit)
      const trees = await Promise.all(all.map((one) => filesAt(one.commit)))
      expect(trees).toEqual(paths.map((path) => [path]))
    })

    test('refs resolve to commits; anything else gives null', async () => {
      const { commit: id } = await commit({ a: '1' })
      for (const ref of ['main', 'HEAD', 'refs/heads/main', id, id.slice(0, 8)])
        expect(await host.resolve('demo', ref)).toBe(id)
      for (const ref of [
        'gone',
        '--all',
        'main~1',
        ':/第',
        'main@{0}',
        '',
        'main\n',
        '../main',
        'f'.repeat(40),
      ])
        expect(await host.resolve('demo', ref)).toBeNull()
      expect(await host.resolve('nobody', 'main')).toBeNull()
    })

    test('a folder lists its entries, a file has its size, a missing path gives null', async () => {
      const { commit: id } = await commit({ '模型/a.txt': '12345', '模型/b/c': '', 'x*y.txt': '1' })
      expect(await host.stat('demo', id, '')).toEqual({
        type: 'folder',
        entries: [
          { name: 'x*y.txt', type: 'file', size: 1 },
          { name: '模型', type: 'folder', size: 0 },
        ],
      })
      expect(await host.stat('demo', id, '模型/')).toMatchObject({
        entries: [
          { name: 'a.txt', size: 5 },
          { name: 'b', type: 'folder' },
        ],
      })
      expect(await host.stat('demo', id, '模型/a.txt')).toEqual({ type: 'file', size: 5 })
      for (const path of [
        'gone',
        '模型/../x*y.txt',
        '../../etc/passwd',
        '模型/a.txt/x',
        'x?y.txt',
        'a\0b',
        './模型',
      ])
        expect(await host.stat('demo', id, path)).toBeNull()
      expect(await host.stat('demo', 'f'.repeat(40), '')).toBeNull()
      expect(await host.stat('demo', '--all', '')).toBeNull()
      expect(await host.stat('nobody', id, '')).toBeNull()
    })

    test('reading or checking out a missing path or commit gives 404', async () => {
      const { commit: id } = await commit({ 'a/b': '1' })
      for (const path of ['gone', 'a', ''])
        await expect(host.read('demo', id, path)).rejects.toMatchObject({ status: 404 })
      const folder = join(scratch, 'none')
      await expect(
        host.checkout({ algorithmId: 'demo', commit: 'f'.repeat(40), folder }),
      ).rejects.toMatchObject({
        status: 404,
      })
    })

    test('contents are found in every commit and branch of their repository, and nowhere else', async () => {
      await commit({ 'a.txt': 'first' })
      await commit({ 'b.txt': 'second' })
      await commit({ 'a.txt': 'elsewhere' }, 'other')
      const held = await host.heldContents('demo', ['second', 'elsewhere', 'first', 'firs', ''])
      expect([...held]).toEqual(['second', 'first'])
      expect([...(await host.heldContents('demo', []))]).toEqual([])
      expect([...(await host.heldContents('absent', ['first']))]).toEqual([])
    })

    test('a big file can be read, and its reader may stop early', async () => {
      const big = randomBytes(20 * 1024 ** 2)
      const { commit: id } = await commit({ 'weights.bin': big })
      expect((await buffer(await host.read('demo', id, 'weights.bin'))).equals(big)).toBe(true)
      const left = await host.read('demo', id, 'weights.bin')
      for await (const chunk of left) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      expect(left.destroyed).toBe(true)
    })

    test('an aborted checkout rejects with the reason', async () => {
      const { commit: id } = await commit({ a: '1' })
      const signal = AbortSignal.abort(new Error('cancelled'))
      const folder = join(scratch, 'aborted')
      await expect(host.checkout({ algorithmId: 'demo', commit: id, folder, signal })).rejects.toThrow(
        'cancelled',
      )
    })

    test('repositories are separate, and a deleted one is gone', async () => {
      const { commit: id } = await commit({ a: '1' })
      await commit({ b: '1' }, 'other')
      expect(await host.stat('other', id, '')).toBeNull()
      await host.deleteRepository('demo')
      expect(await host.resolve('demo', 'main')).toBeNull()
      expect(await host.resolve('other', 'main')).not.toBeNull()
      await host.deleteRepository('demo')
    })

    test('an id that is not a slug is refused', async () => {
      await expect(commit({ a: '1' }, '../evil')).rejects.toThrow()
    })

    test('the address to clone from names the algorithm', () => {
      expect(host.cloneUrl('demo', 'http://host:8000')).toContain('demo')
    })
  })
}
