import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderBytes } from '../../lib/folder-sizes.ts'
import { createDiskWatch } from './disk-watch.ts'

const mebibyte = 1024 ** 2
let folder: string
let ids: string[]
const errors: unknown[] = []
const of = (id: string) => [join(folder, id, 'work'), join(folder, id, 'media')]
const watch = () =>
  createDiskWatch({
    limitBytes: 3 * mebibyte,
    services: async () => ids,
    measure: (id) => (id === 'broken' ? Promise.reject(new Error('no disk')) : folderBytes(of(id))),
    onError: (error) => errors.push(error),
  })
/** Writes this many mebibytes, which take as much of the disk. */
const fill = async (id: string, part: 0 | 1, size: number) => {
  const at = of(id)[part] ?? ''
  await mkdir(at, { recursive: true })
  await writeFile(join(at, 'data'), Buffer.alloc(size * mebibyte, 'x'))
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-disk-watch-'))
  ids = ['one', 'two']
  errors.length = 0
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a service is full when both its folders together take more than they may, until they take less', async () => {
  const disk = watch()
  await fill('one', 0, 2)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await fill('one', 1, 2)
  await disk.checkNow()
  expect(disk.fullOf('one')?.en).toMatch(/take 4 MB, more than the ceiling of 3 MB/)
  expect(disk.fullOf('one')?.zh).toContain('占用 4 MB，超过上限 3 MB')
  expect(disk.fullOf('two')).toBeNull()
  await fill('one', 1, 0)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})

test('what is not on this disk does not count: targets of links, and holes in files', async () => {
  const disk = watch()
  await fill('elsewhere', 0, 8)
  await fill('one', 0, 1)
  await symlink(of('elsewhere')[0] ?? '', join(of('one')[0] ?? '', 'link'))
  await writeFile(join(of('one')[0] ?? '', 'holes'), '')
  await truncate(join(of('one')[0] ?? '', 'holes'), 100 * mebibyte)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})

test('a service that cannot be measured does not keep the others from it, and a deleted one is forgotten', async () => {
  const disk = watch()
  ids = ['broken', 'one']
  await fill('one', 0, 4)
  await disk.checkNow()
  expect(errors.map(String)).toEqual(['Error: no disk'])
  expect(disk.fullOf('one')).not.toBeNull()
  ids = []
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})
