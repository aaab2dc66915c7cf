import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { zipFile, type ZipEntry } from '../../../../../tests/support/zip-file.ts'
import { BoundedThread } from '../../adapters/threads/bounded-thread.ts'
import { openUnpackingWorld, paxHeader, tarFile } from './archive.test-world.ts'
import type { Unpacking } from './unpack-thread.test-source.ts'

let world: Awaited<ReturnType<typeof openUnpackingWorld>>
beforeEach(async () => (world = await openUnpackingWorld()))
afterEach(() => world.close())

const code = (value: string) => expect.objectContaining({ code: value })

describe('hostile archives', () => {
  const names = [
    '../evil',
    'a/../../evil',
    '/etc/passwd',
    'C:\\evil',
    'C:evil',
    'a\\..\\..\\evil',
    '\\\\host\\share',
  ]
  test.each(names)('a path that leaves the folder is refused: %s', async (name) => {
    await expect(world.unpack(zipFile([{ name, content: 'x' }]))).rejects.toMatchObject({
      code: 'upload.path_escapes',
      details: { entry: name },
    })
    await expect(world.unpack(await tarFile([{ name, content: 'x' }]))).rejects.toEqual(
      code('upload.path_escapes'),
    )
    expect(await world.unpacked()).toEqual([])
  })

  test('such a path is refused even inside a folder that is left out', async () => {
    await expect(world.unpack(zipFile([{ name: 'node_modules/../../evil' }]))).rejects.toEqual(
      code('upload.path_escapes'),
    )
  })

  test.each(['a\0b', 'a\nb', 'a\u001b[31m', 'a\u0085'])(
    'a name with control characters is refused: %j',
    async (name) => {
      await expect(world.unpack(zipFile([{ name, content: 'x' }]))).rejects.toEqual(
        code('upload.path_invalid'),
      )
    },
  )

  test.each([
    'git~1/config',
    'GIT~1/config',
    'a/.git. /config',
    '.git ./config',
    '.git::$INDEX_ALLOCATION/config',
    '.g\u200cit/config',
    'a/git~1',
  ])('a name that is .git on some system is refused, and named: %j', async (name) => {
    await expect(world.unpack(zipFile([{ name, content: 'x' }]))).rejects.toMatchObject({
      code: 'upload.path_is_git',
      details: { entry: name },
    })
  })

  test.each(['.git/config', '.GIT/config', 'node_modules/git~1/config'])(
    'what is left out anyway is not refused: %s',
    async (name) => {
      await world.unpack(zipFile([{ name, content: 'x' }]))
      expect(await world.unpacked()).toEqual([])
    },
  )

  test.each(['.gitignore', '.gitkeep', 'git~2', 'legit~1', 'a.git'])('other names stay: %s', async (name) => {
    await world.unpack(zipFile([{ name, content: 'x' }]))
    expect(await world.unpacked()).toEqual([name])
  })

  test.each([
    ['x'.repeat(300), {}],
    [Array.from({ length: 50 }, () => 'd').join('/'), {}],
    ['目录/'.repeat(8) + '文件'.repeat(30), { pathBytes: 200 }],
  ])('a path that is too long is refused', async (name, limits) => {
    await expect(world.unpack(zipFile([{ name, content: 'x' }]), limits)).rejects.toEqual(
      code('upload.path_too_long'),
    )
  })

  test('links are refused in both formats', async () => {
    const link: ZipEntry = { name: 'link', content: '/etc/passwd', mode: 0o120777 }
    await expect(world.unpack(zipFile([link]))).rejects.toEqual(code('upload.link_refused'))
    await expect(world.unpack(await tarFile([{ name: 'l', type: 'symlink' }]))).rejects.toEqual(
      code('upload.link_refused'),
    )
    await expect(world.unpack(await tarFile([{ name: 'l', type: 'link' }]))).rejects.toEqual(
      code('upload.link_refused'),
    )
  })

  test('devices and pipes are refused in both formats', async () => {
    await expect(world.unpack(zipFile([{ name: 'd', mode: 0o020666 }]))).rejects.toEqual(
      code('upload.special_file'),
    )
    await expect(world.unpack(await tarFile([{ name: 'd', type: 'character-device' }]))).rejects.toEqual(
      code('upload.special_file'),
    )
    await expect(world.unpack(await tarFile([{ name: 'f', type: 'fifo' }]))).rejects.toEqual(
      code('upload.special_file'),
    )
  })

  test('a path that occurs twice is refused', async () => {
    await expect(
      world.unpack(
        zipFile([
          { name: 'a', content: '1' },
          { name: './a', content: '2' },
        ]),
      ),
    ).rejects.toEqual(code('upload.path_duplicate'))
  })

  test.each([
    [['Models', 'models/a']],
    [['models/a', 'Models']],
    [['a/b', 'a']],
    [['caf\u00e9', 'cafe\u0301/x']],
  ])('a file that collides with a folder is refused: %j', async (pair) => {
    await expect(world.unpack(zipFile(pair.map((name) => ({ name, content: 'x' }))))).rejects.toEqual(
      code('upload.path_duplicate'),
    )
  })

  test('a compression bomb is stopped by its ratio, as zip and as tar.gz', async () => {
    const zeros = Buffer.alloc(20 * 1024 ** 2)
    await expect(world.unpack(zipFile([{ name: 'bomb', content: zeros }]))).rejects.toEqual(
      code('upload.ratio_too_high'),
    )
    await world.empty()
    await expect(world.unpack(gzipSync(await tarFile([{ name: 'bomb', content: zeros }])))).rejects.toEqual(
      code('upload.ratio_too_high'),
    )
  })

  test('a high ratio within the first 10 MiB is allowed', async () => {
    await world.unpack(zipFile([{ name: 'zeros', content: Buffer.alloc(9 * 1024 ** 2) }]))
    expect(await world.unpacked()).toEqual(['zeros'])
  })

  test('too many bytes in total are stopped', async () => {
    const many = zipFile([1, 2, 3].map((n) => ({ name: `f${n}`, content: Buffer.alloc(50_000) })))
    await expect(world.unpack(many, { unpackedBytes: 120_000 })).rejects.toEqual(
      code('upload.unpacked_too_large'),
    )
  })

  test('50,000 files are refused before any is written', async () => {
    const entries = Array.from({ length: 50_000 }, (_, n) => ({ name: `f${n}` }))
    await expect(world.unpack(zipFile(entries))).rejects.toEqual(code('upload.too_many_files'))
    expect(await world.unpacked()).toEqual([])
  })

  test('folders that are only a part of paths count, too: each would take memory, and a path may have forty', async () => {
    const deep = (name: string) => ({ name: `${name}/${'d/'.repeat(20)}f`, content: 'x' })
    const entries = [deep('a'), deep('b')]
    await world.unpack(zipFile(entries), { entries: 42 })
    await world.empty()
    for (const archive of [zipFile(entries), await tarFile(entries)])
      await expect(world.unpack(archive, { entries: 41 })).rejects.toEqual(code('upload.too_many_files'))
  })

  test('what is left out at very many places is refused, because all of them would be remembered', async () => {
    const entries = ['a', 'b', 'c'].map((name) => ({ name: `${name}/node_modules/x`, content: 'x' }))
    await expect(world.unpack(zipFile(entries), { files: 2 })).rejects.toEqual(code('upload.too_many_files'))
    const writer = await world.unpack(zipFile(entries), { files: 3 })
    expect(writer.dropped.size).toBe(3)
  })

  test('the fields of a zip’s entries are not kept: in the memory they take many times their bytes', async () => {
    // Sixteen thousand empty fields.
    const extra = Buffer.alloc(65_532, Buffer.from([0xff, 0xff, 0, 0]))
    const file = join(world.content, '..', 'fields.zip')
    await writeFile(file, zipFile(Array.from({ length: 100 }, (_, n) => ({ name: `f${n}`, extra }))))
    const program = new URL('./unpack-thread.test-source.ts', import.meta.url)
    const thread = await BoundedThread.start<Unpacking, number, never>(program, 96)
    onTestFinished(() => thread.end())
    expect(await thread.answer({ file, folder: world.content }, 60_000)).toEqual({ answer: 100 })
  })

  test('attributes for all entries of a tar are not added to each, which would take time for every one', async () => {
    const all = await paxHeader('g', { path: 'theirs', comment: 'x' })
    await world.unpack(Buffer.concat([all, await tarFile([{ name: 'mine', content: 'x', pax: { a: 'b' } }])]))
    expect(await world.unpacked()).toEqual(['mine'])
  })

  test('headers of a tar that belong to no entry, and those that are too large, are refused', async () => {
    const last = await tarFile([{ name: 'x', content: 'x' }])
    const small = await paxHeader('x', { a: 'b' })
    const large = await paxHeader('x', { a: 'b'.repeat(256 * 1024) })
    for (const headers of [Array.from({ length: 17 }, () => small), [large]])
      await expect(world.unpack(Buffer.concat([...headers, last]))).rejects.toEqual(
        code('upload.archive_damaged'),
      )
    await world.unpack(Buffer.concat([small, small, last]))
    expect(await world.unpacked()).toEqual(['x'])
  })

  test('entries that share bytes are refused', async () => {
    const entries = [
      { name: 'a', content: 'x'.repeat(1000) },
      { name: 'b', sharesBytesOf: 0 },
    ]
    await expect(world.unpack(zipFile(entries))).rejects.toEqual(code('upload.entries_overlap'))
  })

  test('an encrypted zip is refused', async () => {
    await expect(world.unpack(zipFile([{ name: 'a', content: 'x', flags: 0x801 }]))).rejects.toEqual(
      code('upload.archive_encrypted'),
    )
  })

  test('a wrong checksum is refused', async () => {
    await expect(world.unpack(zipFile([{ name: 'a', content: 'x', crc: 1 }]))).rejects.toMatchObject({
      code: 'upload.archive_damaged',
      details: { entry: 'a' },
    })
  })

  test('a truncated archive is refused wherever it is cut', async () => {
    const random = randomBytes(3000)
    const tar = await tarFile([
      { name: 'a', content: random },
      { name: 'b', content: random },
    ])
    const zip = zipFile([{ name: 'a', content: random }])
    const gzip = gzipSync(tar)
    const cuts = [
      zip.subarray(0, -10),
      zip.subarray(0, 500),
      tar.subarray(0, 2000),
      tar.subarray(0, 512 + 3072),
    ]
    for (const cut of [...cuts, gzip.subarray(0, -4), gzip.subarray(0, 200)]) {
      await world.empty()
      await expect(world.unpack(cut)).rejects.toEqual(code('upload.archive_damaged'))
    }
  })
})
