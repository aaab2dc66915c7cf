import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { releaseDiff } from '@vitrine/contract'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { algorithms } from '../algorithms/algorithms.tables.ts'
import { codeHostIn } from '../algorithms/code-host.test-setup.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { addReleaseRoutes } from './releases.routes.ts'
import { createReleasesRepository } from './releases.repository.ts'
import { completeManifest } from './releases.test-world.ts'

async function openWorld() {
  const database = await createTestDatabase()
  const root = await mkdtemp(join(tmpdir(), 'vd-'))
  const codeHost = codeHostIn(join(root, 'repositories'))
  const services = createServicesRepository({ db: database.db })
  const releases = createReleasesRepository({ db: database.db })
  const owner = { ownerId: '11111111-1111-4111-8111-111111111111', ownerName: 'owner' }
  await database.db
    .insert(algorithms)
    .values({ id: 'echo', name: 'Echo', task: 'other', description: '', ...owner })
  const row = { id: 'echo', name: 'Echo', algorithmId: 'echo', desired: 'running', mode: 'local' } as const
  await services.insert({ ...row, options: testOptions, ...owner })
  const author = { name: 'a', email: 'a@example.com' }
  for (const [version, requirements] of [
    ['1.0.0', 'numpy==1.26\n'],
    ['1.1.0', 'numpy==2.1\n'],
  ] as const) {
    const folder = await mkdtemp(join(root, 'package-'))
    await writeFile(join(folder, 'requirements.txt'), requirements)
    const place = { algorithmId: 'echo', folder }
    const { commit } = await codeHost.commitFolder({ ...place, message: version, author })
    const config = {
      ...testOptions,
      replicas: version === '1.0.0' ? 1 : 2,
      mode: 'local' as const,
      limits: null,
    }
    const manifest = completeManifest({ version })
    const made = { commit, manifest, config, serviceChange: {}, createdBy: 'owner' }
    await releases.insertNext({ serviceId: 'echo', ...made })
  }
  const buildLogOf = (_id: string, number: number) => join(root, `${number}.log`)
  await writeFile(buildLogOf('echo', 1), 'Collecting numpy\ninstalled\n')
  const app = await createTestApp()
  addReleaseRoutes(app, { services, releases, codeHost, buildLogOf })
  return {
    get: (path: string, role = 'user') =>
      app.inject({ url: `/api/v1${path}`, headers: { 'x-test-role': role } }),
    async close() {
      await app.close()
      await database.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
let world: Awaited<ReturnType<typeof openWorld>>
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test('two releases are compared in manifest, packages, settings and files', async () => {
  const answer = await world.get('/services/echo/releases/diff?from=1&to=2')
  const diff = releaseDiff.parse(answer.json())
  expect([diff.from.version, diff.to.version, diff.files_cut]).toEqual(['1.0.0', '1.1.0', false])
  expect(diff.changes).toEqual([
    { area: 'manifest', path: 'version', before: '1.0.0', after: '1.1.0' },
    { area: 'environment', path: 'packages.numpy', before: '==1.26', after: '==2.1' },
    { area: 'config', path: 'replicas', before: 1, after: 2 },
  ])
  expect(diff.files).toEqual([
    {
      path: 'requirements.txt',
      change: 'changed',
      patch: '--- a/requirements.txt\n+++ b/requirements.txt\n@@ -1 +1 @@\n-numpy==1.26\n+numpy==2.1\n',
    },
  ])
})

test('comparing them in the other direction gives the reverse', async () => {
  const answer = await world.get('/services/echo/releases/diff?from=2&to=1')
  expect(releaseDiff.parse(answer.json()).changes[2]).toMatchObject({ before: 2, after: 1 })
})

test.each([
  ['/services/none/releases/diff?from=1&to=2', 404, 'service.not_found'],
  ['/services/echo/releases/diff?from=1&to=9', 404, 'release.not_found'],
  ['/services/echo/releases/diff?from=0&to=2', 422, 'request.invalid'],
  ['/services/echo/releases/diff?from=1', 422, 'request.invalid'],
])('%s is %i', async (path, status, code) => {
  const answer = await world.get(path)
  expect([answer.statusCode, answer.json().error.code]).toEqual([status, code])
})

test('people who may not read the code of algorithms may not compare it', async () => {
  expect((await world.get('/services/echo/releases/diff?from=1&to=2', 'viewer')).statusCode).toBe(403)
})

test('what a build printed is read from where the reader is, by those who may read logs', async () => {
  const log = (query = '', role = 'user') =>
    world.get(`/services/echo/releases/build-log?release=1${query}`, role)
  const whole = (await log()).json()
  expect(whole.lines).toEqual(['Collecting numpy', 'installed'])
  expect((await log('&after=17')).json().lines).toEqual(['installed'])
  expect((await log(`&after=${whole.next}`)).json()).toEqual({ lines: [], next: whole.next })
  const ofNewest = await world.get('/services/echo/releases/build-log')
  expect(ofNewest.json().lines).toEqual([])
  expect((await log('', 'viewer')).statusCode).toBe(403)
  expect((await world.get('/services/none/releases/build-log')).statusCode).toBe(404)
})
