import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyBuilt } from './built-files.ts'

const mebibyte = 1024 ** 2

async function folders() {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-built-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const [built, release] = [join(root, 'built'), join(root, 'release')]
  await mkdir(join(built, 'dist', 'deep'), { recursive: true })
  await mkdir(release)
  await writeFile(join(built, 'dist', 'deep', 'main.js'), 'built')
  return { built, release }
}

test('what a build made is copied into the release, over what was there', async () => {
  const { built, release } = await folders()
  await mkdir(join(release, 'dist', 'deep', 'main.js'), { recursive: true })
  await copyBuilt(built, release, mebibyte)
  expect(await readFile(join(release, 'dist', 'deep', 'main.js'), 'utf8')).toBe('built')
})

test.each(['dist', 'dist/deep'])(
  'a file of the release at %s, where the build has a folder, is named',
  async (path) => {
    const { built, release } = await folders()
    await mkdir(join(release, path, '..'), { recursive: true })
    await writeFile(join(release, path), 'a file')
    await expect(copyBuilt(built, release, mebibyte)).rejects.toMatchObject({
      code: 'deploy.build_misplaced',
      status: 422,
      details: { path: 'dist/deep/main.js' },
    })
  },
)

test('a file with holes, which took nothing of the disk, counts with its whole size before anything is copied', async () => {
  const { built, release } = await folders()
  const file = join(built, 'dist', 'weights.bin')
  await writeFile(file, '')
  await truncate(file, 1024 * mebibyte)
  await expect(copyBuilt(built, release, 64 * mebibyte)).rejects.toMatchObject({
    code: 'deploy.environment_failed',
    details: { cause: { en: expect.stringContaining('ceiling of 64 MB') } },
  })
  expect(await readdir(release)).toEqual([])
})
