import { lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { dataPaths, type DataPaths } from '../../lib/paths.ts'
import { recogniserHere } from '../algorithms/recognition/recogniser.test-setup.ts'
import { environmentsAt } from '../environments/request.test-setup.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { liveInstance } from '../instances/live-instance.test-setup.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { serving } from '../service-apis/service-apis.test-world.ts'
import { createReleaseRestorer } from './restore-release.ts'
import { serviceAt } from './own-service.test-setup.ts'

const launch = {
  folder: '',
  paths: [''],
  requirements: 'requirements.txt',
  install: [],
  env: {},
  start: 'python app.py',
  writes: ['uploads'],
}
const files: Record<string, string> = { 'requirements.txt': '', 'app.py': 'print(1)\n' }
const signal = new AbortController().signal

let paths: DataPaths
let release: StoredRelease
/** How often the package was read. */
let checkouts: number
/** How often the release was asked for. */
let looks: number
let message: string[]

beforeEach(async () => {
  const data = await mkdtemp(join(tmpdir(), 'vitrine-restored-'))
  onTestFinished(() => rm(data, { recursive: true, force: true }))
  paths = dataPaths(data)
  checkouts = 0
  looks = 0
  message = []
  release = {
    ...serving,
    manifest: completeManifest({ form: 'command', runtime: 'command', entry: 'python app.py', launch }),
  }
  const { folder } = folders()
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})

const folders = () => {
  const of = serviceFolders(paths, release.serviceId)
  return { folder: of.release(release.number), releases: of.releases, work: of.work }
}
const instance = (id: string) => ({ id, serviceId: release.serviceId, release: release.number })

/** What restores releases with the environments of the data folder. */
function restorer() {
  const environments = environmentsAt(paths.environments, { pythons: ['/usr/bin/python3'] })
  return createReleaseRestorer({
    paths,
    environments,
    recogniser: recogniserHere(),
    services: { get: async () => ({ ...serviceAt('127.0.0.1'), id: release.serviceId, ownerId: 'anna' }) },
    releases: {
      get: async () => {
        looks += 1
        return release
      },
      update: async (_service, _number, change) => void (release = { ...release, ...change }),
      keepLock: async () => undefined,
    },
    codeHost: {
      checkout: async ({ folder }) => {
        checkouts += 1
        for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      },
    },
    monitor: {
      ofService: (serviceId) =>
        ['one', 'two'].map((id) => liveInstance({ id, serviceId, release: release.number })),
    },
    atOnce: 2,
  })
}
const waiter = {
  signal,
  report: async (text: string | { en: string }) =>
    void message.push(typeof text === 'string' ? text : text.en),
}

test('dependencies that are gone are installed once for all instances that start, each of which looks once and is told that it must be added again', async () => {
  release = { ...release, environmentHash: 'python-gone' }
  const restoring = restorer()
  expect(await restoring.areLost(instance('one'))).toBe(true)
  looks = 0
  const both = await Promise.all([
    restoring.ensure(instance('one'), waiter),
    restoring.ensure(instance('two'), waiter),
  ])
  expect(both).toEqual([true, true])
  expect({ checkouts, looks }).toEqual({ checkouts: 1, looks: 2 })
  expect(message[0]).toContain('installing them again')
  const { folder, releases } = folders()
  expect(await readlink(join(folder, 'venv'))).toBe(
    join(paths.environments, release.environmentHash ?? '', 'content'),
  )
  expect(await readdir(releases)).toEqual([String(release.number)])
  expect(await restoring.areLost(instance('one'))).toBe(false)
  expect(await restoring.ensure(instance('one'), waiter)).toBe(false)
})

test('a release of a data folder that has moved leads to its environment and its work folder at the new place', async () => {
  const { folder, work } = folders()
  await symlink('/nonexistent/work/kept/uploads', join(folder, 'uploads'))
  await symlink('/nonexistent/environments/python-old/content', join(folder, 'venv'))
  const built = join(paths.environments, 'python-old')
  await mkdir(join(built, 'content'), { recursive: true })
  await writeFile(join(built, 'complete'), '/nonexistent/environments/python-old/content')
  release = { ...release, environmentHash: 'python-old' }
  expect(await restorer().ensure(instance('one'), waiter)).toBe(true)
  expect(await readlink(join(folder, 'uploads'))).toBe(join(work, 'kept', 'uploads'))
  expect((await lstat(join(await readlink(join(folder, 'venv')), 'bin'))).isDirectory()).toBe(true)
})

test('a data folder that is reached through a link has not moved', async () => {
  release = { ...release, environmentHash: 'python-gone' }
  await restorer().ensure(instance('one'), waiter)
  const link = `${paths.root}-link`
  await symlink(paths.root, link)
  onTestFinished(() => rm(link))
  paths = dataPaths(link)
  expect(await restorer().areLost(instance('one'))).toBe(false)
})

test('a release that needs nothing installed, or has it in its image, is never looked at', async () => {
  const restoring = restorer()
  expect(await restoring.areLost(instance('one'))).toBe(false)
  release = {
    ...release,
    environmentHash: 'python-gone',
    image: { id: 'sha256:1', command: [], folder: '/app', isOwn: false },
  }
  expect(await restoring.ensure(instance('one'), waiter)).toBe(false)
  expect(checkouts).toBe(0)
})
