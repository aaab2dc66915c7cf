import { access, chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../lib/run-command.ts'
import { placesOfPythons, trustedPythons } from './interpreter-places.ts'
import { Interpreters } from './interpreters.ts'
import { otherPython, python } from './other-python.test-setup.ts'
import { environmentsAt, own, requestFor } from './request.test-setup.ts'

const hasPython = await access(python).then(
  () => true,
  () => false,
)
const skipped = hasPython ? '' : ` (skipped: there is no ${python})`

describe.skipIf(!hasPython)(`Pythons of a machine${skipped}`, () => {
  let root = ''
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'vitrine-pythons-')))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const packageFolder = async () => {
    const folder = join(root, 'package')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'requirements.txt'), '')
    return folder
  }

  test('a package that asks for another version gets an environment of its own, with that Python', async () => {
    const other = await otherPython(root, '3.99.1')
    const environments = environmentsAt(join(root, 'environments'), { pythons: [python, other] })
    expect(await environments.pythons()).toMatchObject([{}, { file: other, version: '3.99.1', closed: null }])
    const folder = await packageFolder()
    const ask = (wanted?: string, said: unknown[] = []) =>
      environments.prepare({
        ...requestFor(folder, { ...own, ...(wanted !== undefined && { python: wanted }) }),
        report: async (words) => void said.push(words),
      })
    const said: unknown[] = []
    const made = await ask('3.99', said)
    expect(said[0]).toMatchObject({ en: expect.stringContaining('(Python 3.99.1)') })
    const usual = await ask()
    expect(usual?.hash).not.toBe(made?.hash)
    expect((await ask('>=3.8'))?.hash).toBe(usual?.hash)
    expect((await ask('>=3.99'))?.hash).toBe(made?.hash)
    // What its instances see besides the environment are the folders of its own Python.
    const home = join(root, 'python-3.99.1')
    expect(await environments.foldersOf(made?.hash ?? '')).toEqual([made?.links[0]?.target, home, home])
    await expect(ask('3.98')).rejects.toMatchObject({
      code: 'deploy.python_missing',
      details: { wanted: '3.98', has: expect.arrayContaining(['3.99.1']) },
    })
  })

  test('one that shares its libraries with the usual one gets environments without the packages there', async () => {
    const other = await otherPython(root, '3.99.1', '/usr')
    const environments = environmentsAt(join(root, 'environments'), { pythons: [python, other] })
    const folder = await packageFolder()
    const sees = async (wanted?: string) => {
      const made = await environments.prepare(
        requestFor(folder, { ...own, ...(wanted !== undefined && { python: wanted }) }),
      )
      return /include-system-site-packages = (\w+)/.exec(
        await readFile(join(made?.links[0]?.target ?? '', 'pyvenv.cfg'), 'utf8'),
      )?.[1]
    }
    expect([await sees(), await sees('3.99')]).toEqual(['true', 'false'])
  })

  const found = async (
    place: string,
    account: { uid: number; gid: number } | null = null,
    trusted: string[] = [],
  ) =>
    new Interpreters({
      usual: [],
      places: async () => [place],
      trusted: new Set(trusted),
      run: (command) => runCommand({ cwd: '/', env: { PATH: '/usr/bin:/bin' }, ...command }),
      account: async () => account,
    }).all()

  /** The files of those that are used, and why the others are not. */
  const outcome = async (...given: Parameters<typeof found>) =>
    (await found(...given)).map(({ file, fault }) => fault?.en ?? file)
  const changeable = expect.stringContaining('can change it')

  test('a Python that others could change is not used, also through a link, and it is said why', async () => {
    const other = await otherPython(root, '3.99.1')
    const link = join(root, 'python3.99')
    await symlink(other, link)
    expect([await found(other), await found(link)]).toMatchObject([[{ file: other }], [{ file: other }]])
    for (const folder of ['python-3.99.1/bin', 'python-3.99.1']) {
      await chmod(join(root, folder), 0o777)
      expect(await outcome(other)).toEqual([changeable])
      expect((await found(link)).filter(({ interpreter }) => interpreter)).toEqual([])
      await chmod(join(root, folder), 0o755)
    }
  })

  test('a link that others could lead elsewhere is not followed, wherever it stands on the way', async () => {
    const other = await otherPython(root, '3.99.1')
    const open = join(root, 'open')
    await mkdir(open)
    await symlink(dirname(dirname(other)), join(open, 'home'))
    await symlink(other, join(open, 'python3'))
    const [throughFolder, throughFile] = [join(root, 'folder'), join(root, 'file')]
    await symlink(join(open, 'home', 'bin'), throughFolder)
    await symlink(join(open, 'python3'), throughFile)
    const places = [join(throughFolder, 'python3'), throughFile]
    for (const place of places) expect(await found(place)).toMatchObject([{ file: other }])
    await chmod(open, 0o777)
    for (const place of places) expect(await outcome(place)).not.toContain(other)
  })

  test('a Python that could not be run is tried again, and one that could is remembered', async () => {
    const other = await otherPython(root, '3.99.1')
    let runs = 0
    let isBroken = true
    const interpreters = new Interpreters({
      usual: [],
      places: async () => [other],
      run: async (command) => {
        runs += 1
        const result = await runCommand({ cwd: '/', env: { PATH: '/usr/bin:/bin' }, ...command })
        return isBroken ? { ...result, exitCode: 1 } : result
      },
      account: async () => null,
    })
    expect(await interpreters.all()).toMatchObject([{ fault: {}, interpreter: null }])
    isBroken = false
    for (const _time of [1, 2]) expect(await interpreters.all()).toMatchObject([{ file: other }])
    expect(runs).toBe(2)
  })

  test('a Python that root has examined is used where the platform cannot see that only root changes it', async () => {
    const other = await otherPython(root, '3.99.1')
    const machine = { home: root, path: '', named: [other] }
    expect(await trustedPythons(machine)).toContain(other)
    // To a user namespace without root, its files belong to nobody that is known. Here, others may write there.
    await chmod(join(root, 'python-3.99.1'), 0o777)
    expect(await trustedPythons(machine)).not.toContain(other)
    expect(await outcome(other)).toEqual([changeable])
    expect(await found(other, null, [other])).toMatchObject([{ file: other }])
  })

  test('a Python in a folder that is closed to the accounts of services is known by the name of its folder', async () => {
    const other = await otherPython(root, '3.99.1')
    await chmod(root, 0o700)
    const service = { uid: 4_000_001, gid: 4_000_001 }
    expect(await found(other, service)).toEqual([
      { file: other, version: '3.99.1', closed: root, interpreter: null },
    ])
  })

  test('a Python that does not run, as one that was copied may, is told with its reason', async () => {
    const other = await otherPython(root, '3.99.1')
    await writeFile(
      other,
      '#!/bin/sh\necho "error while loading shared libraries: libpython3.99.so.1.0" >&2\nexit 127\n',
    )
    expect(await found(other)).toMatchObject([
      { file: other, version: '3.99.1', fault: { en: expect.stringContaining('libpython3.99.so.1.0') } },
    ])
  })

  test('a Python that is older than the platform supports is left out', async () => {
    expect(await found(await otherPython(root, '3.6.15'))).toEqual([])
  })
})

test('Pythons are looked for on PATH, in the usual folders, and where pyenv and uv have them', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-places-'))
  const programs = [
    '.pyenv/versions/3.10.13/bin/python3.10',
    '.pyenv/shims/python3.10',
    '.local/share/uv/python/cpython-3.12.1-linux/bin/python3',
    'path/python3.11',
    'path/python3.11-config',
    'named/bin/python3',
  ]
  for (const file of programs) {
    await mkdir(join(root, dirname(file)), { recursive: true })
    await writeFile(join(root, file), '')
  }
  // As /bin is one to /usr/bin.
  await symlink('path', join(root, 'link'))
  const path = `${root}/.pyenv/shims:${root}/path:${root}/link:${root}/gone`
  const places = await placesOfPythons({ home: root, path, named: [join(root, 'named'), '/srv/python3'] })
  const here = places.filter((place) => place.startsWith(root)).map((place) => place.slice(root.length + 1))
  expect(here).toEqual([
    'named',
    'named/bin/python3',
    'path/python3.11',
    '.pyenv/versions/3.10.13/bin/python3.10',
    '.local/share/uv/python/cpython-3.12.1-linux/bin/python3',
  ])
  expect(places).toContain('/srv/python3')
  await rm(root, { recursive: true })
})
