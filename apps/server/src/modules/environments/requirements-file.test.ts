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

test('files that include each other are read once, and a missing or strange first file adds nothing', async () => {
  await write({
    'package/a.txt': 'one\n-rb.txt\n',
    'package/b.txt': 'two\n-r a.txt\n',
    'package/requirements.txt/readme': 'a folder',
    'outside.txt': 'secret\n',
  })
  const read = (file: string) => readRequirements(join(root, 'package'), file)
  expect(await read('a.txt')).toEqual(['one', 'two'])
  expect(await read('gone.txt')).toEqual([])
  expect(await read('requirements.txt')).toEqual([])
  expect(await read('../outside.txt')).toEqual([])
})

test.each(['-r gone.txt', '-rgone.txt', '-r ../../outside.txt', '--requirement more', '-r a.txt/b'])(
  'with %s, which is no file of the package, nothing is installed, and the error says where it stands',
  async (line) => {
    await write({
      'package/a.txt': 'one\n-r in/b.txt\n',
      'package/in/b.txt': `two\n${line} # the rest\n`,
      'package/in/more/c.txt': 'three\n',
      'outside.txt': 'secret\n',
    })
    await expect(readRequirements(join(root, 'package'), 'a.txt')).rejects.toMatchObject({
      code: 'deploy.requirements_missing',
      status: 422,
      details: { file: 'in/b.txt', line },
      message: `in/b.txt says ${line}, but the package has no such file`,
    })
  },
)
