import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readRequirements } from './requirements-file.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-requirements-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

test('requirements files that a file includes are read where they stand, by their own folder', async () => {
  await write({
    'package/requirements/prod.txt': '# web\nflask==3 # pinned\n-r base.txt\n\nwaitress\n',
    'package/requirements/base.txt': 'numpy\r\n--requirement=../more.txt\n',
    'package/more.txt': 'pillow\n',
  })
  expect(await readRequirements(join(root, 'package'), 'requirements/prod.txt')).toEqual([
    'flask==3',
    'numpy',
    'pillow',
    'waitress',
  ])
})

test('files that include each other, files outside of the package and missing ones add nothing', async () => {
  await write({
    'package/a.txt': 'one\n-r b.txt\n-r ../outside.txt\n-r gone.txt\n',
    'package/b.txt': 'two\n-r a.txt\n',
    'outside.txt': 'secret\n',
  })
  expect(await readRequirements(join(root, 'package'), 'a.txt')).toEqual(['one', 'two'])
  expect(await readRequirements(join(root, 'package'), 'gone.txt')).toEqual([])
})
