import { expect, test } from 'vitest'
import { readPackage } from '../recognition/package-reading.ts'
import { viewOf, type Files } from '../recognition/package.test-view.ts'
import { nodeReleases } from './node-releases.ts'
import { about } from './preflight.test-setup.ts'

const project = (dependencies: Record<string, string>) => JSON.stringify({ dependencies }, null, 2)
const found = (files: Files, node = 24, folder = '') => nodeReleases(readPackage(viewOf(files)), folder, node)
const hapi = project({ '@hapi/hapi': '^20.0.0' })

test('a release that ends with a newer Node is named with its line in the lock, what follows and the mend', async () => {
  const lock =
    '{\n  "packages": {\n    "node_modules/@hapi/hapi": {\n      "version": "20.0.3"\n    }\n  }\n}\n'
  expect(await found({ 'package.json': hapi, 'package-lock.json': lock })).toMatchObject([
    {
      code: 'preflight.node_release',
      path: 'package-lock.json',
      line: 3,
      text: { en: 'package-lock.json line 3: @hapi/hapi 20.0.3 does not fit here' },
      follows: { en: expect.stringContaining('ends at each request for an address that it does not have') },
      mend: { en: expect.stringContaining('npm install @hapi/hapi@20 ') },
    },
  ])
  expect(await found({ 'package.json': hapi, 'package-lock.json': lock }, 14)).toEqual([])
  const newer = lock.replace('20.0.3', '20.1.2')
  expect(await found({ 'package.json': hapi, 'package-lock.json': newer })).toEqual([])
})

test.each<[string, Files, string]>([
  [
    'npm 6',
    { 'package-lock.json': '{ "dependencies": { "@hapi/hapi": {\n "version": "20.0.0" } } }' },
    'package-lock.json line 1',
  ],
  [
    'Yarn 1',
    { 'yarn.lock': '# yarn lockfile v1\n\n"@hapi/hapi@^20.0.0":\n  version "20.0.0"\n' },
    'yarn.lock line 3',
  ],
  [
    'a newer Yarn',
    { 'yarn.lock': '__metadata:\n  version: 8\n\n"@hapi/hapi@npm:^20.0.0":\n  version: 20.0.0\n' },
    'yarn.lock line 4',
  ],
  [
    'pnpm',
    { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\npackages:\n\n  '@hapi/hapi@20.0.0':\n    resolution: {}\n" },
    'pnpm-lock.yaml line 4',
  ],
  [
    'an older pnpm',
    { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\npackages:\n\n  /@hapi/hapi/20.0.0:\n    dev: false\n' },
    'pnpm-lock.yaml line 4',
  ],
])('the lock of %s is read', async (_name, files, where) => {
  const [finding] = await found({ 'package.json': hapi, ...files })
  expect(finding?.text.en).toBe(`${where}: @hapi/hapi 20.0.0 does not fit here`)
})

test('without a lock, what package.json allows counts', async () => {
  const texts = async (name: string, version: string) =>
    (await found({ 'web/package.json': project({ [name]: version }) }, 24, 'web')).map(({ text }) => text.en)
  expect(await texts('better-sqlite3', '^7.6.2')).toEqual([
    'web/package.json line 3: better-sqlite3 < 8.0.0 does not fit here',
  ])
  expect(await texts('sharp', '^0.32.1')).toEqual([
    'web/package.json line 3: sharp < 0.33.0 does not fit here',
  ])
  expect(await texts('@nestjs/config', '0.4.0')).toHaveLength(1)
  expect(await texts('node-sass', '9.0.0')).toHaveLength(1)
  expect(await texts('@hapi/hapi', '~20.0.0')).toHaveLength(1)
  expect(await texts('@hapi/hapi', '20.0.1')).toHaveLength(1)
  expect(await texts('@hapi/hapi', '^20.0.0')).toEqual([])
  expect(await texts('better-sqlite3', '>=7')).toEqual([])
  expect(await texts('hapi-pino', '8.0.0')).toEqual([])
})

test('the inspection of a package tells it', async () => {
  const files = {
    'package.json': project({ express: '4', sharp: '0.30.7' }),
    'server.js': "require('express')().listen(process.env.PORT)\n",
  }
  expect(await about(files, 'node_release')).toMatchObject([{ path: 'package.json', line: 4 }])
})
