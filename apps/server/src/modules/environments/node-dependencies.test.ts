import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { LaunchPlan } from '@vitrine/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unlimitedJobs } from '../../adapters/process-runner/resource-limits/limited-jobs.test-setup.ts'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { findNodeTools } from '../../lib/node-tools.ts'
import { runCommand } from '../../lib/run-command.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { openNetwork } from '../build-network/build-network.ts'
import { copyBuilt } from './built-files.ts'
import { environmentGroups } from './environment-groups.ts'
import { Environments } from './environments.ts'
import { nodeDependencies } from './node-dependencies.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-node-environment-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function packageOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(root, 'package-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}
const needing = (dependencies: Record<string, string>) => JSON.stringify({ name: 'x', dependencies })
const library = {
  'lib/tiny/package.json': '{"name": "tiny", "version": "1.0.0"}',
  'lib/tiny/index.js': 'module.exports = 7\n',
}

async function prepare(packageFolder: string, launch?: LaunchPlan) {
  const path = process.env.PATH ?? ''
  const environments = new Environments({
    folder: join(root, 'environments'),
    pythonCandidates: [],
    morePythons: async () => [],
    nodeTools: await findNodeTools(process.execPath, path),
    commandEnv: { PATH: path },
    jobs: unlimitedJobs,
    disk: { limitBytes: Infinity, measure: async () => 0 },
    network: openNetwork,
    sandbox: noSandbox,
    read: [],
    timeoutMs: 300_000,
    runtimeRequirements: '',
    pipIndexUrl: null,
    accounts: jobAccounts(null),
    groups: environmentGroups(null),
    clock: () => new Date(),
  })
  const manifest = completeManifest({
    runtime: 'node',
    form: 'node-server',
    entry: 'node index.js',
    ...(launch && { launch }),
  })
  return environments.prepare({
    manifest,
    packageFolder,
    owner: 'anna',
    report: async () => {},
    readRequirements: () => Promise.reject(new Error('there is no Python')),
    signal: new AbortController().signal,
  })
}

test('a folder of the package that it depends on is installed, and stays when the package is gone', async () => {
  const packageFolder = await packageOf({
    'package.json': needing({ tiny: 'file:lib/tiny' }),
    '.npmrc': 'offline=true\n',
    ...library,
  })
  const made = await prepare(packageFolder)
  await rm(packageFolder, { recursive: true })
  const script = `process.exit(require(${JSON.stringify(join(made?.links[0]?.target ?? '', 'tiny'))}))`
  const ran = await runCommand({ file: process.execPath, args: ['-e', script], cwd: '/', env: {} })
  expect(ran.exitCode).toBe(7)
})

describe('a package with a build', () => {
  const launch: LaunchPlan = {
    folder: 'server',
    paths: [],
    requirements: null,
    install: [],
    env: {},
    start: 'node dist/main.js',
    build: [{ folder: 'server', command: 'npm run build' }],
  }
  const built = (script: string) =>
    packageOf({
      'server/package.json': JSON.stringify({
        scripts: { build: 'node make.js' },
        devDependencies: { tiny: 'file:../lib/tiny' },
      }),
      'server/.npmrc': 'offline=true\n',
      'server/make.js': script,
      ...library,
    })

  test('has what it made in its release, and no development dependencies', async () => {
    const release = await built(
      "const fs = require('fs')\nfs.mkdirSync('dist')\nfs.writeFileSync('dist/main.js', String(require('tiny')))\nfs.symlinkSync('/etc/passwd', 'dist/link')\n",
    )
    const made = await prepare(release, launch)
    await copyBuilt(made?.built ?? '', release, made?.mostBytes ?? 0)
    expect(await readFile(join(release, 'server/dist/main.js'), 'utf8')).toBe('7')
    expect(await readdir(join(release, 'server/dist'))).toEqual(['main.js'])
    expect(made?.links.map(({ name }) => name).filter((name) => name !== 'server/node_modules')).toEqual([])
    const installed = made?.links.map(({ target }) => readdir(target)) ?? []
    expect((await Promise.all(installed)).flat()).not.toContain('tiny')
  })

  test('that fails says what it printed last', async () => {
    const release = await built("console.error('src/main.ts(3,1): error TS2304')\nprocess.exit(1)\n")
    await expect(prepare(release, launch)).rejects.toMatchObject({
      code: 'deploy.build_failed',
      details: {
        command: 'npm run build',
        may_pass: false,
        lines: expect.arrayContaining(['src/main.ts(3,1): error TS2304']),
      },
    })
  })
})

test('the content of such a folder and the settings of npm decide which environment it is', async () => {
  const files = { 'package.json': needing({ tiny: './lib/tiny' }), ...library }
  const about = async (more: Record<string, string>) =>
    nodeDependencies(await packageOf({ ...files, ...more }), undefined)
  const first = await about({})
  expect(first?.keeps).toEqual(['package.json', 'lib/tiny'])
  expect(await about({})).toEqual(first)
  expect((await about({ 'lib/tiny/index.js': '' }))?.digest).not.toBe(first?.digest)
  expect((await about({ '.npmrc': 'registry=http://127.0.0.1:9/\n' }))?.digest).not.toBe(first?.digest)
})

test.each([
  ['file:../outside', 'deploy.dependency_missing'],
  ['file:gone', 'deploy.dependency_missing'],
  ['file:/home/me/tiny', 'deploy.dependency_missing'],
])('a dependency on %s, which the package does not have, is refused by name', async (version, code) => {
  const folder = await packageOf({ 'package.json': needing({ tiny: version }) })
  await expect(nodeDependencies(folder, undefined)).rejects.toMatchObject({
    code,
    details: { name: 'tiny', version },
  })
})

test.each(['{', '[]', '{"dependencies": 3}'])('a package.json that is %s says so', async (text) => {
  const folder = await packageOf({ 'package.json': text })
  await expect(nodeDependencies(folder, undefined)).rejects.toMatchObject({
    code: 'deploy.package_file_invalid',
  })
})
