import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zipFile, type ZipEntry } from '../../../../../tests/support/zip-file.ts'
import { openUnpackingWorld, tarFile } from './archive.test-world.ts'

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
