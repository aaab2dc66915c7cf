import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderBytes, folderSizes } from './folder-sizes.ts'

const mebibyte = 1024 ** 2

/** A folder with one that has a hundred empty files, and one with a file of a mebibyte. */
async function filledFolders() {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-sizes-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const [many, large] = [join(root, 'many'), join(root, 'large')]
  await mkdir(many)
  await mkdir(large)
  for (let number = 0; number < 100; number++) await writeFile(join(many, `${number}`), '')
  await writeFile(join(large, 'file'), Buffer.alloc(mebibyte, 1))
  return { many, large, missing: join(root, 'missing') }
}

/** A disk of a gigabyte that can have a thousand files, and has room for this many. */
const diskWith = (ffree: number) => async () => ({ bsize: 4096, blocks: 250_000, files: 1000, ffree })
const share = (4096 * 250_000) / 1000

test('empty files count, where the disk begins to lack files, as their share of it', async () => {
  const { many, large, missing } = await filledFolders()
  const sizes = await folderSizes([missing, many, large], { diskOf: diskWith(500) })
  // The folder itself is a file, too.
  expect(sizes).toEqual(
    new Map([
      [many, 101 * share],
      [large, 2 * share],
    ]),
  )
})

test('a file counts as what it takes, where the disk has room for many more files or can have any number', async () => {
  const { many, large } = await filledFolders()
  for (const diskOf of [diskWith(501), async () => ({ bsize: 4096, blocks: 1, files: 0, ffree: 0 })]) {
    expect(await folderBytes([many], { diskOf })).toBeLessThan(share)
    expect(await folderBytes([large], { diskOf })).toBeGreaterThanOrEqual(mebibyte)
  }
})

test('a large file counts as what it takes, also where the disk lacks files', async () => {
  const { large } = await filledFolders()
  const diskOf = async () => ({ bsize: 4096, blocks: 25_000, files: 1000, ffree: 1 })
  expect(await folderBytes([large], { diskOf })).toBeGreaterThanOrEqual(mebibyte)
})
