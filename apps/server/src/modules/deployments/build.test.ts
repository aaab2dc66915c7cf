import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataPaths } from '../../lib/paths.ts'
import { recogniserHere } from '../algorithms/recognition/recogniser.test-setup.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { configure } from './build.ts'
import { writeSharedConfig } from './shared-config.ts'

test('of two deploys that write the shared settings at once, the later one reads the services last', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-shared-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const paths = dataPaths(folder)
  const written = () => readFile(join(paths.serviceConfig, 'ports.py'), 'utf8').catch(() => null)
  const services: { id: string; frontPort: number }[] = []
  /** What had been written each time the services were read. */
  const before: (string | null)[] = []
  const all = async () => {
    const list = [...services]
    before.push(await written())
    return list
  }
  const deploy = async (id: string, frontPort: number) => {
    services.push({ id, frontPort })
    await writeSharedConfig({ paths, services: { all } })
  }
  await Promise.all([deploy('first', 8101), deploy('second', 8102)])
  expect(before).toEqual([null, expect.stringContaining('8101')])
  expect(await written()).toContain('8102')
})

/** Configures a release whose program writes to folders of these names. `own` is in the package, `venv` shared. */
async function withWrites(writes: string[]) {
  const data = await mkdtemp(join(tmpdir(), 'vitrine-kept-'))
  onTestFinished(() => rm(data, { recursive: true, force: true }))
  const folder = join(data, 'release')
  const shared = join(data, 'environment')
  await mkdir(join(folder, 'own'), { recursive: true })
  await mkdir(join(shared, 'bin'), { recursive: true })
  await symlink(shared, join(folder, 'venv'))
  await writeFile(join(folder, 'app.py'), 'from flask import Flask\napp = Flask(__name__)\n')
  const examples = { check: async () => {}, keep: async () => ({ examples: [], coverAssetId: null }) }
  const launch = {
    folder: '',
    paths: [''],
    requirements: null,
    install: [],
    env: {},
    start: 'python -m waitress app:app',
    writes,
  }
  const deploy = {
    folder,
    release: { manifest: completeManifest({ form: 'wsgi-app', launch }), number: 1, commit: 'c'.repeat(40) },
    service: { id: 'demo', algorithmId: 'demo', ownerId: 'somebody' },
  }
  await configure(
    {
      paths: dataPaths(data),
      services: { all: async () => [] },
      examples,
      recogniser: recogniserHere(),
      runtimeRequirements: '',
    },
    deploy,
  )
  return { folder, shared, work: join(dataPaths(data).services, 'demo', 'work') }
}

test('a folder that a program writes to leads to the work folder of the service; one that the package brings stays', async () => {
  const { folder, work } = await withWrites(['src/instance', 'own'])
  expect(await readlink(join(folder, 'src/instance'))).toBe(join(work, 'kept', 'src/instance'))
  expect((await lstat(join(folder, 'own'))).isDirectory()).toBe(true)
})

test('nothing is linked inside of the environment, which other services share', async () => {
  const { folder, shared } = await withWrites(['venv/bin/static', 'venv/made/static', 'static'])
  expect(await readdir(shared, { recursive: true })).toEqual(['bin'])
  expect((await lstat(join(folder, 'static'))).isSymbolicLink()).toBe(true)
})
