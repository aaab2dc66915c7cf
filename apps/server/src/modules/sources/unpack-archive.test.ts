import iconv from 'iconv-lite'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { openUnpackingWorld, tarFile, withoutModes, type TarEntry } from './archive.test-world.ts'

let world: Awaited<ReturnType<typeof openUnpackingWorld>>
beforeEach(async () => (world = await openUnpackingWorld()))
afterEach(() => world.close())

const code = (value: string) => expect.objectContaining({ code: value })

describe('formats', () => {
  test.each([
    ['zip', async (entries: { name: string; content: string }[]) => zipFile(entries)],
    ['tar', tarFile],
    ['tar.gz', async (entries: TarEntry[]) => gzipSync(await tarFile(entries))],
  ])('%s is known by its content and unpacked, Chinese names included', async (_name, make) => {
    await world.unpack(
      await make([
        { name: '模型/分类 器.py', content: '你好' },
        { name: './a.txt', content: 'a' },
      ]),
    )
    expect(await world.unpacked()).toEqual(['a.txt', '模型/分类 器.py'])
    expect(await world.contentOf('模型/分类 器.py')).toBe('你好')
  })

  test('any other format is refused with the name of the file', async () => {
    await expect(world.unpack(Buffer.from('7z\xbc\xaf\x27\x1c is not for us'))).rejects.toEqual(
      code('upload.archive_unknown'),
    )
  })

  test('a compressed file that is not a tar is refused as damaged', async () => {
    await expect(world.unpack(gzipSync(Buffer.alloc(2000, 'x')))).rejects.toEqual(
      code('upload.archive_damaged'),
    )
  })

  test('an executable stays executable in both formats, and so becomes a script in a zip without modes', async () => {
    await world.unpack(
      await tarFile([
        { name: 'start.sh', content: 'x', mode: 0o755 },
        { name: 'b', content: '#!x', mode: 0o644 },
      ]),
    )
    expect((await stat(join(world.content, 'start.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(world.content, 'b'))).mode & 0o777).toBe(0o644)
  })

  test('in a tar that knows no modes, as one made by a browser, a script becomes executable', async () => {
    const entries = [
      { name: 'start.sh', content: '#!/bin/sh' },
      { name: 'b', content: 'x' },
    ]
    await world.unpack(withoutModes(await tarFile(entries)))
    expect((await stat(join(world.content, 'start.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(world.content, 'b'))).mode & 0o777).toBe(0o644)
  })

  test('an executable stays executable in a zip', async () => {
    await world.unpack(
      zipFile([
        { name: 'start.sh', content: 'x', mode: 0o100755 },
        { name: 'b', content: 'x' },
      ]),
    )
    expect((await stat(join(world.content, 'start.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(world.content, 'b'))).mode & 0o777).toBe(0o644)
  })
})

describe('names in zips', () => {
  test('without the flag, GBK is decoded as GBK', async () => {
    await world.unpack(zipFile([{ name: iconv.encode('情感分析/说明.txt', 'gbk'), content: 'x', flags: 0 }]))
    expect(await world.unpacked()).toEqual(['情感分析/说明.txt'])
  })

  test('without the flag, valid UTF-8 is decoded as UTF-8', async () => {
    await world.unpack(zipFile([{ name: '说明.txt', content: 'x', flags: 0 }]))
    expect(await world.unpacked()).toEqual(['说明.txt'])
  })

  test('the Unicode path field of Info-ZIP wins over the bytes of the name', async () => {
    const raw = iconv.encode('语音', 'gbk')
    const utf8 = Buffer.from('语音.txt')
    const extra = Buffer.alloc(9 + utf8.length)
    extra.writeUInt16LE(0x7075, 0)
    extra.writeUInt16LE(5 + utf8.length, 2)
    extra.writeUInt8(1, 4)
    extra.writeUInt32LE(crc32(raw), 5)
    utf8.copy(extra, 9)
    await world.unpack(zipFile([{ name: raw, content: 'x', flags: 0, extra }]))
    expect(await world.unpacked()).toEqual(['语音.txt'])
  })
})

describe('what is left out', () => {
  test('caches, environments and version control are reported, even if they contain links', async () => {
    const writer = await world.unpack(
      await tarFile([
        { name: 'p/ai_algorithm.py', content: 'x' },
        { name: 'p/.git/config', content: 'x' },
        { name: 'p/venv/bin/python', type: 'symlink' },
        { name: 'p/lib/__pycache__/a.cpython-313.pyc', content: 'x' },
        { name: 'p/.DS_Store', content: 'x' },
        { name: '__MACOSX/p/._ai_algorithm.py', content: 'x' },
      ]),
    )
    expect(await world.unpacked()).toEqual(['p/ai_algorithm.py'])
    expect([...writer.dropped]).toEqual(['p/.git', 'p/venv', 'p/lib/__pycache__', 'p/.DS_Store', '__MACOSX'])
  })
})
