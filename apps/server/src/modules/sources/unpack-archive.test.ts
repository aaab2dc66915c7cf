import iconv from 'iconv-lite'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zipFile, type ZipEntry } from '../../../../../tests/support/zip-file.ts'
import { createPackageWriter } from './package-writer.ts'
import { unpackArchive } from './unpack-archive.ts'
import { defaultUploadLimits, type UploadLimits } from './upload-limits.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-unpack-'))
  await mkdir(join(folder, 'content'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function unpack(bytes: Buffer, limits: Partial<UploadLimits> = {}) {
  const file = join(folder, 'archive')
  await writeFile(file, bytes)
  const all = { ...defaultUploadLimits, ...limits }
  const writer = createPackageWriter(join(folder, 'content'), all)
  await unpackArchive(file, { name: 'package', writer, limits: all })
  return writer
}

const unpacked = async () =>
  (await readdir(join(folder, 'content'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, 'content').length + 1))
    .toSorted()
const contentOf = (path: string) => readFile(join(folder, 'content', path), 'utf8')

type TarEntry = {
  name: string
  content?: string | Buffer
  type?: 'symlink' | 'link' | 'fifo' | 'character-device'
  mode?: number
}

async function tarFile(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries) {
    const linkname = header.type ? { linkname: 'target' } : {}
    tar.entry({ ...header, ...linkname }, header.type ? '' : (content ?? ''))
  }
  tar.finalize()
  return buffer(tar)
}

const code = (value: string) => expect.objectContaining({ code: value })

describe('formats', () => {
  test.each([
    ['zip', async (entries: { name: string; content: string }[]) => zipFile(entries)],
    ['tar', tarFile],
    ['tar.gz', async (entries: TarEntry[]) => gzipSync(await tarFile(entries))],
  ])('%s is known by its content and unpacked, Chinese names included', async (_name, make) => {
    await unpack(
      await make([
        { name: '模型/分类 器.py', content: '你好' },
        { name: './a.txt', content: 'a' },
      ]),
    )
    expect(await unpacked()).toEqual(['a.txt', '模型/分类 器.py'])
    expect(await contentOf('模型/分类 器.py')).toBe('你好')
  })

  test('anything else is refused by name', async () => {
    await expect(unpack(Buffer.from('7z\xbc\xaf\x27\x1c is not for us'))).rejects.toEqual(
      code('upload.archive_unknown'),
    )
  })

  test('a compressed file that is no tar is refused as damaged', async () => {
    await expect(unpack(gzipSync(Buffer.alloc(2000, 'x')))).rejects.toEqual(code('upload.archive_damaged'))
  })

  test('an executable stays executable, in both formats, and a script of a zip without modes becomes so', async () => {
    await unpack(
      await tarFile([
        { name: 'start.sh', content: 'x', mode: 0o755 },
        { name: 'b', content: '#!x', mode: 0o644 },
      ]),
    )
    expect((await stat(join(folder, 'content/start.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(folder, 'content/b'))).mode & 0o777).toBe(0o644)
  })

  test('an executable stays executable in a zip', async () => {
    await unpack(
      zipFile([
        { name: 'start.sh', content: 'x', mode: 0o100755 },
        { name: 'b', content: 'x' },
      ]),
    )
    expect((await stat(join(folder, 'content/start.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(folder, 'content/b'))).mode & 0o777).toBe(0o644)
  })
})

describe('names in zips', () => {
  test('without the flag, GBK is read as what it is', async () => {
    await unpack(zipFile([{ name: iconv.encode('情感分析/说明.txt', 'gbk'), content: 'x', flags: 0 }]))
    expect(await unpacked()).toEqual(['情感分析/说明.txt'])
  })

  test('without the flag, valid UTF-8 is UTF-8', async () => {
    await unpack(zipFile([{ name: '说明.txt', content: 'x', flags: 0 }]))
    expect(await unpacked()).toEqual(['说明.txt'])
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
    await unpack(zipFile([{ name: raw, content: 'x', flags: 0, extra }]))
    expect(await unpacked()).toEqual(['语音.txt'])
  })
})

describe('what is left out', () => {
  test('caches, environments and version control are named, also where they hold links', async () => {
    const writer = await unpack(
      await tarFile([
        { name: 'p/ai_algorithm.py', content: 'x' },
        { name: 'p/.git/config', content: 'x' },
        { name: 'p/venv/bin/python', type: 'symlink' },
        { name: 'p/lib/__pycache__/a.cpython-313.pyc', content: 'x' },
        { name: 'p/.DS_Store', content: 'x' },
        { name: '__MACOSX/p/._ai_algorithm.py', content: 'x' },
      ]),
    )
    expect(await unpacked()).toEqual(['p/ai_algorithm.py'])
    expect([...writer.dropped]).toEqual(['p/.git', 'p/venv', 'p/lib/__pycache__', 'p/.DS_Store', '__MACOSX'])
  })
})

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
    await expect(unpack(zipFile([{ name, content: 'x' }]))).rejects.toMatchObject({
      code: 'upload.path_escapes',
      details: { entry: name },
    })
    await expect(unpack(await tarFile([{ name, content: 'x' }]))).rejects.toEqual(code('upload.path_escapes'))
    expect(await unpacked()).toEqual([])
  })

  test('such a path is refused even below something that is left out', async () => {
    await expect(unpack(zipFile([{ name: 'node_modules/../../evil' }]))).rejects.toEqual(
      code('upload.path_escapes'),
    )
  })

  test.each(['a\0b', 'a\nb', 'a\u001b[31m', 'a\u0085'])(
    'a name with control characters is refused: %j',
    async (name) => {
      await expect(unpack(zipFile([{ name, content: 'x' }]))).rejects.toEqual(code('upload.path_invalid'))
    },
  )

  test.each([
    ['x'.repeat(300), {}],
    [Array.from({ length: 50 }, () => 'd').join('/'), {}],
    ['目录/'.repeat(8) + '文件'.repeat(30), { pathBytes: 200 }],
  ])('a path that is too long is refused', async (name, limits) => {
    await expect(unpack(zipFile([{ name, content: 'x' }]), limits)).rejects.toEqual(
      code('upload.path_too_long'),
    )
  })

  test('links are refused in both formats', async () => {
    const link: ZipEntry = { name: 'link', content: '/etc/passwd', mode: 0o120777 }
    await expect(unpack(zipFile([link]))).rejects.toEqual(code('upload.link_refused'))
    await expect(unpack(await tarFile([{ name: 'l', type: 'symlink' }]))).rejects.toEqual(
      code('upload.link_refused'),
    )
    await expect(unpack(await tarFile([{ name: 'l', type: 'link' }]))).rejects.toEqual(
      code('upload.link_refused'),
    )
  })

  test('devices and pipes are refused in both formats', async () => {
    await expect(unpack(zipFile([{ name: 'd', mode: 0o020666 }]))).rejects.toEqual(
      code('upload.special_file'),
    )
    await expect(unpack(await tarFile([{ name: 'd', type: 'character-device' }]))).rejects.toEqual(
      code('upload.special_file'),
    )
    await expect(unpack(await tarFile([{ name: 'f', type: 'fifo' }]))).rejects.toEqual(
      code('upload.special_file'),
    )
  })

  test('a path that occurs twice is refused', async () => {
    await expect(
      unpack(
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
    await expect(unpack(zipFile(pair.map((name) => ({ name, content: 'x' }))))).rejects.toEqual(
      code('upload.path_duplicate'),
    )
  })

  test('a bomb by ratio is stopped, as zip and as tar.gz', async () => {
    const zeros = Buffer.alloc(20 * 1024 ** 2)
    await expect(unpack(zipFile([{ name: 'bomb', content: zeros }]))).rejects.toEqual(
      code('upload.ratio_too_high'),
    )
    await rm(join(folder, 'content/bomb'))
    await expect(unpack(gzipSync(await tarFile([{ name: 'bomb', content: zeros }])))).rejects.toEqual(
      code('upload.ratio_too_high'),
    )
  })

  test('a good ratio within the first 10 MiB is no bomb', async () => {
    await unpack(zipFile([{ name: 'zeros', content: Buffer.alloc(9 * 1024 ** 2) }]))
    expect(await unpacked()).toEqual(['zeros'])
  })

  test('too much in total is stopped', async () => {
    const many = zipFile([1, 2, 3].map((n) => ({ name: `f${n}`, content: Buffer.alloc(50_000) })))
    await expect(unpack(many, { unpackedBytes: 120_000 })).rejects.toEqual(code('upload.unpacked_too_large'))
  })

  test('50,000 files are refused before one is written', async () => {
    const entries = Array.from({ length: 50_000 }, (_, n) => ({ name: `f${n}` }))
    await expect(unpack(zipFile(entries))).rejects.toEqual(code('upload.too_many_files'))
    expect(await unpacked()).toEqual([])
  })

  test('entries that share bytes are refused', async () => {
    const entries = [
      { name: 'a', content: 'x'.repeat(1000) },
      { name: 'b', sharesBytesOf: 0 },
    ]
    await expect(unpack(zipFile(entries))).rejects.toEqual(code('upload.entries_overlap'))
  })

  test('an encrypted zip is refused as such', async () => {
    await expect(unpack(zipFile([{ name: 'a', content: 'x', flags: 0x801 }]))).rejects.toEqual(
      code('upload.archive_encrypted'),
    )
  })

  test('a wrong checksum is refused', async () => {
    await expect(unpack(zipFile([{ name: 'a', content: 'x', crc: 1 }]))).rejects.toMatchObject({
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
      await rm(join(folder, 'content'), { recursive: true })
      await mkdir(join(folder, 'content'))
      await expect(unpack(cut)).rejects.toEqual(code('upload.archive_damaged'))
    }
  })
})
