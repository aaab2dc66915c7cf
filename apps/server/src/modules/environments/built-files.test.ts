import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copyBuilt } from './built-files.ts'

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
  await copyBuilt(built, release)
  expect(await readFile(join(release, 'dist', 'deep', 'main.js'), 'utf8')).toBe('built')
})

test.each(['dist', 'dist/deep'])(
  'a file of the release at %s, where the build has a folder, is named',
  async (path) => {
    const { built, release } = await folders()
    await mkdir(join(release, path, '..'), { recursive: true })
    await writeFile(join(release, path), 'a file')
    await expect(copyBuilt(built, release)).rejects.toMatchObject({
      code: 'deploy.build_misplaced',
      status: 422,
      details: { path: 'dist/deep/main.js' },
    })
  },
)
