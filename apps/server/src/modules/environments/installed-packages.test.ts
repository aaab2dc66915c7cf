import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../lib/run-command.ts'
import { checkingArgs, listingArgs } from './installed-packages.ts'

/** The packages of the folder that this Python sees besides the machine's, as wheels leave them there. */
const packages = {
  'tiny-tools': ['1.4.0'],
  Needs_More: [
    '2.0',
    'Requires-Dist: tiny_tools>=1.2',
    'Requires-Dist: nowhere>=1; python_version < "3"',
    'Provides-Extra: all',
    'Requires-Dist: nowhere>=1; extra == "all"',
  ],
  incomplete: ['1.0', 'Requires-Dist: tiny-tools>=2'],
  early: ['3.0rc1'],
}

describe('the packages of a Python', () => {
  let root: string
  let python: string
  const env = { PATH: '/usr/bin:/bin' }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vitrine-packages-'))
    const args = ['-m', 'venv', '--system-site-packages', '--without-pip', join(root, 'venv')]
    await runCommand({ file: '/usr/bin/python3', args, cwd: root, env })
    python = join(root, 'venv/bin/python')
    const asked = {
      file: python,
      args: ['-c', 'import site; print(site.getsitepackages()[0])'],
      cwd: root,
      env,
    }
    const [site = ''] = (await runCommand(asked)).stdout
    for (const [name, [version = '', ...more]] of Object.entries(packages)) {
      const folder = join(site, `${name.replaceAll('-', '_')}-${version}.dist-info`)
      await mkdir(folder)
      const lines = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, ...more, '']
      await writeFile(join(folder, 'METADATA'), lines.join('\n'))
    }
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  const hasAll = async (...files: string[]) => {
    const paths = files.map((_, index) => join(root, `${index}.txt`))
    for (const [index, text] of files.entries()) await writeFile(paths[index] ?? '', text)
    return (await runCommand({ file: python, args: checkingArgs(paths), cwd: root, env })).exitCode === 0
  }

  test.each([
    ['nothing', ''],
    ['a package by another form of its name', 'Tiny_Tools>=1.4,<2\n'],
    ['a package and what it needs', 'needs-more\n'],
    ['a package for another system, which does not count', 'nowhere; sys_platform == "win32"\n'],
    ['a version that is not final, which is there already', 'early>=2\n'],
  ])('that has everything says so: %s', async (_, text) => {
    expect(await hasAll(text)).toBe(true)
  })

  test.each([
    ['a package that is not there', 'nowhere\n'],
    ['a newer version', 'tiny-tools>=1.5\n'],
    ['something that a package needs', 'incomplete\n'],
    ['something that a package needs for what is asked of it', 'needs-more[all]\n'],
    ['a package from an address', 'tiny-tools @ https://example.org/tiny_tools-1.4.0-py3-none-any.whl\n'],
    ['a line that only pip understands', 'tiny-tools==1.4.0 --hash=sha256:00\n'],
    ['an option', '--upgrade\ntiny-tools\n'],
  ])('leaves to pip what is missing, or not only a name: %s', async (_, text) => {
    expect(await hasAll(text)).toBe(false)
    expect(await hasAll('tiny-tools\n', text)).toBe(false)
  })

  test('are listed as pip lists them', async () => {
    const command = { file: python, cwd: root, env }
    const listed = await runCommand({ ...command, args: listingArgs }, { keepLines: 10_000 })
    const pip = ['-m', 'pip', 'list', '--format=freeze', '--disable-pip-version-check', '--no-input']
    const byPip = await runCommand({ ...command, args: pip }, { keepLines: 10_000 })
    expect(listed.stdout).toEqual(byPip.stdout)
    expect(listed.stdout).toContain('Needs_More==2.0')
  })
})
